"""The internal topics' partitions as coordinators use them (`coordinators/interfaces.py`, PartitionLogs)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.storage.log.append_result import AppendOrigin
from workbench.storage.log.errors import AppendError, LogError
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.partition import Partition
    from workbench.embedded_broker.replication.replica_manager import ReplicaManager


class InternalLogs:
    """Appends as leader and reads without a session; every method raises BrokerError where it cannot."""

    def __init__(self, replicas: ReplicaManager, now_ms: Callable[[], int]) -> None:
        self._replicas = replicas
        self._now_ms = now_ms

    def _leader(self, topic: str, partition: int) -> Partition:
        return self._replicas.leader_of(topic, partition)

    def append(self, topic: str, partition: int, batch: bytearray) -> int:
        replica = self._leader(topic, partition)
        try:
            result = replica.append_as_leader(batch, acks=-1, now_ms=self._now_ms(), origin=AppendOrigin.COORDINATOR)
        except AppendError as error:
            raise BrokerError(error.code, error.message) from error
        except OSError as error:
            self._replicas.storage_failed(topic, partition, error)
            raise BrokerError(ErrorCode.KAFKA_STORAGE_ERROR) from error
        return result.last_offset + 1

    def read(self, topic: str, partition: int, offset: int, max_bytes: int) -> Sequence[bytes | bytearray | memoryview]:
        replica = self._leader(topic, partition)
        try:
            return replica.log.read(offset, max_bytes, min_one_message=True).data
        except LogError as error:
            raise BrokerError(ErrorCode.KAFKA_STORAGE_ERROR, str(error)) from error
        except OSError as error:
            self._replicas.storage_failed(topic, partition, error)
            raise BrokerError(ErrorCode.KAFKA_STORAGE_ERROR) from error

    def log_start_offset(self, topic: str, partition: int) -> int:
        return self._leader(topic, partition).log.log_start_offset

    def log_end_offset(self, topic: str, partition: int) -> int:
        return self._leader(topic, partition).log.log_end_offset

    def high_watermark(self, topic: str, partition: int) -> int:
        return self._leader(topic, partition).high_watermark

    def max_batch_bytes(self, topic: str, partition: int) -> int:
        return self._leader(topic, partition).log.config.max_message_bytes

    def on_high_watermark(self, topic: str, partition: int, listener: Callable[[int], None]) -> Callable[[], None]:
        replica = self._leader(topic, partition)

        def advanced() -> None:
            listener(replica.high_watermark)

        replica.on_commit(advanced)
        return lambda: replica.forget_listener(advanced)
