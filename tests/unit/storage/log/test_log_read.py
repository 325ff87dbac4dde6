"""What a read answers."""

from tests.helpers.partition_logs import append, open_log
from workbench.storage.log import LogRead, TimestampOffset


def test_a_read_tells_where_it_lies() -> None:
    log = open_log()
    append(log, b"a")
    append(log, b"b")
    first, second = log.read(0, 10), log.read(1, 10)
    assert (second.segment_base_offset, second.position) == (0, first.size_bytes)
    assert LogRead([], 5, 0).segment_base_offset == -1
    assert not second.first_entry_incomplete
    found = log.offset_for_timestamp(0)
    assert found == TimestampOffset(found.timestamp if found else 0, 0, 0)
