"""`__consumer_offsets-0` as Apache Kafka 4.3.1 wrote it.

Its story: classic-group (classic protocol) commits; modern-group and modern-alive (consumer protocol), share-group
and share-alive come, commit and go; retention removes some; three producers put offsets of txn-committed, txn-aborted
and txn-pending into transactions that commit, abort and stay open.
"""

from __future__ import annotations

from pathlib import Path

from tests.helpers.coordinator_doubles import MemoryLogs, MemoryPartition
from workbench.records.batch import BatchView, iterate_batches

_FILE = Path(__file__).parents[1] / "golden" / "consumer_offsets" / "apache-kafka-4.3.1.bin"

BOTH_KINDS_ALIVE = 120
"""Below this offset modern-alive and share-alive have a member each."""


def golden_batches(end_offset: int | None = None) -> list[bytes]:
    raw = _FILE.read_bytes()
    return [
        raw[view.position : view.position + view.size_bytes]
        for view in iterate_batches(raw)
        if end_offset is None or view.next_offset <= end_offset
    ]


def golden_logs(end_offset: int | None = None) -> MemoryLogs:
    """The log, or its beginning, as partition 0."""
    batches = golden_batches(end_offset)
    end = BatchView(batches[-1]).next_offset
    logs = MemoryLogs()
    logs.partitions[0] = MemoryPartition(batches=batches, end=end, high_watermark=end)
    return logs
