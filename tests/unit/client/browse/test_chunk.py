"""Batches of a fetch: found by their headers, searched by their bytes."""

from workbench.client.browse.chunk import all_rows, batch_places, search_chunk
from workbench.client.filter_expression import compile_filter
from workbench.records import Compression, NewRecord, build_batch


def fetch(*batches: bytes | bytearray) -> memoryview:
    return memoryview(b"".join(bytes(batch) for batch in batches))


FIRST = build_batch([NewRecord(10, b"a", b"one"), NewRecord(12, b"b", b"two")], base_offset=5)
SECOND = build_batch([NewRecord(20, b"c", b"three")], base_offset=7, compression=Compression.ZSTD)


def test_places_tell_offsets_and_times() -> None:
    places = batch_places(fetch(FIRST, SECOND))
    assert [(p.position, p.base_offset, p.next_offset) for p in places] == [(0, 5, 7), (len(FIRST), 7, 8)]
    assert (places[0].base_timestamp, places[0].max_timestamp) == (10, 12)


def test_a_cut_batch_at_the_end_is_left() -> None:
    whole = fetch(FIRST, SECOND)
    for cut in range(len(FIRST), len(whole)):
        assert len(batch_places(whole[:cut])) == 1
    assert batch_places(memoryview(b"")) == []


def search(text: str, first: int = 0, end: int = 100) -> list[int]:
    records = fetch(FIRST, SECOND)
    wanted = compile_filter(text)
    assert wanted is not None
    rows = search_chunk(records, batch_places(records), wanted, "t", 0, first=first, end=end, cut_bytes=99)
    return [row.offset for row in rows]


def test_searching() -> None:
    assert search("t") == [6, 7]
    assert search("three") == [7]
    assert search("offset >= 6") == [6, 7]
    assert search("absent") == []


def test_the_span_holds() -> None:
    assert search("t", first=7) == [7]
    assert search("t", end=7) == [6]


def test_all_rows() -> None:
    records = fetch(FIRST, SECOND)
    rows = all_rows(records, batch_places(records), "t", 3, first=6, end=100, cut_bytes=99)
    assert [(row.partition, row.offset, row.key, row.value) for row in rows] == [
        (3, 6, b"b", b"two"),
        (3, 7, b"c", b"three"),
    ]


def test_a_batch_of_many_records_with_long_ones() -> None:
    records = [NewRecord(1, b"k%d" % at, b"x" * (at * 37) + (b"needle" if at % 7 == 0 else b"")) for at in range(100)]
    buffer = fetch(build_batch(records, compression=Compression.GZIP))
    wanted = compile_filter("needle")
    assert wanted is not None
    rows = search_chunk(buffer, batch_places(buffer), wanted, "t", 0, first=0, end=1_000, cut_bytes=1 << 20)
    assert [row.offset for row in rows] == list(range(0, 100, 7))
    assert rows[2].value == records[14].value
