"""Incremental fetch sessions: a consumer or follower names its partitions once, then only what changes (KIP-227).

Of a session's partitions only those are read that a request names or in which something changed: the others are quiet,
and the session's watch is told when that ends. At the latest after `QUIET_MS` each is looked at again, since a
follower's fetch also says that it lives.

Invariants: a session's epoch is the one its next request must carry; it goes 1, 2, ... 2^31-1, 1. Partitions rotate:
those that returned data move behind the others, so that each gets its turn under a size limit. A full cache evicts
only sessions that were idle for two minutes, and a follower's may evict a consumer's.

Source: org.apache.kafka.server.FetchSession, FetchSessionCacheShard.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Protocol

from workbench.embedded_broker.errors import BrokerError
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

INVALID_SESSION_ID = 0
INITIAL_EPOCH = 0
FINAL_EPOCH = -1
EVICTION_MS = 120_000
QUIET_MS = 1_000

TopicKey = str | bytes
"""Topic name up to Fetch v12, topic id from v13 on."""
PartitionKey = tuple[TopicKey, int]


class Wakeable(Protocol):
    """Whoever wants to know that there may be something new to read."""

    def wake(self) -> None: ...


class Readable(Protocol):
    """A replica, as far as sessions are concerned: `changes` counts what may concern readers, who are then woken."""

    changes: int
    fetch_waiters: set[Wakeable]


class SessionWatch:
    """Stays with the replicas that a session reads; wakes the fetch that waits, if one does."""

    __slots__ = ("waiter",)

    def __init__(self) -> None:
        self.waiter: Wakeable | None = None

    def wake(self) -> None:
        if self.waiter is not None:
            self.waiter.wake()


def next_epoch(epoch: int) -> int:
    if epoch < 0:
        return FINAL_EPOCH
    return 1 if epoch == 2**31 - 1 else epoch + 1


@dataclass(slots=True)
class FetchPartition:
    """What a reader wants of one partition, and what it was told last (-1 and None: nothing yet)."""

    topic: str | None
    """Name, None while the topic id is unknown here."""
    topic_id: bytes
    index: int
    fetch_offset: int
    max_bytes: int
    current_leader_epoch: int = -1
    last_fetched_epoch: int = -1
    log_start_offset: int = -1
    replica_high_watermark: int = 2**63 - 1
    sent_high_watermark: int = -1
    sent_log_start_offset: int = -1
    consumed_up_to: int = -1
    watched: Readable | None = None
    """The replica that the session's watch stays with."""
    quiet_at_change: int = -1
    quiet_until_ms: int = 0

    def is_quiet(self, now_ms: int) -> bool:
        """Whether reading it again would tell nothing new."""
        watched = self.watched
        return watched is not None and watched.changes == self.quiet_at_change and now_ms < self.quiet_until_ms

    def watch(self, replica: Readable, watch: SessionWatch) -> None:
        if self.watched is not replica:
            self.unwatch(watch)
            self.watched = replica
            replica.fetch_waiters.add(watch)

    def unwatch(self, watch: SessionWatch) -> None:
        if self.watched is not None:
            self.watched.fetch_waiters.discard(watch)
            self.watched = None

    def has_told(self, high_watermark: int, log_start_offset: int) -> bool:
        """Whether the reader knows both."""
        return self.sent_high_watermark == high_watermark and self.sent_log_start_offset == log_start_offset

    def is_at_end(self, now_ms: int) -> None:
        """There is nothing to read and nothing to tell: it is quiet from now on."""
        if self.watched is not None:
            self.quiet_at_change = self.watched.changes
            self.quiet_until_ms = now_ms + QUIET_MS

    def take_request(self, other: FetchPartition) -> None:
        """Takes over what a newer request says of the same partition."""
        self.fetch_offset = other.fetch_offset
        self.max_bytes = other.max_bytes
        self.current_leader_epoch = other.current_leader_epoch
        self.last_fetched_epoch = other.last_fetched_epoch
        self.log_start_offset = other.log_start_offset
        self.replica_high_watermark = other.replica_high_watermark
        self.quiet_at_change = -1

    def must_tell(self, has_records: bool, high_watermark: int, log_start_offset: int, always: bool) -> bool:
        """Whether an incremental response has to name the partition; remembers what it is told."""
        told = has_records or always
        if self.sent_high_watermark != high_watermark:
            self.sent_high_watermark = high_watermark
            told = True
        if self.sent_log_start_offset != log_start_offset:
            self.sent_log_start_offset = log_start_offset
            told = True
        if always:
            # After an error or divergence the next response must tell the state again.
            self.sent_high_watermark = -1
        return told


