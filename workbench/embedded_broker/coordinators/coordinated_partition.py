"""One partition of an internal topic that this broker coordinates: machine, open batch, waiting operations, timers.

LOADING --all replayed--> ACTIVE; LOADING --cannot be read--> FAILED; ACTIVE --log and machine disagree--> LOADING;
any --leadership or topic lost--> CLOSED.

Records of one turn of the event loop go into one batch. They are replayed at once, so the next decision sees them, and
their operations are answered when the high watermark has passed the batch; if appending fails, the machine is taken
back to where the batch began. Operations without records wait for everything written before them, so nobody is told
what may still be lost.

Source: Kafka's CoordinatorRuntime.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, TypeVar

from workbench.embedded_broker.coordinators.decision import CancelTimer, CoordinatorRecord, Decision, StartTimer, Ticket
from workbench.embedded_broker.coordinators.interfaces import PartitionLogs, Scheduler, Shard, Timer
from workbench.embedded_broker.coordinators.loading import Loading
from workbench.embedded_broker.coordinators.open_batch import OpenBatch, encode_record, size_of
from workbench.embedded_broker.coordinators.operation import Done, Operation
from workbench.embedded_broker.coordinators.outcomes import client_error
from workbench.embedded_broker.errors import BrokerError
from workbench.records.compression import Compression
from workbench.records.control import EndTxnMarker, build_control_batch
from workbench.wire.error_codes import ErrorCode

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Shard)


class PartitionState(Enum):
    LOADING = "loading"
    ACTIVE = "active"
    FAILED = "failed"
    CLOSED = "closed"


class CoordinatedPartition(Generic[S]):
    """Made by `CoordinatorRuntime` when this broker becomes the partition's leader."""

    def __init__(
        self,
        topic: str,
        partition: int,
        *,
        leader_epoch: int,
        make_shard: Callable[[], S],
        logs: PartitionLogs,
        scheduler: Scheduler,
        answer: Callable[[Ticket, Any], None],
        write_timeout_ms: int,
        load_buffer_bytes: int,
        compression: Compression,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.leader_epoch = leader_epoch
        self.state = PartitionState.CLOSED
        self._make_shard = make_shard
        self.shard: S = make_shard()
        self._logs = logs
        self._scheduler = scheduler
        self._answer = answer
        self._write_timeout_ms = write_timeout_ms
        self._load_buffer_bytes = load_buffer_bytes
        self._compression = compression
        self._batch: OpenBatch | None = None
        self._is_appending = False
        self._waiting: deque[tuple[int, list[Operation]]] = deque()
        """Operations by the log end offset that has to be committed for them, in order."""
        self._timers: dict[str, Timer] = {}
        self._stop_listening: Callable[[], None] | None = None

    # ------------------------------------------------------------------ loading and unloading

    def load(self) -> None:
        """Begins to replay the log; a short one is done when this returns."""
        self.state = PartitionState.LOADING
        self.shard = self._make_shard()
        Loading(
            self.topic,
            self.partition,
            self.shard,
            self._logs,
            self._scheduler,
            self._load_buffer_bytes,
            self._on_loaded,
            still_wanted=self._is_loading(self.shard),
        ).start()

    def _is_loading(self, shard: S) -> Callable[[], bool]:
        return lambda: self.state is PartitionState.LOADING and self.shard is shard

    def _on_loaded(self, error: Exception | None) -> None:
        if error is None:
            try:
                self._stop_listening = self._logs.on_high_watermark(self.topic, self.partition, self._on_high_watermark)
                self.shard.timeline.commit(self._logs.high_watermark(self.topic, self.partition))
            except BrokerError as lost:
                error = lost
        if error is not None:
            log.error("%s-%d could not be loaded: %s", self.topic, self.partition, error)
            self._drop(PartitionState.FAILED)
            return
        self.state = PartitionState.ACTIVE
        self._carry_out_unasked(self.shard.on_loaded(self._scheduler.now_ms()))

    def close(self) -> None:
        """Gives the partition up; whoever waits is told NOT_COORDINATOR."""
        if self.state is not PartitionState.CLOSED:
            self._drop(PartitionState.CLOSED)

    def _drop(self, state: PartitionState) -> None:
        was_active = self.state is PartitionState.ACTIVE
        self.state = state
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        error = BrokerError(ErrorCode.NOT_COORDINATOR)
        batch, self._batch = self._batch, None
        waiting, self._waiting = self._waiting, deque()
        for _, operations in waiting:
            self._finish_all(operations, error)
        if batch is not None:
            self._finish_all(batch.operations, error)
        if was_active:
            for reply in self.shard.on_unloaded(self._scheduler.now_ms()).replies:
                self._answer(reply.ticket, reply.response)

    def require_active(self) -> None:
        """Raises COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR."""
        if self.state is PartitionState.LOADING:
            raise BrokerError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
        if self.state is not PartitionState.ACTIVE:
            raise BrokerError(ErrorCode.NOT_COORDINATOR)

    # ------------------------------------------------------------------ writing

    def write(
        self,
        decide: Callable[[S, int], Decision],
        done: Done,
        *,
        producer_id: int = -1,
        producer_epoch: int = -1,
    ) -> None:
        """Decides and carries out; `done` is called once all is committed or has failed, perhaps before this returns.

        With a `producer_id`, the records form a transactional batch of their own.
        """
        try:
            self.require_active()
            decision = decide(self.shard, self._scheduler.now_ms())
        except BrokerError as error:
            done(None, error)
            return
        except Exception:
            log.exception("%s-%d: a request could not be decided", self.topic, self.partition)
            done(None, BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR))
            return
        self._carry_out(decision, done, producer_id, producer_epoch)

    def _carry_out_unasked(self, decision: Decision) -> None:
        """What timers and completions bring; nobody waits for its outcome but the log file."""
        self._carry_out(decision, self._note_outcome)

    def _note_outcome(self, response: Any, error: BrokerError | None) -> None:
        if error is not None and error.code is not ErrorCode.NOT_COORDINATOR:
            log.warning("%s-%d: a write of the coordinator failed: %s", self.topic, self.partition, error)

    def _carry_out(self, decision: Decision, done: Done, producer_id: int = -1, producer_epoch: int = -1) -> None:
        for reply in decision.replies:
            self._answer(reply.ticket, reply.response)
        for timer in decision.timers:
            self._apply_timer(timer)
        operation = Operation(done, decision.response, decision.completion)
        try:
            if decision.records:
                self._append(decision, operation, producer_id, producer_epoch)
            else:
                self._wait_for_pending(operation)
        except BrokerError as error:
            self._finish(operation, error)
            return
        if not operation.is_finished:
            operation.timeout = self._scheduler.call_later(
                self._write_timeout_ms, lambda: self._finish(operation, BrokerError(ErrorCode.REQUEST_TIMED_OUT))
            )

    def _wait_for_pending(self, operation: Operation) -> None:
        timeline = self.shard.timeline
        if self._batch is not None:
            self._batch.operations.append(operation)
        elif timeline.committed_offset < timeline.next_offset:
            self._waiting.append((timeline.next_offset, [operation]))
        else:
            self._finish(operation, None)

    def _append(self, decision: Decision, operation: Operation, producer_id: int, producer_epoch: int) -> None:
        now_ms = self._scheduler.now_ms()
        encoded = [encode_record(record, now_ms) for record in decision.records]
        is_transactional = producer_id >= 0
        room = sum(map(size_of, encoded)) if decision.atomic or is_transactional else 0
        batch = self._batch_with_room(room, producer_id, producer_epoch)
        for record, new_record in zip(decision.records, encoded, strict=True):
            if not room:
                batch = self._batch_with_room(size_of(new_record), producer_id, producer_epoch)
            self._replay(batch, record if decision.replay else None, producer_id)
            batch.add(new_record)
        batch.operations.append(operation)
        if is_transactional:
            self._flush()

    def _batch_with_room(self, size_bytes: int, producer_id: int, producer_epoch: int) -> OpenBatch:
        """The open batch, or a new one. Flushing may let other operations finish, which may open batches anew."""
        while self._batch is not None and (producer_id >= 0 or not self._batch.has_room_for(size_bytes)):
            self._flush()
        return self._open_batch(producer_id, producer_epoch)

    def _replay(self, batch: OpenBatch, record: CoordinatorRecord | None, producer_id: int) -> None:
        offset = batch.next_offset
        if record is None:
            self.shard.timeline.next_offset = offset + 1
            return
        try:
            self.shard.replay(offset, producer_id, record)
        except Exception as error:
            log.exception("%s-%d: a record of our own cannot be replayed: %r", self.topic, self.partition, record)
            failure = BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR)
            self._fail_batch(failure)
            raise failure from error

    def _open_batch(self, producer_id: int, producer_epoch: int) -> OpenBatch:
        if self._batch is None:
            self._batch = OpenBatch(
                self.shard.timeline.next_offset,
                self._logs.max_batch_bytes(self.topic, self.partition),
                producer_id,
                producer_epoch,
            )
            if producer_id < 0:
                self._scheduler.call_soon(self._flush_later(self._batch))
        return self._batch

    def _flush_later(self, batch: OpenBatch) -> Callable[[], None]:
        def flush() -> None:
            if self._batch is batch:
                try:
                    self._flush()
                except BrokerError as error:
                    log.warning("%s-%d could not be written: %s", self.topic, self.partition, error)

        return flush

    def _flush(self) -> None:
        """Writes the open batch. Raises the BrokerError that its operations were failed with."""
        batch = self._batch
        if batch is None:
            return
        try:
            end_offset = self._append_to_log(batch.encode(self._compression))
        except BrokerError as error:
            self._fail_batch(error)
            raise
        self._check_end_offset(end_offset, batch.next_offset)
        self._batch = None
        self._waiting.append((end_offset, batch.operations))
        self._commit_up_to_high_watermark()

    def _append_to_log(self, batch: bytearray) -> int:
        """The log end offset after `batch`. What becomes committed meanwhile is dealt with afterwards."""
        self._is_appending = True
        try:
            return self._logs.append(self.topic, self.partition, batch)
        finally:
            self._is_appending = False

    def _check_end_offset(self, end_offset: int, expected: int) -> None:
        """Loads the partition anew when somebody else has written to it. Raises NOT_COORDINATOR then."""
        if end_offset == expected:
            return
        log.error(
            "%s-%d: the log ends at %d where the coordinator expected %d; loading it anew",
            self.topic, self.partition, end_offset, expected,
        )  # fmt: skip
        self._drop(PartitionState.FAILED)
        self.load()
        raise BrokerError(ErrorCode.NOT_COORDINATOR)

    def _fail_batch(self, error: BrokerError) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        self.shard.timeline.revert(batch.base_offset)
        self._finish_all(batch.operations, error)

    # ------------------------------------------------------------------ transactions

    def complete_transaction(
        self, producer_id: int, producer_epoch: int, coordinator_epoch: int, is_commit: bool, done: Done
    ) -> None:
        """Writes the marker that ends a transaction, and applies it."""
        try:
            self.require_active()
            self._flush()
            offset = self.shard.timeline.next_offset
            self.shard.end_transaction(offset, producer_id, is_commit)
            try:
                end_offset = self._append_to_log(
                    build_control_batch(
                        [EndTxnMarker(is_commit, coordinator_epoch)],
                        timestamp=self._scheduler.now_ms(),
                        producer_id=producer_id,
                        producer_epoch=producer_epoch,
                        transactional=True,
                    ),
                )
            except BrokerError:
                self.shard.timeline.revert(offset)
                raise
            self._check_end_offset(end_offset, offset + 1)
        except BrokerError as error:
            done(None, error)
            return
        self._waiting.append((end_offset, [Operation(done, None, None)]))
        self._commit_up_to_high_watermark()

    # ------------------------------------------------------------------ outcomes

    def _on_high_watermark(self, high_watermark: int) -> None:
        if not self._is_appending:
            self.shard.timeline.commit(high_watermark)
            self._complete_committed()

    def _commit_up_to_high_watermark(self) -> None:
        self.shard.timeline.commit(self._logs.high_watermark(self.topic, self.partition))
        self._complete_committed()

    def _complete_committed(self) -> None:
        committed = self.shard.timeline.committed_offset
        while self._waiting and self._waiting[0][0] <= committed:
            _, operations = self._waiting.popleft()
            self._finish_all(operations, None)

    def _finish_all(self, operations: list[Operation], error: BrokerError | None) -> None:
        for operation in operations:
            self._finish(operation, error)

    def _finish(self, operation: Operation, error: BrokerError | None) -> None:
        if operation.is_finished:
            return
        operation.is_finished = True
        if operation.completion is not None:
            code = None if error is None else client_error(error.code)
            decision = self.shard.on_completed(operation.completion, code, self._scheduler.now_ms())
            if self.state is PartitionState.ACTIVE:
                self._carry_out_unasked(decision)
            else:
                for reply in decision.replies:
                    self._answer(reply.ticket, reply.response)
        operation.finish(error)

    # ------------------------------------------------------------------ timers

    def _apply_timer(self, timer: StartTimer | CancelTimer) -> None:
        running = self._timers.pop(timer.key, None)
        if running is not None:
            running.cancel()
        if isinstance(timer, StartTimer):
            self._timers[timer.key] = self._scheduler.call_later(timer.delay_ms, self._elapsed(timer))

    def _elapsed(self, timer: StartTimer) -> Callable[[], None]:
        def elapsed() -> None:
            if self._timers.pop(timer.key, None) is None or self.state is not PartitionState.ACTIVE:
                return
            self.write(lambda shard, now_ms: shard.on_timer(timer.event, now_ms), self._note_outcome)

        return elapsed
