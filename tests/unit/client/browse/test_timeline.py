"""Pages of many partitions merged by time, from wherever they are asked for."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.fake_partitions import FakePartitions
from workbench.client.browse import timeline as timeline_module
from workbench.client.browse.timeline import Timeline
from workbench.records import NewRecord


def filled(sizes: list[list[int]], *, gaps: bool = False, seed: int = 0) -> FakePartitions:
    """Partitions of batches of the given sizes, with rising times."""
    chance = random.Random(seed)
    topic = FakePartitions()
    for partition, batches in enumerate(sizes):
        time_ms = 1_000 + chance.randrange(50)
        topic.log[partition] = bytearray()
        for size in batches:
            records = []
            for _ in range(size):
                time_ms += chance.randrange(0, 4)
                records.append(NewRecord(time_ms, b"k", b"v"))
            topic.add(partition, records, skip=chance.randrange(0, 6) if gaps else 0)
    return topic


def timeline_of(topic: FakePartitions) -> Timeline:
    partitions = topic.partitions()
    starts = {p: topic.starts.get(p, 0) for p in partitions}
    return Timeline(topic, starts, {p: topic.end(p) for p in partitions})  # type: ignore[arg-type]


def all_rows(topic: FakePartitions) -> list[tuple[int, int, int]]:
    """Time, partition, offset of every record in the order that the timeline promises."""
    rows = [
        (record.timestamp, partition, record.offset)
        for partition in topic.partitions()
        for view in topic._views(partition)
        for record in view.records()
    ]
    return sorted(rows)


def shown(page: list) -> list[tuple[int, int, int]]:  # type: ignore[type-arg]
    return [(row.timestamp_ms, row.partition, row.offset) for _, row in page]


batches = st.lists(st.lists(st.integers(1, 30), max_size=6), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(batches, st.integers(0, 1_000_000), st.integers(1, 25))
def test_pages_from_any_side_are_slices_of_the_whole(sizes: list[list[int]], seed: int, page_rows: int) -> None:
    topic = filled(sizes, seed=seed)
    expected = all_rows(topic)
    whole = timeline_of(topic)
    assert whole.total == len(expected)
    starts = list(range(0, whole.total, page_rows))
    random.Random(seed).shuffle(starts)
    for start in starts:
        page = whole.page(start, page_rows)
        assert shown(page) == expected[start : start + page_rows]
        assert [position for position, _ in page] == list(range(start, min(start + page_rows, whole.total)))


@settings(max_examples=40, deadline=None)
@given(batches, st.integers(0, 1_000_000), st.integers(3, 25), st.booleans())
def test_gaps_lose_no_row_and_repeat_none(sizes: list[list[int]], seed: int, page_rows: int, backwards: bool) -> None:
    topic = filled(sizes, gaps=True, seed=seed)
    whole = timeline_of(topic)
    starts = range(0, whole.total, page_rows)
    pages = {start: whole.page(start, page_rows) for start in (reversed(starts) if backwards else starts)}
    assert [row for start in starts for row in shown(pages[start])] == all_rows(topic)


def test_a_page_far_inside_is_reached_by_time(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(timeline_module, "_NEAR", 40)
    topic = filled([[20] * 60, [20] * 50, [20] * 70])
    expected = all_rows(topic)
    whole = timeline_of(topic)
    page = whole.page(1_800, 30)
    assert shown(page) == expected[1_800:1_830]
    offsets_read = {(partition, offset) for partition, offset, _ in topic.fetches}
    assert len(offsets_read) < 40, "it did not walk there from the beginning"


def test_one_time_for_all_is_still_one_list(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(timeline_module, "_NEAR", 10)
    topic = FakePartitions()
    for partition in range(3):
        for _ in range(10):
            topic.add(partition, [NewRecord(5_000, None, b"v")] * 10)
    whole = timeline_of(topic)
    seen = [row for start in range(0, 300, 20) for row in shown(whole.page(start, 20))]
    assert sorted(seen) == all_rows(topic)


def test_times_and_positions() -> None:
    topic = filled([[10], [10]])
    whole = timeline_of(topic)
    expected = all_rows(topic)
    assert whole.span_ms() == (expected[0][0], expected[-1][0])
    middle = expected[7][0]
    assert whole.position_of_time(middle) == sum(1 for row in expected if row[0] < middle)
    before = whole.offsets_of_position(5)
    assert sum(before.values()) == 5


def test_nothing_is_read_past_the_end_that_was_given() -> None:
    topic = filled([[10], [10]])
    whole = timeline_of(topic)
    topic.add(0, [NewRecord(9_999, None, b"late")])
    assert whole.total == 20
    assert len(whole.page(0, 100)) == 20


def test_an_empty_topic() -> None:
    topic = FakePartitions()
    topic.log[0] = bytearray()
    whole = timeline_of(topic)
    assert (whole.total, whole.page(0, 10), whole.span_ms()) == (0, [], None)


def test_what_retention_took_meanwhile_is_a_gap() -> None:
    topic = filled([[10, 10]])
    whole = timeline_of(topic)
    topic.starts[0] = 10
    del topic.log[0][: topic._views(0)[0].size_bytes]
    assert [row.offset for _, row in whole.page(0, 20)] == list(range(10, 20))
