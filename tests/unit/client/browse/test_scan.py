"""A scan finds every match, in order, and no other; it can be paused and cancelled."""

import random
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.fake_partitions import FakePartitions
from workbench.client.browse import scan as scan_module
from workbench.client.browse.scan import Scan, ScanControl
from workbench.client.filter_expression import compile_filter
from workbench.client.model import RecordRow, ScanProgress
from workbench.records import Compression, NewRecord


def filled(sizes: list[list[int]], seed: int, codec: Compression = Compression.NONE) -> FakePartitions:
    chance = random.Random(seed)
    topic = FakePartitions()
    for partition, batches in enumerate(sizes):
        time_ms = 1_000
        topic.log[partition] = bytearray()
        for size in batches:
            records = []
            for _ in range(size):
                time_ms += chance.randrange(1, 9)
                status = chance.choice(["FAILED", "PAID"])
                records.append(NewRecord(time_ms, b"k", b'{"status": "%s"}' % status.encode()))
            topic.add(partition, records, compression=codec, skip=chance.randrange(0, 3))
    return topic


def run(topic: FakePartitions, text: str, **options: Any) -> tuple[list[RecordRow], list[ScanProgress]]:
    rows: list[RecordRow] = []
    reports: list[ScanProgress] = []
    partitions = topic.partitions()
    wanted = compile_filter(text)
    assert wanted is not None
    options.setdefault("control", ScanControl())
    scan = Scan(
        topic,  # type: ignore[arg-type]
        {p: topic.starts.get(p, 0) for p in partitions},
        options.pop("ends", {p: topic.end(p) for p in partitions}),
        wanted,
        newest_first=options.pop("newest_first", False),
        on_matches=rows.extend,
        on_progress=reports.append,
        **options,
    )
    scan.run()
    return rows, reports


def matching(topic: FakePartitions, content: bytes) -> list[tuple[int, int, int]]:
    return sorted(
        (record.timestamp, partition, record.offset)
        for partition in topic.partitions()
        for view in topic._views(partition)
        for record in view.records()
        if content in (record.value or b"")
    )


