"""What a follower asks one leader for, and what it does with the answer: append, cut, begin anew, rest. No sockets.

Theory: `request` names what has changed since the session's last request, with the log's end as the offset, so that
a fetch is also an acknowledgement; `received` carries out a response and leaves the partitions ready for the next
request. A partition with an error rests for a while, the others go on; one that is throttled and not in sync is left
out of requests while the throttle's limit is exceeded (`throttle.py`). One whose log lies outside the leader's is
handed to whoever asks for the leader's offsets (`take_lost`, then `offsets_found` or `offsets_unknown`).

Invariants: a response is used only for what was asked in the partition's present leader epoch, at its present end; what
is then appended or cut is decided by the partition's machine (`following.py`). A followed log changes by these answers
alone, so that only partitions with an answer are looked at for the next request, however many there are; what cuts a
log on its own has to `follow` it anew.

Source: kafka.server.AbstractFetcherThread, ReplicaFetcherThread, RemoteLeaderEndPoint.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.replication.events import FollowingBegan, LeaderAnswered, LeaderOffsetsFound
from workbench.storage.log.errors import AppendError, LogError
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import FetchRequest, FetchResponse

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.partition import Partition
    from workbench.embedded_broker.replication.throttle import ReplicationThrottle

log = logging.getLogger(__name__)

FIRST_REST_MS = 5
_NO_EPOCH = -1
_PASSING = (
    ErrorCode.FENCED_LEADER_EPOCH,
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.UNKNOWN_TOPIC_ID,
    ErrorCode.UNKNOWN_LEADER_EPOCH,
)
"""Errors that only say that one of us is ahead in the metadata."""
TELL_PASSING_AFTER = 9
"""How often in a row such an error comes before it is worth a log line: the rests before it add up to 2.5 s."""
_SESSION_ERRORS = (
    ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
    ErrorCode.INVALID_FETCH_SESSION_EPOCH,
    ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
)
_LAST_SESSION_EPOCH = 2**31 - 1

TopicPartition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class FetcherSettings:
    """The settings `replica.fetch.*`; times in ms, sizes in bytes."""

    max_wait_ms: int = 500
    min_bytes: int = 1
    partition_max_bytes: int = 1_048_576
    response_max_bytes: int = 10_485_760
    backoff_ms: int = 1_000
    request_timeout_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a session knows of a partition; only what differs is told again."""

    offset: int
    last_epoch: int
    leader_epoch: int
    log_start_offset: int


