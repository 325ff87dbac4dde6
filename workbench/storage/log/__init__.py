"""The log of a partition, in Apache Kafka's files.

Used from outside:

    partition_log.py       PartitionLog: append_as_leader, append_as_follower
    log_reader.py            read, offset_for_timestamp, offset_of_max_timestamp, collect_aborted_transactions
    segmented_log.py         open, roll, flush, truncate_to, advance_log_start_offset, close, size_bytes, ...
                           (PartitionLog is a ReadableLog is a SegmentedLog)
    log_directory.py       LogDirectory: one log.dir: lock, load_logs, create_log, delete_log, checkpoints, close
    log_config.py          LogConfig.from_properties
    append_result.py       AppendOrigin, AppendResult
    log_read.py            LogRead, TimestampOffset
    errors.py              AppendError (protocol code), OffsetOutOfRangeError, CorruptFileError, CorruptionReport, ...
    dump.py                dump_file: the decoded entries of any file of a log

One log, from the outside in:

    segment.py             LogSegment: a .log file with its indexes
    offset_index.py  time_index.py  (both are an index_file.py)  transaction_index.py
    batch_scan.py          walks the batches of a file
    validation.py          what a leader checks and changes where headers alone do not do
    assigned_batches.py    batches that have their offsets: a follower's, a quorum leader's
    leader_epochs.py       LeaderEpochCache and its checkpoint
    producer_state.py      ProducerState: idempotence, transactions, first unstable offset
    producer_entry.py  verification.py  producer_snapshot.py  producer_snapshots.py
    recovery.py            LogLoader: opens a directory, recovers after a crash
    segment_check.py       the check of one segment

The directory:

    checkpoints.py  clean_shutdown.py  meta_properties.py  partition_metadata.py  file_names.py

Threads: everything of a log is called by one thread (the event loop) but `flush` and `remove_deleted`, which a worker
may run meanwhile; opening and recovery run in a worker before the log is anybody's. Appends and reads take no lock.
Retention and compaction will stand beside: `delete_segments_before`, the .cleaned and .swap files and
`cleaner-offset-checkpoint` are known here already.
"""

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
