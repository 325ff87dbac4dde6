"""Time and logs that a test winds by hand, for everything around the coordinators."""

from __future__ import annotations

import heapq
import struct
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from workbench.embedded_broker.errors import BrokerError
from workbench.records.batch import BatchView
from workbench.records.record import Record
from workbench.wire.error_codes import ErrorCode
from workbench.wire.record_values import decode_coordinator_key, decode_coordinator_value

START_MS = 1_800_000_000_000


class HandTimer:
    def __init__(self, due_ms: int, callback: Callable[[], None]) -> None:
        self.due_ms = due_ms
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class HandScheduler:
    """`Scheduler` whose time passes only in `advance`."""

    def __init__(self) -> None:
        self._now_ms = START_MS
        self._soon: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[int, int, HandTimer]] = []
        self._order = count()

    def now_ms(self) -> int:
        return self._now_ms

    def call_soon(self, callback: Callable[[], None]) -> None:
        self._soon.append(callback)

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> HandTimer:
        timer = HandTimer(self._now_ms + delay_ms, callback)
        heapq.heappush(self._timers, (timer.due_ms, next(self._order), timer))
        return timer

    @property
    def pending_timers(self) -> int:
        return sum(not timer.is_cancelled for _, _, timer in self._timers)

    def turn(self) -> None:
        """One turn of the loop: what was called soon before it, not what that calls."""
        for _ in range(len(self._soon)):
            self._soon.popleft()()

    def settle(self) -> None:
        """Runs until nothing is left to do without time passing; timers of delay 0 count as that."""
        while self._soon or (self._timers and self._timers[0][0] <= self._now_ms):
            if self._soon:
                self._soon.popleft()()
            else:
                _, _, timer = heapq.heappop(self._timers)
                if not timer.is_cancelled:
                    timer.callback()

    def advance(self, milliseconds: int) -> None:
        end = self._now_ms + milliseconds
        self.settle()
        while self._timers and self._timers[0][0] <= end:
            self._now_ms = max(self._now_ms, self._timers[0][0])
            self.settle()
        self._now_ms = end


@dataclass
class MemoryPartition:
    batches: list[bytes] = field(default_factory=list)
    start: int = 0
    end: int = 0
    high_watermark: int = 0
    listeners: list[Callable[[int], None]] = field(default_factory=list)


class MemoryLogs:
    """`PartitionLogs` in memory. Without `replicates_at_once`, `commit` raises the high watermark."""

    def __init__(self, *, replicates_at_once: bool = True) -> None:
        self.replicates_at_once = replicates_at_once
        self.partitions: dict[int, MemoryPartition] = {}
        self.append_error: ErrorCode | None = None
        self.lost: set[int] = set()
        self.appends = 0
        self.batch_limit_bytes = 1_048_588

    def partition(self, partition: int) -> MemoryPartition:
        if partition in self.lost:
            raise BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
        return self.partitions.setdefault(partition, MemoryPartition())

    def append(self, topic: str, partition: int, batch: bytearray) -> int:
        log = self.partition(partition)
        if self.append_error is not None:
            raise BrokerError(self.append_error)
        if len(batch) > self.batch_limit_bytes:
            raise BrokerError(ErrorCode.MESSAGE_TOO_LARGE)
        self.appends += 1
        struct.pack_into(">q", batch, 0, log.end)
        view = BatchView(bytes(batch))
        view.check_crc()
        log.batches.append(bytes(batch))
        log.end = view.next_offset
        if self.replicates_at_once:
            self.commit(partition)
        return log.end

    def commit(self, partition: int, high_watermark: int | None = None) -> None:
        log = self.partitions[partition]
        log.high_watermark = log.end if high_watermark is None else high_watermark
        for listener in list(log.listeners):
            listener(log.high_watermark)

    def read(self, topic: str, partition: int, offset: int, max_bytes: int) -> Sequence[bytes]:
        found: list[bytes] = []
        for batch in self.partition(partition).batches:
            if BatchView(batch).last_offset >= offset:
                if found and sum(map(len, found)) + len(batch) > max_bytes:
                    break
                found.append(batch)
        return found

    def log_start_offset(self, topic: str, partition: int) -> int:
        return self.partition(partition).start

    def log_end_offset(self, topic: str, partition: int) -> int:
        return self.partition(partition).end

    def high_watermark(self, topic: str, partition: int) -> int:
        return self.partition(partition).high_watermark

    def max_batch_bytes(self, topic: str, partition: int) -> int:
        return self.batch_limit_bytes

    def on_high_watermark(self, topic: str, partition: int, listener: Callable[[int], None]) -> Callable[[], None]:
        listeners = self.partition(partition).listeners
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    def records(self, partition: int) -> list[Record]:
        return [
            record
            for batch in self.partitions.get(partition, MemoryPartition()).batches
            if not BatchView(batch).is_control
            for record in BatchView(batch).records()
        ]

    def written(self, partition: int) -> list[tuple[object, object]]:
        """Decoded keys and values in order; a tombstone's value is None."""
        found: list[tuple[object, object]] = []
        for record in self.records(partition):
            assert record.key is not None
            key = decode_coordinator_key(record.key)
            value = None if record.value is None else decode_coordinator_value(key, record.value)[0]
            found.append((key, value))
        return found
