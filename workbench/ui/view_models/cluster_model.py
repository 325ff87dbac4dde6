"""One cluster as last seen: polled about once a second, the same for an embedded and a foreign one.

Invariants: `changed` comes at most twice a second, except after the window's own writes (`refresh`), which poll at
once; what could not be asked keeps its last value while `unreachable` says why; nothing here blocks.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.broker_contract.not_in_force import TOPIC_CONFIGS_NOT_IN_FORCE
from workbench.client.errors import ClientError
from workbench.client.model import (
    BrokerInfo,
    ClusterDescription,
    GroupLag,
    GroupSummary,
    PartitionInfo,
    QuorumDescription,
    TopicInfo,
)
from workbench.system.known_error import KnownError
from workbench.ui.bridge import Bridge, Throttle
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.message_rates import MessageRates
from workbench.ui.view_models.problems import Problem, Severity, find_problems
from workbench.ui.view_models.rate_history import RateHistory
from workbench.ui.view_models.replica_memory import ReplicaMemory

if TYPE_CHECKING:
    from workbench.client.session import ClusterSession

POLL_S = 1.0
SLOW_POLL_S = 5.0
"""For a window that nobody sees, and for a cluster whose every poll is work."""
SIZES_EVERY_S = 5.0
GROUPS_EVERY_S = 2.0
QUORUM_EVERY_S = 3.0
QUORUM_TIMEOUT_S = 1.5
"""While there is no leader the other panes go on."""
MIN_INSYNC_EVERY_S = 10.0
TOPICS_WITH_MIN_INSYNC = 300
MANY_PARTITIONS = 2_000
"""Above this many, offsets of all partitions are asked every `SIZES_EVERY_S` only."""
ASLEEP_S = 20.0
"""A poll that comes so much too late means that the computer slept."""
GROUPS_WITH_LAG = 50


OpenSession = Callable[[str], "ClusterSession"]
"""Makes a session for bootstrap servers."""


class ClusterState(StrEnum):
    """What the window can say of a cluster."""

    STOPPED = "stopped"
    STARTING = "starting"
    CONNECTING = "connecting"
    RUNNING = "running"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


class ClusterModel(QObject):
    """One cluster in the navigator. `rank` is the series of its colour."""

    changed = Signal()
    topics_changed = Signal()
    groups_changed = Signal()
    state_changed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        name: str,
        bootstrap: str,
        *,
        rank: int,
        rates: RateHistory,
        local: LocalBrokers | None = None,
        read_only: bool = False,
        open_session: OpenSession | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.bridge, self.name, self.rank, self.local, self.rates = bridge, name, rank, local, rates
        self.read_only = read_only
        self._open_session = open_session or _open_session
        self.unlocked_until_ms = 0
        self._bootstrap = bootstrap
        self.session: ClusterSession | None = None
        self.state = ClusterState.STOPPED
        self.description: ClusterDescription | None = None
        self.topics: tuple[TopicInfo, ...] = ()
        self.groups: tuple[GroupSummary, ...] = ()
        self.lags: dict[str, tuple[GroupLag, ...]] = {}
        self.quorum: QuorumDescription | None = None
        self.sizes: dict[str, int] = {}
        self.message_rates = MessageRates()
        self.replica_memory = ReplicaMemory()
        self.min_insync: dict[str, int] = {}
        self.failure: KnownError | ClientError | None = None
        self.unreachable = ""
        self.not_in_force = TOPIC_CONFIGS_NOT_IN_FORCE if local is not None else frozenset()
        """Configs that the embedded broker keeps and answers but does not act on yet."""
        self.seen_ms: int | None = None
        self.visible = True
        self._lag_watchers: set[object] = set()
        self._kick = asyncio.Event()
        self._polling: asyncio.Future[None] | None = None
        self._paused: frozenset[int] = frozenset()
        self._last: dict[str, float] = {}
        self._tell = Throttle(450, self.changed.emit, self)
        if local is not None:
            local.phase_changed.connect(self._processes_changed)
            local.broker_changed.connect(self._broker_changed)

    # -- what panes ask -------------------------------------------------------------------------------------------

    @property
    def embedded(self) -> bool:
        """Whether its brokers are ours."""
        return self.local is not None

    @property
    def bootstrap(self) -> str:
        """`bootstrap.servers` for clients."""
        return self.local.bootstrap if self.local is not None and self.local.bootstrap else self._bootstrap

    @property
    def brokers(self) -> tuple[BrokerInfo, ...]:
        """Brokers as last described, by node id."""
        found = self.description.brokers if self.description is not None else ()
        return tuple(sorted(found, key=lambda broker: broker.node_id))

    @property
    def node_ids(self) -> tuple[int, ...]:
        """Every node id known: described, embedded, or named as a replica."""
        known = {broker.node_id for broker in self.brokers}
        if self.local is not None:
            known |= set(self.local.handles)
        for topic in self.topics:
            for partition in topic.partitions:
                known.update(partition.replicas)
        return tuple(sorted(known))

    def series(self, node_id: int) -> int:
        """The series of a broker: its rank among the cluster's node ids."""
        ids = self.node_ids
        return ids.index(node_id) if node_id in ids else node_id

    @property
    def user_topics(self) -> tuple[TopicInfo, ...]:
        """Topics that are not Kafka's own."""
        return tuple(topic for topic in self.topics if not topic.internal)

    def topic(self, name: str) -> TopicInfo | None:
        """A topic by name as last seen."""
        return next((topic for topic in self.topics if topic.name == name), None)

    def size_of(self, topic: TopicInfo) -> int | None:
        """Bytes of a topic on its leaders, as last told."""
        return topic.size_bytes if topic.size_bytes is not None else self.sizes.get(topic.name)

    def lag_of(self, group_id: str) -> int | None:
        """A group's lag in messages over its partitions, None while unknown."""
        known = [row.lag for row in self.lags.get(group_id, ()) if row.lag is not None]
        return sum(known) if known else None

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong now."""
        if self.state in (ClusterState.STARTING, ClusterState.CONNECTING):
            return ()
        troubles = self.local.troubles() if self.local is not None else ()
        return find_problems(
            self.description, self.topics, self.quorum, troubles, self.unreachable, self.min_insync, self.embedded
        )

    def problem_counts(self) -> tuple[int, int]:
        """Errors and warnings."""
        found = self.problems()
        errors = sum(1 for problem in found if problem.severity is Severity.ERROR)
        return errors, sum(1 for problem in found if problem.severity is Severity.WARNING)

    def why_not_write(self) -> str:
        """Why nothing can be written to it now, "" if it can."""
        if self.session is None or self.state is not ClusterState.RUNNING:
            return self.tr("{} is {}.").format(self.name, self.tr(self.state.value))
        if self.read_only and self.unlocked_until_ms < _now_ms():
            return self.tr("{} is read-only. Unlock it for 15 minutes first.").format(self.name)
        return ""

    # -- life -----------------------------------------------------------------------------------------------------

    def watch_lag(self, who: object) -> None:
        """Somebody shows lags: they are polled until `unwatch_lag`."""
        self._lag_watchers.add(who)
        self._last.pop("groups", None)
        self._kick.set()

    def unwatch_lag(self, who: object) -> None:
        """Somebody shows lags no more."""
        self._lag_watchers.discard(who)

    def refresh(self) -> None:
        """Polls everything at once: after a write, or because the user asked."""
        self._last.clear()
        self._kick.set()

    def forget_seen(self) -> None:
        """Nothing is known any more: the cluster was made anew."""
        self.description, self.quorum, self.seen_ms, self.unreachable = None, None, None, ""
        self.topics, self.groups = (), ()
        self.lags.clear()
        self.sizes.clear()
        self._last.clear()
        self.topics_changed.emit()
        self.groups_changed.emit()

    def set_state(self, state: ClusterState, failure: KnownError | ClientError | None = None) -> None:
        """Changes the state and tells at once."""
        if (state, failure) != (self.state, self.failure):
            self.state, self.failure = state, failure
            self.state_changed.emit()
            self.changed.emit()

    async def follow(self) -> None:
        """Connects and polls until cancelled; lost connections are met by trying again."""
        if self._open_session is _open_session:
            # The client's modules take longer to import than the window may stand still.
            await asyncio.to_thread(importlib.import_module, "workbench.client.session")
        session = self._open_session(self.bootstrap)
        self.session = session
        session.avoid(self._paused)
        try:
            if self.local is None:  # of an embedded cluster its processes tell the state
                self.set_state(ClusterState.CONNECTING)
            while True:
                before = time.time()
                await self._poll_once()
                interval = POLL_S if self.visible and not self._is_large() else SLOW_POLL_S
                try:
                    async with asyncio.timeout(interval):
                        await self._kick.wait()
                except TimeoutError:
                    pass
                self._kick.clear()
                if time.time() - before > interval + ASLEEP_S:
                    self._last.clear()
        finally:
            if self.session is session:  # another may follow already, at another port
                self.session = None
            await session.close()

    async def _poll_once(self) -> None:
        """A poll that ends at once when one of our brokers is paused or goes on: it may wait for that one."""
        self._polling = asyncio.ensure_future(self._poll())
        try:
            await self._polling
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            self._last.clear()
            self._kick.set()
        finally:
            self._polling = None

    def _avoid_paused(self, local: LocalBrokers) -> None:
        paused = frozenset(node for node, handle in local.handles.items() if handle.phase.value == "paused")
        if paused != self._paused:
            self._paused = paused
            if self.session is not None:
                self.session.avoid(paused)
            if self._polling is not None:
                self._polling.cancel()

    async def _poll(self) -> None:
        session = self.session
        if session is None or not self._may_ask():
            return
        try:
            if self.seen_ms is None or self.unreachable:
                await session.connect()
            if self._due("description", QUORUM_EVERY_S):
                self.description = await session.describe_cluster()
                if self.local is not None:
                    self.local.timeline.take_brokers(self.description.brokers, _now_ms())
            await self._poll_topics(session)
            await self._poll_groups(session)
            await self._poll_quorum(session)
            await self._poll_min_insync(session)
        except ClientError as error:
            self._last.clear()
            if not self._may_ask():
                return
            self.unreachable = f"{error.sentence} {error.remedy}".strip()
            if self.state is not ClusterState.STARTING:
                self.set_state(ClusterState.UNREACHABLE, error)
            self._tell()
            return
        self.unreachable = ""
        self.seen_ms = _now_ms()
        self.set_state(ClusterState.RUNNING)
        self._tell()

    async def _poll_topics(self, session: ClusterSession) -> None:
        many = self._is_large()
        with_sizes = self._due("sizes", SIZES_EVERY_S)
        topics = await session.list_topics(with_offsets=not many or with_sizes, with_sizes=with_sizes)
        if with_sizes:
            self.sizes = {topic.name: topic.size_bytes for topic in topics if topic.size_bytes is not None}
        if not many or with_sizes:
            self.message_rates.take(topics, _now_ms())
        before = [(topic.name, topic.partition_count) for topic in self.topics]
        self.topics = tuple(topics) if with_sizes or many else with_sizes_of(topics, self.topics)
        self.replica_memory.take(self.topics)
        if self.local is not None:
            self.local.timeline.take_topics(self.topics, _now_ms())
        if before != [(topic.name, topic.partition_count) for topic in topics]:
            self.topics_changed.emit()

    async def _poll_groups(self, session: ClusterSession) -> None:
        if not self._due("groups", GROUPS_EVERY_S):
            return
        groups = tuple(await session.list_groups())
        different = [group.group_id for group in groups] != [group.group_id for group in self.groups]
        self.groups = groups
        if self.local is not None:
            self.local.timeline.take_groups(groups, _now_ms())
        if self._lag_watchers:
            for group in groups[:GROUPS_WITH_LAG]:
                try:
                    self.lags[group.group_id] = tuple(await session.group_lag(group.group_id))
                except ClientError:
                    self.lags.pop(group.group_id, None)
        if different:
            self.groups_changed.emit()

    async def _poll_quorum(self, session: ClusterSession) -> None:
        if not self._due("quorum", QUORUM_EVERY_S):
            return
        try:
            async with asyncio.timeout(QUORUM_TIMEOUT_S):
                self.quorum = await session.describe_quorum()
        except (ClientError, TimeoutError):
            if self.local is None:  # an embedded one has lost its leader: who votes is known all the same
                self.quorum = None

    async def _poll_min_insync(self, session: ClusterSession) -> None:
        """What acks=all needs of each topic; only problems speak of it, so seldom is enough."""
        if not self._due("min_insync", MIN_INSYNC_EVERY_S):
            return
        try:
            names = [topic.name for topic in self.topics[:TOPICS_WITH_MIN_INSYNC]]
            values = await session.topic_config_values(names, "min.insync.replicas")
        except ClientError:
            return
        self.min_insync = {name: int(value) for name, value in values.items() if value.isdigit()}

    def _due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now - self._last.get(what, -1e9) < every_s:
            return False
        self._last[what] = now
        return True

    def _is_large(self) -> bool:
        return sum(topic.partition_count for topic in self.topics) > MANY_PARTITIONS

    def _may_ask(self) -> bool:
        return self.local is None or self.local.running_count > 0

    def _broker_changed(self, _node_id: int) -> None:
        self._processes_changed()

    def _processes_changed(self) -> None:
        local = self.local
        assert local is not None
        self._avoid_paused(local)
        if local.running_count:
            self.refresh()
        elif any(handle.phase.value in ("starting", "waiting to restart") for handle in local.handles.values()):
            self.set_state(ClusterState.STARTING)
        elif local.handles and not local.any_process and self.state is not ClusterState.FAILED:
            self.unreachable = ""
            self.set_state(ClusterState.STOPPED)
        self._tell()


def with_sizes_of(topics: Sequence[TopicInfo], known: Sequence[TopicInfo]) -> tuple[TopicInfo, ...]:
    """`topics` with the sizes that `known` had, where they were not asked for."""
    sizes = {(topic.name, part.partition): part for topic in known for part in topic.partitions}

    def sized(name: str, part: PartitionInfo) -> PartitionInfo:
        old = sizes.get((name, part.partition))
        if old is None or part.size_bytes is not None:
            return part
        return replace(part, size_bytes=old.size_bytes, replica_sizes_bytes=old.replica_sizes_bytes)

    return tuple(
        replace(topic, partitions=tuple(sized(topic.name, part) for part in topic.partitions)) for topic in topics
    )


def _open_session(bootstrap: str) -> ClusterSession:
    from workbench.client.session import ClusterSession

    return ClusterSession(bootstrap)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
