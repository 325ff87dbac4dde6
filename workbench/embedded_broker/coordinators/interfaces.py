"""What the coordinator runtime asks of the rest of the broker, and of a coordinator's state machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord, Decision
from workbench.embedded_broker.coordinators.timeline import Timeline
from workbench.wire.error_codes import ErrorCode


class PartitionLogs(Protocol):
    """The internal topic's partitions on this broker (implemented over the replica manager).

    Every method raises BrokerError NOT_LEADER_OR_FOLLOWER, or KAFKA_STORAGE_ERROR, where the partition cannot be used.
    """

    def append(self, topic: str, partition: int, batch: bytearray) -> int:
        """Appends one batch as leader, as acks=all does (NOT_ENOUGH_REPLICAS before anything is written).

        Returns the log end offset after it. Listeners of the high watermark may be called before this returns.
        Raises BrokerError, among others MESSAGE_TOO_LARGE, INVALID_PRODUCER_EPOCH.
        """
        ...

    def read(self, topic: str, partition: int, offset: int, max_bytes: int) -> Sequence[bytes | bytearray | memoryview]:
        """Whole batches from the one that holds `offset` up to the log end, at least one if there is one."""
        ...

    def log_start_offset(self, topic: str, partition: int) -> int: ...

    def log_end_offset(self, topic: str, partition: int) -> int: ...

    def high_watermark(self, topic: str, partition: int) -> int: ...

    def max_batch_bytes(self, topic: str, partition: int) -> int:
        """`max.message.bytes` of the topic."""
        ...

    def on_high_watermark(self, topic: str, partition: int, listener: Callable[[int], None]) -> Callable[[], None]:
        """Calls `listener` with the high watermark whenever it rises; returns what ends that."""
        ...


class Timer(Protocol):
    def cancel(self) -> None: ...


class Scheduler(Protocol):
    """Time, and what happens later; the event loop in a broker, a hand-wound one in tests."""

    def now_ms(self) -> int:
        """Wall clock in milliseconds since 1970, as written into records."""
        ...

    def call_soon(self, callback: Callable[[], None]) -> None: ...

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer: ...


class Shard(Protocol):
    """A coordinator's state for one partition; pure. See `group/shard.py`."""

    timeline: Timeline

    def replay(self, offset: int, producer_id: int, record: CoordinatorRecord) -> None: ...

    def end_transaction(self, offset: int, producer_id: int, is_commit: bool) -> None: ...

    def on_loaded(self, now_ms: int) -> Decision: ...

    def on_unloaded(self, now_ms: int) -> Decision: ...

    def on_timer(self, event: Any, now_ms: int) -> Decision: ...

    def on_completed(self, completion: Any, error: ErrorCode | None, now_ms: int) -> Decision: ...
