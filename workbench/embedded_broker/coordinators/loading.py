"""Replays a partition of an internal topic into a fresh state machine, some megabytes a turn of the event loop.

Invariants: reads up to the log end, past the high watermark, since what a former leader wrote may yet be committed;
what is above the high watermark stays revocable on the machine's timeline. A log that fits into the buffer is loaded
within the call of `start`. Record types that are not known are passed over, as left by a version yet to come.
Source: Kafka's CoordinatorLoaderImpl.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord
from workbench.embedded_broker.coordinators.interfaces import PartitionLogs, Scheduler, Shard
from workbench.embedded_broker.errors import BrokerError
from workbench.records.batch import BatchView, iterate_batches
from workbench.records.control import EndTxnMarker, decode_control
from workbench.records.errors import RecordsError
from workbench.system.counting import counted
from workbench.wire.errors import WireError
from workbench.wire.record_values import UnknownRecordError, decode_coordinator_key, decode_coordinator_value

log = logging.getLogger(__name__)


class Loading:
    """One load; `done` is called once, with the error that stopped it or None, unless it is no longer wanted."""

    def __init__(
        self,
        topic: str,
        partition: int,
        shard: Shard,
        logs: PartitionLogs,
        scheduler: Scheduler,
        buffer_bytes: int,
        done: Callable[[Exception | None], None],
        *,
        still_wanted: Callable[[], bool],
        coordinator: str = "group",
    ) -> None:
        self._topic = topic
        self._partition = partition
        self._shard = shard
        self._logs = logs
        self._scheduler = scheduler
        self._buffer_bytes = buffer_bytes
        self._done = done
        self._still_wanted = still_wanted
        self._coordinator = coordinator
        self._offset = 0
        self._record_count = 0
        self._started_ms = scheduler.now_ms()

    def start(self) -> None:
        try:
            self._offset = self._logs.log_start_offset(self._topic, self._partition)
        except BrokerError as error:
            self._done(error)
            return
        self._step()

    def _step(self) -> None:
        if not self._still_wanted():
            return
        try:
            is_finished = self._replay_some()
        except (BrokerError, RecordsError, WireError, OSError) as error:
            self._done(error)
            return
        except Exception as error:
            log.exception("%s-%d cannot be replayed at offset %d", self._topic, self._partition, self._offset)
            self._done(error)
            return
        if not is_finished:
            self._scheduler.call_soon(self._step)
            return
        # A broker leads dozens of these partitions, most of them empty: only what was found is worth a line.
        log.log(
            logging.INFO if self._record_count else logging.DEBUG,
            "%s-%d: loaded %s in %d ms",
            self._topic, self._partition, counted(self._record_count, "{} record", "{} records"),
            self._scheduler.now_ms() - self._started_ms,
        )  # fmt: skip
        self._done(None)

    def _replay_some(self) -> bool:
        """Replays one buffer full. True at the end of the log."""
        timeline = self._shard.timeline
        timeline.commit(self._logs.high_watermark(self._topic, self._partition))
        end_offset = self._logs.log_end_offset(self._topic, self._partition)
        if self._offset < end_offset:
            before = self._offset
            for buffer in self._logs.read(self._topic, self._partition, self._offset, self._buffer_bytes):
                for batch in iterate_batches(buffer):
                    self._replay_batch(batch)
            if self._offset == before:
                # The end of the log holds no whole batch: nothing more will come.
                self._offset = end_offset
        timeline.next_offset = max(self._offset, timeline.next_offset)
        return self._offset >= end_offset

    def _replay_batch(self, batch: BatchView) -> None:
        if batch.last_offset < self._offset:
            return
        if batch.is_control:
            for record in batch.records():
                marker = decode_control(record.key, record.value)
                if isinstance(marker, EndTxnMarker):
                    self._shard.end_transaction(record.offset, batch.producer_id, marker.committed)
        else:
            producer_id = batch.producer_id if batch.is_transactional else -1
            for record in batch.records():
                self._record_count += 1
                decoded = self._decode(record.offset, record.key, record.value)
                if decoded is not None:
                    self._shard.replay(record.offset, producer_id, decoded)
        self._offset = batch.next_offset

    def _decode(self, offset: int, key: bytes | None, value: bytes | None) -> CoordinatorRecord | None:
        if key is None:
            log.warning("%s-%d: the record at offset %d has no key", self._topic, self._partition, offset)
            return None
        try:
            decoded_key = decode_coordinator_key(key, self._coordinator)
            if value is None:
                return CoordinatorRecord(decoded_key)
            decoded_value, version = decode_coordinator_value(decoded_key, value)
        except UnknownRecordError as error:
            log.warning("%s-%d, offset %d: %s", self._topic, self._partition, offset, error)
            return None
        return CoordinatorRecord(decoded_key, decoded_value, version)