class LeaderFollowing:
    """The partitions that are copied from one leader. Times are seconds of any monotonic clock, given by the caller."""

    def __init__(
        self,
        node_id: int,
        leader_id: int,
        settings: FetcherSettings,
        *,
        broker_epoch: Callable[[], int],
        fetched: Callable[[Partition, int], None],
        storage_failed: Callable[[Partition, OSError], None],
        now_ms: Callable[[], int],
        throttle: ReplicationThrottle | None = None,
    ) -> None:
        """`fetched(partition, bytes)` is told after each append."""
        self._node_id = node_id
        self.leader_id = leader_id
        self._settings = settings
        self._broker_epoch = broker_epoch
        self._fetched = fetched
        self._storage_failed = storage_failed
        self._now_ms = now_ms
        self._throttle = throttle
        self._caught_up: set[TopicPartition] = set()
        self._held_back: set[TopicPartition] = set()
        self._partitions: dict[TopicPartition, Partition] = {}
        self._by_id: dict[tuple[bytes, int], Partition] = {}
        self._resting: dict[TopicPartition, float] = {}
        self._passing_errors: dict[TopicPartition, int] = {}
        self._session_id = 0
        self._session_epoch = 0
        self._session: dict[TopicPartition, _Asked] = {}
        self._changed: dict[TopicPartition, None] = {}
        """In order: those for which the session may know something else than the next request has to say."""
        self._lost: list[Partition] = []

    def __len__(self) -> int:
        return len(self._partitions)

    # Partitions

    def follow(self, partition: Partition) -> None:
        """Fetches the partition from now on, in its present leader epoch."""
        key = (partition.topic, partition.index)
        known = self._partitions.get(key)
        if known is not None and known is not partition:
            self.forget(key)
        self._partitions[key] = partition
        self._by_id[partition.topic_id, partition.index] = partition
        self._caught_up.discard(key)
        self._resting.pop(key, None)
        self._session.pop(key, None)
        self._changed[key] = None
        try:
            partition.step(FollowingBegan(), self._now_ms())
        except OSError as error:
            self._storage_failed(partition, error)

    def forget(self, key: TopicPartition) -> None:
        partition = self._partitions.pop(key, None)
        if partition is not None:
            self._by_id.pop((partition.topic_id, partition.index), None)
            self._caught_up.discard(key)
            self._resting.pop(key, None)
            self._passing_errors.pop(key, None)
            self._changed[key] = None

    def is_awake(self, now_s: float) -> bool:
        """Whether there is anything to ask for; those whose rest is over wake up."""
        if self._throttle is not None and (self._held_back or not self._throttle.is_idle):
            self._hold_back(self._throttle)
        if self._resting:
            for key in [key for key, until in self._resting.items() if until <= now_s]:
                del self._resting[key]
                self._changed[key] = None
        if self._resting or self._held_back:
            return any(key not in self._resting and key not in self._held_back for key in self._partitions)
        return bool(self._partitions)

    def _hold_back(self, throttle: ReplicationThrottle) -> None:
        before, self._held_back = self._held_back, set()
        if throttle.is_exceeded:
            self._held_back.update(
                key for key in self._partitions if key not in self._caught_up and throttle.is_throttled(*key)
            )
        if before != self._held_back:
            self._changed.update((key, None) for key in self._partitions if (key in before) != (key in self._held_back))

    def someone_woke(self, now_s: float) -> bool:
        """A partition has rested and the last request does not name it."""
        if not self._resting or not self.is_awake(now_s):
            return False
        known = self._resting.keys() | self._session.keys() | self._held_back
        return any(key not in known for key in self._partitions)

    def next_wake_s(self) -> float | None:
        """When the next rest is over; None if nobody rests."""
        return min(self._resting.values(), default=None)

    def _rest(self, key: TopicPartition, now_s: float, *, passing: bool = False) -> None:
        """Leaves the partition alone for the backoff, or for a moment where only the metadata has to catch up."""
        rest_ms = self._settings.backoff_ms
        if passing:
            rounds = self._passing_errors[key] = self._passing_errors.get(key, 0) + 1
            rest_ms = min(rest_ms, FIRST_REST_MS << min(rounds, 16))
        self._resting[key] = now_s + rest_ms / 1000
        self._changed[key] = None

    # Asking

    def reset_session(self) -> None:
        """The next request begins a session: the connection was lost, or the leader does not know the old one."""
        self._session_id = self._session_epoch = 0
        self._session.clear()
        self._changed.update(dict.fromkeys(self._partitions))

    def request(self) -> FetchRequest:
        """What to send now; partitions that rest or are held back are taken out of the session."""
        settings = self._settings
        topics: dict[bytes, FetchRequest.FetchTopic] = {}
        forgotten: list[FetchRequest.ForgottenTopic] = []
        session = self._session
        for key in self._changed:
            partition = self._partitions.get(key)
            if partition is None:
                if key in session:
                    # Its topic id is not known here any more: a session begun anew names only what is wanted.
                    self.reset_session()
                    return self.request()
                continue
            if key in self._resting or key in self._held_back:
                if session.pop(key, None) is not None:
                    forgotten.append(FetchRequest.ForgottenTopic(topic_id=partition.topic_id, partitions=[key[1]]))
                continue
            partition_log = partition.log
            latest = partition_log.leader_epochs.latest_epoch
            asked = _Asked(
                partition_log.log_end_offset,
                _NO_EPOCH if latest is None else latest,
                partition.leader_epoch,
                partition_log.log_start_offset,
            )
            if session.get(key) == asked:
                continue
            session[key] = asked
            topic = topics.get(partition.topic_id)
            if topic is None:
                topic = topics[partition.topic_id] = FetchRequest.FetchTopic(topic_id=partition.topic_id)
            topic.partitions.append(
                FetchRequest.FetchPartition(
                    partition=partition.index,
                    current_leader_epoch=asked.leader_epoch,
                    fetch_offset=asked.offset,
                    last_fetched_epoch=asked.last_epoch,
                    log_start_offset=asked.log_start_offset,
                    partition_max_bytes=settings.partition_max_bytes,
                )
            )
        self._changed = {}
        return FetchRequest(
            replica_state=FetchRequest.ReplicaState(replica_id=self._node_id, replica_epoch=self._broker_epoch()),
            max_wait_ms=settings.max_wait_ms,
            min_bytes=settings.min_bytes,
            max_bytes=settings.response_max_bytes,
            session_id=self._session_id,
            session_epoch=self._session_epoch,
            topics=list(topics.values()),
            forgotten_topics_data=forgotten,
        )

    # What comes back

    def received(self, response: FetchResponse, now_s: float) -> None:
        """Carries out the response to the last request."""
        if response.error_code != ErrorCode.NONE:
            self.reset_session()
            if response.error_code not in _SESSION_ERRORS:
                for key in self._partitions:
                    self._rest(key, now_s)
            return
        if self._session_epoch == 0:
            self._session_id = response.session_id
        self._session_epoch = self._session_epoch % _LAST_SESSION_EPOCH + 1 if self._session_id else 0
        if not self._session_id:
            asked, self._session = self._session, {}
            self._changed.update(dict.fromkeys(self._partitions))
        else:
            asked = self._session
        for topic in response.responses:
            for data in topic.partitions:
                partition = self._by_id.get((topic.topic_id, data.partition_index))
                if partition is not None:
                    key = (partition.topic, partition.index)
                    self._take(partition, key, data, asked.get(key), now_s)

    def _take(
        self,
        partition: Partition,
        key: TopicPartition,
        data: FetchResponse.PartitionData,
        asked: _Asked | None,
        now_s: float,
    ) -> None:
        self._changed[key] = None
        if asked is None or not partition.machine.awaits(self.leader_id, asked.leader_epoch, asked.offset):
            return
        code = data.error_code
        if code != ErrorCode.NONE:
            self._refused(partition, key, code, now_s)
            return
        self._passing_errors.pop(key, None)
        answered = LeaderAnswered(
            data.records,
            data.high_watermark,
            data.log_start_offset,
            data.diverging_epoch.epoch,
            data.diverging_epoch.end_offset,
        )
        try:
            copied_bytes = partition.step(answered, self._now_ms())
            if data.diverging_epoch.epoch < 0:
                self._note_progress(partition, key, data.high_watermark)
            if copied_bytes:
                self._fetched(partition, copied_bytes)
        except (AppendError, LogError) as error:
            log.warning("%s-%d: what broker %d sent cannot be appended: %s", *key, self.leader_id, error)
            self._session.pop(key, None)
            self._rest(key, now_s)
        except OSError as error:
            self._storage_failed(partition, error)
            self._rest(key, now_s)

    def _note_progress(self, partition: Partition, key: TopicPartition, leader_high_watermark: int) -> None:
        if leader_high_watermark <= partition.log.log_end_offset:
            self._caught_up.add(key)
        else:
            self._caught_up.discard(key)

    def _refused(self, partition: Partition, key: TopicPartition, code: int, now_s: float) -> None:
        if code == ErrorCode.OFFSET_OUT_OF_RANGE:
            self._lost.append(partition)
            return
        self._rest(key, now_s, passing=code in _PASSING)
        if code not in _PASSING or self._passing_errors[key] == TELL_PASSING_AFTER:
            log.info("%s-%d cannot be fetched from broker %d: %s", *key, self.leader_id, ErrorCode(code).name)

    # Logs that lie outside the leader's

    def take_lost(self) -> list[Partition]:
        """Partitions whose leader's offsets must be asked for before anything else is."""
        lost, self._lost = self._lost, []
        return lost

    @property
    def has_lost(self) -> bool:
        return bool(self._lost)

    def offsets_found(self, partition: Partition, leader_epoch: int, earliest: int, latest: int, now_s: float) -> None:
        """The leader's log of `partition` reaches from `earliest` to `latest`, as asked in `leader_epoch`."""
        key = (partition.topic, partition.index)
        self._changed[key] = None
        end = partition.log.log_end_offset
        if self._partitions.get(key) is not partition or not partition.machine.awaits(
            self.leader_id, leader_epoch, end
        ):
            return
        try:
            partition.step(LeaderOffsetsFound(earliest, latest), self._now_ms())
        except OSError as error:
            self._storage_failed(partition, error)
            self._rest(key, now_s)
        else:
            if partition.log.log_end_offset == end:
                self._rest(key, now_s, passing=True)

    def offsets_unknown(self, partition: Partition, now_s: float) -> None:
        """The leader could not be asked, or did not tell."""
        key = (partition.topic, partition.index)
        if self._partitions.get(key) is partition:
            self._rest(key, now_s)