batches = st.lists(st.lists(st.integers(1, 20), max_size=6), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(batches, st.integers(0, 1_000), st.booleans(), st.sampled_from(list(Compression)), st.booleans())
def test_every_match_once_and_in_order(
    sizes: list[list[int]], seed: int, newest_first: bool, codec: Compression, small_fetches: bool
) -> None:
    topic = filled(sizes, seed, codec)
    before = scan_module.FIRST_FETCH_BYTES, scan_module.MOST_FETCH_BYTES
    try:
        if small_fetches:
            scan_module.FIRST_FETCH_BYTES, scan_module.MOST_FETCH_BYTES = 300, 900
        rows, reports = run(topic, 'value.status == "FAILED"', newest_first=newest_first)
    finally:
        scan_module.FIRST_FETCH_BYTES, scan_module.MOST_FETCH_BYTES = before
    assert sorted((r.timestamp_ms, r.partition, r.offset) for r in rows) == matching(topic, b"FAILED")
    times = [row.timestamp_ms for row in rows]
    assert times == sorted(times, reverse=newest_first)
    last = reports[-1]
    assert last.finished and last.matches == len(rows)
    assert last.scanned == last.total == sum(topic.end(p) for p in topic.partitions())


def test_a_test_without_needles_decodes_all() -> None:
    topic = filled([[10], [10]], 1)
    rows, _ = run(topic, "offset < 3")
    assert {(r.partition, r.offset) for r in rows} == {
        (p, r.offset) for p in (0, 1) for v in topic._views(p) for r in v.records() if r.offset < 3
    }


def test_it_never_reads_past_the_end_given_at_its_start() -> None:
    topic = filled([[10]], 1)
    ends = {0: topic.end(0)}
    topic.add(0, [NewRecord(9_999, None, b'{"status": "FAILED"}')])
    rows, reports = run(topic, "FAILED", ends=ends)
    assert all(row.offset < ends[0] for row in rows)
    assert reports[-1].total == ends[0]


def test_rows_carry_their_batch_and_place() -> None:
    topic = filled([[10]], 3, Compression.LZ4)
    (row, *_), _ = run(topic, "FAILED")
    assert row.batch.codec == "lz4"
    assert row.batch.record_count == 10
    assert row.batch.base_offset + row.position_in_batch == row.offset
    assert row.batch.crc_valid


def test_long_values_come_cut() -> None:
    topic = FakePartitions()
    topic.add(0, [NewRecord(1, b"k", b"needle" + b"x" * 1_000)])
    (row,), _ = run(topic, "needle", cut_bytes=100)
    assert (len(row.value or b""), row.value_length, row.is_cut) == (100, 1_006, True)


def test_control_records_never_match() -> None:
    topic = FakePartitions()
    topic.add(
        0,
        [NewRecord(1, b"\x00\x00\x00\x01", b"needle")],
        control=True,
        transactional=True,
        producer_id=1,
        producer_epoch=0,
    )
    assert run(topic, "needle")[0] == []


def test_aborted_transactions_are_left_out_where_asked() -> None:
    topic = FakePartitions()
    transaction = {"transactional": True, "producer_id": 7, "producer_epoch": 0, "base_sequence": 0}
    topic.add(0, [NewRecord(1, None, b"needle aborted")], **transaction)
    topic.add(
        0,
        [NewRecord(2, b"\x00\x00\x00\x00", b"\x00" * 6)],
        control=True,
        transactional=True,
        producer_id=7,
        producer_epoch=0,
    )
    topic.add(0, [NewRecord(3, None, b"needle committed")], **transaction)
    topic.aborted[0] = [(7, 0)]
    assert [row.aborted for row in run(topic, "needle")[0]] == [True, False]
    assert [row.value for row in run(topic, "needle", committed=True)[0]] == [b"needle committed"]


def test_cancelled_before_it_begins() -> None:
    control = ScanControl()
    control.cancel()
    rows, reports = run(filled([[10]], 1), "FAILED", control=control)
    assert rows == []
    assert reports[-1].finished and reports[-1].scanned == 0


@pytest.mark.parametrize("end", ["resume", "cancel"])
def test_it_pauses_by_itself_at_many_matches(end: str) -> None:
    topic = FakePartitions()
    for at in range(50):
        topic.add(0, [NewRecord(at, None, b"needle")])
    control = ScanControl()
    paused = threading.Event()
    reports: list[ScanProgress] = []

    def report(progress: ScanProgress) -> None:
        reports.append(progress)
        if progress.paused:
            paused.set()

    wanted = compile_filter("needle")
    assert wanted is not None
    before = scan_module.FIRST_FETCH_BYTES
    scan_module.FIRST_FETCH_BYTES = 300
    try:
        scan = Scan(
            topic,  # type: ignore[arg-type]
            {0: 0},
            {0: 50},
            wanted,
            newest_first=False,
            control=control,
            on_matches=lambda rows: None,
            on_progress=report,
            pause_every=3,
        )
        thread = threading.Thread(target=scan.run)
        thread.start()
        assert paused.wait(5)
        assert 3 <= reports[-1].matches < 50
        while thread.is_alive():
            getattr(control, end)()
            thread.join(0.01)
    finally:
        scan_module.FIRST_FETCH_BYTES = before
    assert reports[-1].finished
    assert (reports[-1].matches == 50) == (end == "resume")


def test_what_retention_took_meanwhile_is_passed_over() -> None:
    topic = filled([[10, 10]], 1)
    starts = topic._views(0)[1].base_offset
    first = topic._views(0)[0].size_bytes
    del topic.log[0][:first]
    topic.starts[0] = starts
    rows: list[RecordRow] = []
    wanted = compile_filter("status")
    assert wanted is not None
    Scan(
        topic,  # type: ignore[arg-type]
        {0: 0},
        {0: topic.end(0)},
        wanted,
        newest_first=False,
        control=ScanControl(),
        on_matches=rows.extend,
        on_progress=lambda progress: None,
    ).run()
    assert len(rows) == 10
