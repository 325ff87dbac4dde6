"""The decoded view of every kind of file."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import DIRECTORY, NOW, append, end_transaction, open_log, produce
from workbench.records import Compression
from workbench.records.control import EndTxnMarker
from workbench.storage.log import LogConfig
from workbench.storage.log.dump import DumpedEntry, dump_file


@pytest.fixture
def disk() -> FaultyDisk:
    disk = FaultyDisk()
    log = open_log(disk, LogConfig(index_interval_bytes=100))
    for place in range(5):
        append(log, b"value %d" % place, b"second", key=b"k", compression=Compression(place))
    produce(log, 9, 0, transactional=True)
    end_transaction(log, 9, commit=False)
    log.close()
    return disk


def dump(disk: FaultyDisk, name: str, **options: object) -> list[DumpedEntry]:
    return list(dump_file(disk, f"{DIRECTORY}/{name}", **options))  # type: ignore[arg-type]


def test_batches(disk: FaultyDisk) -> None:
    found = dump(disk, f"{0:020d}.log")
    assert [each.kind for each in found] == ["batch"] * 7
    assert [each.fields["compressType"] for each in found[:5]] == ["none", "gzip", "snappy", "lz4", "zstd"]
    assert [each.fields["baseOffset"] for each in found] == [0, 2, 4, 6, 8, 10, 11]
    assert all(each.problem is None for each in found)
    assert sum(each.size_bytes for each in found) == disk.size_bytes(f"{DIRECTORY}/{0:020d}.log")
    again = dump(disk, f"{0:020d}.log", start=found[5].position)
    assert again == found[5:]


def test_records(disk: FaultyDisk) -> None:
    found = [each for each in dump(disk, f"{0:020d}.log", with_records=True) if each.kind == "record"]
    assert [each.fields["offset"] for each in found] == list(range(12))
    assert found[2].fields | {"offset": 0} == {
        "offset": 0,
        "timestamp": NOW,
        "key": b"k",
        "value": b"value 1",
        "headers": (),
    }
    assert found[-1].fields["control"] == EndTxnMarker(False, 0)
    decoded = dump(disk, f"{0:020d}.log", with_records=True, decoder=lambda record: len(record.value or b""))
    assert decoded[1].fields["decoded"] == 7


def test_indexes(disk: FaultyDisk) -> None:
    batches = {each.position: each for each in dump(disk, f"{0:020d}.log")}
    entries = dump(disk, f"{0:020d}.index")
    assert entries
    for entry in entries:
        assert batches[entry.fields["position"]].fields["lastOffset"] == entry.fields["offset"]
    times = dump(disk, f"{0:020d}.timeindex")
    assert times[-1].fields["timestamp"] == NOW + 1
    aborted = dump(disk, f"{0:020d}.txnindex")
    assert [each.fields for each in aborted] == [
        {"version": 0, "producerId": 9, "firstOffset": 10, "lastOffset": 11, "lastStableOffset": 12}
    ]


def test_producers(disk: FaultyDisk) -> None:
    (producer,) = dump(disk, f"{12:020d}.snapshot")
    assert (producer.fields["producerId"], producer.fields["lastOffset"]) == (9, 10)
    assert (producer.position, producer.size_bytes) == (10, 46)


def test_offsets_of_an_index_are_absolute() -> None:
    disk = FaultyDisk()
    disk.write_file("/00000000000000001000.index", bytes.fromhex("0000000500000064"))
    disk.write_file("/00000000000000001000.timeindex.deleted", bytes.fromhex("000000000000000900000005"))
    assert next(dump_file(disk, "/00000000000000001000.index")).fields == {"offset": 1005, "position": 100}
    assert next(dump_file(disk, "/00000000000000001000.timeindex.deleted")).fields == {"timestamp": 9, "offset": 1005}


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [
        (".log", lambda data: data[:-5]),
        (".log", lambda data: data + bytes(200)),
        (".log", lambda data: data[:30] + b"\xff" + data[31:]),
        (".index", lambda data: data + bytes(800)),
        (".index", lambda data: data[:-1]),
        (".timeindex", lambda data: data + bytes(1200)),
        (".txnindex", lambda data: data[:-1]),
    ],
)
def test_damage_is_told_with_its_range(disk: FaultyDisk, suffix: str, damage: object) -> None:
    path = f"{DIRECTORY}/{0:020d}{suffix}"
    disk.write_file(path, damage(disk.read_file(path)))  # type: ignore[operator]
    problems = [each for each in dump_file(disk, path, with_records=True) if each.problem]
    assert problems
    assert all(each.size_bytes > 0 for each in problems)


def test_a_damaged_snapshot_and_an_unknown_file(disk: FaultyDisk) -> None:
    disk.corrupt(f"{DIRECTORY}/{12:020d}.snapshot", 20, b"\xff")
    assert dump(disk, f"{12:020d}.snapshot")[0].problem == "CRC does not fit"
    with pytest.raises(ValueError, match="no file of a log"):
        dump(disk, "leader-epoch-checkpoint")
