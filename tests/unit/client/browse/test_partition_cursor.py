"""One partition, walked up and down."""

import pytest

from tests.helpers.fake_partitions import FakePartitions
from workbench.client.browse.partition_cursor import PartitionCursor
from workbench.records import NewRecord


def topic_with_gaps() -> FakePartitions:
    topic = FakePartitions()
    for at, skip in enumerate((0, 3, 0, 7)):
        topic.add(0, [NewRecord(at * 10 + i, None, b"v") for i in range(5)], skip=skip)
    return topic


def walk(topic: FakePartitions, *, at: int, upwards: bool, wanted: int = 3, end: int = 30, start: int = 0) -> list[int]:
    cursor = PartitionCursor(
        topic,  # type: ignore[arg-type]
        0,
        start,
        end,
        at=at,
        upwards=upwards,
        wanted=wanted,
        cut_bytes=100,
    )
    offsets = []
    while (row := cursor.head) is not None:
        assert cursor.take() is row
        offsets.append(row.offset)
    return offsets


OFFSETS = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 25, 26, 27, 28, 29]


@pytest.mark.parametrize("wanted", [1, 3, 100])
def test_up_and_down_pass_over_gaps(wanted: int) -> None:
    topic = topic_with_gaps()
    assert walk(topic, at=0, upwards=True, wanted=wanted) == OFFSETS
    assert walk(topic, at=30, upwards=False, wanted=wanted) == OFFSETS[::-1]


def test_from_the_middle_of_a_batch_and_of_a_gap() -> None:
    topic = topic_with_gaps()
    assert walk(topic, at=10, upwards=True) == [o for o in OFFSETS if o >= 10]
    assert walk(topic, at=10, upwards=False) == [o for o in OFFSETS if o < 10][::-1]
    assert walk(topic, at=20, upwards=True) == [o for o in OFFSETS if o >= 20]
    assert walk(topic, at=20, upwards=False) == [o for o in OFFSETS if o < 20][::-1]


def test_bounds_hold_on_both_sides() -> None:
    topic = topic_with_gaps()
    assert walk(topic, at=9, upwards=True, start=9, end=12) == [9, 10, 11]
    assert walk(topic, at=12, upwards=False, start=9, end=12) == [11, 10, 9]


def test_records_of_aborted_transactions_are_marked_or_left_out() -> None:
    topic = FakePartitions()
    transaction = {"transactional": True, "producer_id": 7, "producer_epoch": 0, "base_sequence": 0}
    topic.add(0, [NewRecord(1, None, b"aborted")], **transaction)
    topic.add(0, [NewRecord(2, b"\x00\x00\x00\x00", b"\x00" * 6)], control=True, **transaction)
    topic.add(0, [NewRecord(3, None, b"committed")], **transaction)
    topic.aborted[0] = [(7, 0)]
    found = {}
    for committed in (False, True):
        cursor = PartitionCursor(
            topic,  # type: ignore[arg-type]
            0,
            0,
            3,
            at=0,
            upwards=True,
            wanted=9,
            cut_bytes=99,
            committed=committed,
        )
        rows = []
        while cursor.head is not None:
            rows.append(cursor.take())
        found[committed] = [(row.offset, row.aborted) for row in rows]
    assert found == {False: [(0, True), (1, False), (2, False)], True: [(1, False), (2, False)]}
