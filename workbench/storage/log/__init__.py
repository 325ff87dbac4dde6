"""The log of a partition, in Apache Kafka's files."""

from workbench.storage.log.append_result import AppendOrigin, AppendResult
from workbench.storage.log.errors import (
    AppendError,
    CorruptFileError,
    CorruptionReport,
    LogClosedError,
    LogError,
    OffsetOutOfRangeError,
    RecordFault,
)
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.log_read import LogRead, TimestampOffset
from workbench.storage.log.partition_log import PartitionLog

__all__ = [
    "AppendError",
    "AppendOrigin",
    "AppendResult",
    "CorruptFileError",
    "CorruptionReport",
    "LogClosedError",
    "LogConfig",
    "LogError",
    "LogRead",
    "OffsetOutOfRangeError",
    "PartitionLog",
    "RecordFault",
    "TimestampOffset",
]