class FetchSession:
    """One session; `partitions` in the order in which they are read next."""

    __slots__ = (
        "created_ms",
        "epoch",
        "last_used_ms",
        "partitions",
        "privileged",
        "session_id",
        "uses_topic_ids",
        "watch",
    )

    def __init__(
        self,
        session_id: int,
        partitions: dict[PartitionKey, FetchPartition],
        *,
        privileged: bool,
        uses_topic_ids: bool,
        now_ms: int,
    ) -> None:
        self.session_id = session_id
        self.epoch = 1
        self.partitions = partitions
        self.watch = SessionWatch()
        self.privileged = privileged
        self.uses_topic_ids = uses_topic_ids
        self.created_ms = now_ms
        self.last_used_ms = now_ms

    def update(self, changed: Mapping[PartitionKey, FetchPartition], forgotten: Iterable[PartitionKey]) -> None:
        for key, wanted in changed.items():
            known = self.partitions.get(key)
            if known is None:
                self.partitions[key] = wanted
            else:
                known.take_request(wanted)
        for key in forgotten:
            gone = self.partitions.pop(key, None)
            if gone is not None:
                gone.unwatch(self.watch)

    def end(self) -> None:
        """Nothing is watched for it any more."""
        for partition in self.partitions.values():
            partition.unwatch(self.watch)

    def rotate_behind(self, key: PartitionKey) -> None:
        """Moves a partition that returned data behind the others."""
        partition = self.partitions.pop(key, None)
        if partition is not None:
            self.partitions[key] = partition


@dataclass(slots=True)
class FetchContext:
    """How one fetch is to be answered; `session` is None for sessionless and full ones that found no room."""

    session: FetchSession | None
    partitions: dict[PartitionKey, FetchPartition]
    session_id: int
    """Id to put in the response."""
    is_incremental: bool


class FetchSessionCache:
    """All sessions of a broker; at most `max_entries`."""

    def __init__(self, max_entries: int, rng: random.Random | None = None) -> None:
        self._max_entries = max_entries
        self._sessions: dict[int, FetchSession] = {}
        self._random = rng or random.Random()

    def __len__(self) -> int:
        return len(self._sessions)

    def context(
        self,
        *,
        session_id: int,
        epoch: int,
        wanted: dict[PartitionKey, FetchPartition],
        forgotten: Iterable[PartitionKey],
        is_follower: bool,
        uses_topic_ids: bool,
        now_ms: int,
    ) -> FetchContext:
        """Raises BrokerError with the session errors, which stand at the top of a response without partitions."""
        if epoch in (INITIAL_EPOCH, FINAL_EPOCH):
            if session_id != INVALID_SESSION_ID:
                self.drop(session_id)
            if epoch == FINAL_EPOCH:
                return FetchContext(None, wanted, INVALID_SESSION_ID, is_incremental=False)
            session = self._create(wanted, is_follower, uses_topic_ids, now_ms)
            created_id = INVALID_SESSION_ID if session is None else session.session_id
            return FetchContext(session, wanted, created_id, is_incremental=False)
        known = self._sessions.get(session_id)
        if known is None:
            raise BrokerError(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
        if known.epoch != epoch:
            raise BrokerError(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
        if known.uses_topic_ids != uses_topic_ids:
            raise BrokerError(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
        known.update(wanted, forgotten)
        known.last_used_ms = now_ms
        if not known.partitions:
            # Kafka gives up a session that has nothing left to read, and reads what the request itself names.
            self.drop(session_id)
            return FetchContext(None, wanted, INVALID_SESSION_ID, is_incremental=False)
        known.epoch = next_epoch(known.epoch)
        return FetchContext(known, known.partitions, session_id, is_incremental=True)

    def _create(
        self, wanted: dict[PartitionKey, FetchPartition], privileged: bool, uses_topic_ids: bool, now_ms: int
    ) -> FetchSession | None:
        if len(self._sessions) >= self._max_entries and not self._evict(privileged, len(wanted), now_ms):
            return None
        session_id = INVALID_SESSION_ID
        while session_id == INVALID_SESSION_ID or session_id in self._sessions:
            session_id = self._random.randrange(1, 2**31 - 1)
        session = FetchSession(session_id, wanted, privileged=privileged, uses_topic_ids=uses_topic_ids, now_ms=now_ms)
        self._sessions[session_id] = session
        return session

    def _evict(self, privileged: bool, size: int, now_ms: int) -> bool:
        """Makes room; False if no session may be given up."""
        oldest = min(self._sessions.values(), key=lambda session: session.last_used_ms, default=None)
        if oldest is None:
            return False
        if now_ms - oldest.last_used_ms > EVICTION_MS:
            self.drop(oldest.session_id)
            return True
        evictable = [
            session
            for session in self._sessions.values()
            if now_ms - session.created_ms > EVICTION_MS or (privileged and not session.privileged)
        ]
        candidate = min(evictable, key=lambda session: (session.privileged, len(session.partitions)), default=None)
        if candidate is None:
            return False
        smaller = (candidate.privileged, len(candidate.partitions)) < (privileged, size)
        if not smaller:
            return False
        self.drop(candidate.session_id)
        return True

    def drop(self, session_id: int) -> None:
        """Gives a session up, where there is one."""
        session = self._sessions.pop(session_id, None)
        if session is not None:
            session.end()
