"""The controller of one node: active while its node leads the quorum, else only a signpost to who does.

Invariants: a decision sees every record appended before it, committed or not; its answer leaves only when its last
record is committed; when leadership ends, everything that was not committed is forgotten and its callers are told
NOT_CONTROLLER; a controller that cannot replay its own records gives up its leadership.

States: standby -> active (this node leads, everything committed was seen) -> standby (another epoch).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from workbench.embedded_broker.controller.activation import activation_records, bootstrap_metadata_version
from workbench.embedded_broker.controller.brokers import broker_heartbeat, expired_session_records
from workbench.embedded_broker.controller.dispatch import DECISIONS, DecisionContext
from workbench.embedded_broker.controller.elections import (
    MAX_ELECTIONS_PER_SCAN,
    preferred_leader_records,
    unclean_leader_records,
)
from workbench.embedded_broker.controller.reassignments import list_partition_reassignments
from workbench.embedded_broker.controller.state import ControllerSettings, ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.loader import MetadataLoader
from workbench.embedded_broker.metadata.record_versions import encode_for
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch, MetadataQuorum, NotLeaderError
from workbench.storage.log.errors import AppendError
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.system.tasks import TaskKeeper
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import BrokerHeartbeatRequest, ListPartitionReassignmentsRequest, NoOpRecord

log = logging.getLogger(__name__)

_SOON_S = 1.0

UpgradeKRaftVersion = Callable[[int, int, bool], None]
"""Epoch, level, validate_only; raises NotLeaderError or KRaftVersionUpgradeError."""


@dataclass(slots=True)
class _PendingAnswer:
    """An answer that waits until `offset` is committed."""

    offset: int
    future: asyncio.Future[Any]
    response: Any


class Controller:
    """Handles requests for the controller; register it after every other publisher of the node's loader."""

    def __init__(
        self,
        quorum: MetadataQuorum,
        loader: MetadataLoader,
        settings: ControllerSettings,
        bootstrap_records: Sequence[Any],
        *,
        clock_ms: Callable[[], int],
        rng: random.Random | None = None,
        voter_ids: Callable[[], frozenset[int]] | None = None,
        kraft_version: Callable[[], int] | None = None,
        upgrade_kraft_version: UpgradeKRaftVersion | None = None,
    ) -> None:
        """`bootstrap_records` start an empty log: the feature levels (and users) that formatting chose.

        `clock_ms` is monotonic: sessions must not end because somebody set the wall clock.
        """
        self._quorum = quorum
        self._loader = loader
        self._settings = settings
        self._bootstrap = tuple(bootstrap_records)
        self._clock_ms = clock_ms
        self._rng = rng or random.Random()
        self._voter_ids = voter_ids
        self._kraft_version = kraft_version
        self._upgrade_kraft_version = upgrade_kraft_version
        self._state: ControllerState | None = None
        self._epoch = -1
        self._pending: deque[_PendingAnswer] = deque()
        self._last_append_ms = 0
        self._next_balance_ms = 0
        self._next_unclean_ms = 0
        self._tasks = TaskKeeper()
        self._maintenance: asyncio.Task[None] | None = None

    @property
    def is_active(self) -> bool:
        return self._state is not None

    @property
    def epoch(self) -> int:
        """The quorum epoch in which this controller is active, -1 if it is not."""
        return self._epoch if self._state is not None else -1

    # The loader's side

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        """Answers what is committed by now."""
        while self._pending and self._pending[0].offset <= image.offset:
            answer = self._pending.popleft()
            if not answer.future.done():
                answer.future.set_result(answer.response)

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        if self._state is not None and (leader.leader_id != self._quorum.node_id or leader.epoch != self._epoch):
            self._become_standby("another leader was elected")
        if self._state is None and leader.leader_id == self._quorum.node_id:
            self._become_active(leader.epoch)

    # Leadership

    def _become_active(self, epoch: int) -> None:
        now_ms = self._clock_ms()
        self._state = state = ControllerState(self._loader.image, self._settings, now_ms=now_ms, rng=self._rng)
        self._epoch = epoch
        if (upgrade := self._upgrade_kraft_version) is not None:
            state.upgrade_kraft_version = lambda level, validate_only: upgrade(epoch, level, validate_only)
        self._last_append_ms = now_ms
        self._next_balance_ms = now_ms + self._settings.leader_imbalance_check_interval_ms
        self._next_unclean_ms = now_ms + self._settings.unclean_election_check_interval_ms
        self._refresh_quorum_facts(state)
        records = activation_records(state.image, self._bootstrap, self._settings)
        log.info("Controller %d is active in epoch %d", self._settings.node_id, epoch)
        if records:
            written = counted(len(records), "{} bootstrap record", "{} bootstrap records")
            log.info("The metadata log is empty: writing %s", written)
            try:
                self._append(state, records, now_ms)
            except BrokerError:
                return
        self._maintenance = self._tasks.spawn(self._maintain(state), "controller-maintenance")

    def _become_standby(self, reason: str) -> None:
        log.info("Controller %d is no longer active: %s", self._settings.node_id, reason)
        self._state = None
        if self._maintenance is not None:
            self._maintenance.cancel()
            self._maintenance = None
        pending, self._pending = self._pending, deque()
        for answer in pending:
            if not answer.future.done():
                answer.future.set_exception(self._not_controller())

    def _not_controller(self) -> BrokerError:
        leader = self._quorum.leader_and_epoch.leader_id
        if leader is None or leader == self._settings.node_id:
            message = "No controller appears to be active."
        else:
            message = f"The active controller appears to be node {leader}."
        return BrokerError(ErrorCode.NOT_CONTROLLER, message)

    def _refresh_quorum_facts(self, state: ControllerState) -> None:
        if self._voter_ids is not None:
            state.quorum_voter_ids = self._voter_ids()
        if self._kraft_version is not None:
            state.kraft_version = self._kraft_version()

    async def close(self) -> None:
        """Stops timers and fails whoever still waits."""
        if self._state is not None:
            self._become_standby("the node stops")
        await self._tasks.cancel_all()

    # Requests

    async def handle(self, request: Message, version: int, *, forwarded: bool = True) -> Any:
        """The response to a request of the controller's, after its records are committed.

        `forwarded` says that a broker passed the request on. Raises BrokerError for errors of the request as a whole,
        NOT_CONTROLLER among them.
        """
        state = self._state
        if state is None:
            raise self._not_controller()
        now_ms = self._clock_ms()
        self._refresh_quorum_facts(state)
        if isinstance(request, BrokerHeartbeatRequest):
            return await self._heartbeat(state, request, now_ms)
        if isinstance(request, ListPartitionReassignmentsRequest):
            return list_partition_reassignments(self._loader.image, request)
        decide = DECISIONS.get(request.API_KEY)
        if decide is None:
            raise BrokerError(ErrorCode.UNSUPPORTED_VERSION, f"{request.NAME} is not served by this controller.")
        context = DecisionContext(version, self._quorum.log_end_offset, now_ms, forwarded)
        try:
            result = decide(state, request, context)
        except NotLeaderError as error:
            raise self._not_controller() from error
        return await self._after_commit(state, result.records, result.response, now_ms)

    async def _heartbeat(self, state: ControllerState, request: BrokerHeartbeatRequest, now_ms: int) -> Any:
        state.heartbeats.contact(request.broker_id, request.broker_epoch, now_ms)
        result = broker_heartbeat(state, request)
        last_offset = self._append(state, result.records, now_ms) if result.records else state.image.offset
        if result.response.in_controlled_shutdown:
            state.heartbeats.begin_controlled_shutdown(request.broker_id, last_offset)
        return await self._wait(last_offset, result.response.response)

    async def _after_commit(self, state: ControllerState, records: Sequence[Any], response: Any, now_ms: int) -> Any:
        offset = self._append(state, records, now_ms) if records else state.image.offset
        return await self._wait(offset, response)

    def _wait(self, offset: int, response: Any) -> asyncio.Future[Any]:
        """What was decided on records that are not committed yet must not be told before they are."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if offset <= self._loader.image.offset:
            future.set_result(response)
        else:
            self._pending.append(_PendingAnswer(offset, future, response))
        return future

    def _append(self, state: ControllerState, records: Sequence[Any], now_ms: int) -> int:
        """Appends `records` as one batch, replays them, and returns the last one's offset."""
        version = state.image.features.metadata_version or bootstrap_metadata_version(self._bootstrap)
        values = [encode_for(record, version) for record in records]
        try:
            last_offset = self._quorum.append(self._epoch, values)
        except NotLeaderError as error:
            if self._state is state:
                self._become_standby("the quorum has a later epoch")
            raise self._not_controller() from error
        except (AppendError, OSError) as error:
            # The quorum has told what failed and the node is about to end: whoever asked finds the next controller.
            if self._state is state:
                self._become_standby("the metadata log cannot be written")
            raise self._not_controller() from error
        try:
            state.replay(records, last_offset - len(records) + 1, self._epoch, now_ms)
        except Exception:
            log.exception("The controller could not replay its own records and gives up its leadership")
            epoch = self._epoch
            self._become_standby("its own records could not be replayed")
            self._quorum.resign(epoch)
            raise
        self._last_append_ms = now_ms
        return last_offset

    # Time

    async def _maintain(self, state: ControllerState) -> None:
        while self._state is state:
            await asyncio.sleep(self._seconds_to_next_task(state))
            if self._state is state:
                self.run_due_tasks()

    def _seconds_to_next_task(self, state: ControllerState) -> float:
        now_ms = self._clock_ms()
        settings = self._settings
        due = [now_ms + _SOON_S * 1000]
        expiry = state.heartbeats.next_expiry_ms()
        if expiry is not None:
            due.append(expiry)
        if settings.max_idle_interval_ms:
            due.append(self._last_append_ms + settings.max_idle_interval_ms)
        if settings.leader_imbalance_check_interval_ms:
            due.append(self._next_balance_ms)
        if settings.unclean_election_check_interval_ms:
            due.append(self._next_unclean_ms)
        return max(0.005, (min(due) - now_ms) / 1000)

    def run_due_tasks(self) -> None:
        """Fences brokers that went silent, balances leaders, and keeps the log moving while nothing happens."""
        state = self._state
        if state is None:
            return
        now_ms = self._clock_ms()
        settings = self._settings
        try:
            for broker_id, broker_epoch in state.heartbeats.expired(now_ms):
                records = expired_session_records(state, broker_id, broker_epoch)
                if records:
                    log.warning("Fencing broker %d: nothing was heard of it in time", broker_id)
                    self._append(state, records, now_ms)
            if settings.leader_imbalance_check_interval_ms and now_ms >= self._next_balance_ms:
                moved = preferred_leader_records(state)
                self._next_balance_ms = now_ms + self._interval(settings.leader_imbalance_check_interval_ms, len(moved))
                if moved:
                    self._append(state, moved, now_ms)
            if settings.unclean_election_check_interval_ms and now_ms >= self._next_unclean_ms:
                elected = unclean_leader_records(state)
                self._next_unclean_ms = now_ms + self._interval(
                    settings.unclean_election_check_interval_ms, len(elected)
                )
                if elected:
                    self._append(state, elected, now_ms)
            if settings.max_idle_interval_ms and now_ms - self._last_append_ms >= settings.max_idle_interval_ms:
                self._append(state, [NoOpRecord()], now_ms)
        except BrokerError as error:
            log.info("The controller's periodic work stopped: %s", error)

    @staticmethod
    def _interval(interval_ms: int, done: int) -> int:
        """A scan that had to stop at its limit goes on at once."""
        return 10 if done >= MAX_ELECTIONS_PER_SCAN else interval_ms
