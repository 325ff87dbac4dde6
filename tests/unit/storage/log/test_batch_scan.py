"""Walking the batches of a file, trusting or checking them."""

from __future__ import annotations

import zlib

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import batch
from tests.helpers.record_batches import old_message_set
from workbench.records import CorruptBatchError, UnsupportedMagicError
from workbench.storage.log import batch_scan
from workbench.storage.log.batch_scan import scan_checked, scan_headers
from workbench.system.disk import DiskFile

SIZES = [1, 2000, 10, 70_000, 5]
BATCHES = [bytes(batch(b"v" * size, b"w", base_offset=place * 2)) for place, size in enumerate(SIZES)]
DATA = b"".join(BATCHES)


def file_of(data: bytes) -> DiskFile:
    file = FaultyDisk().open("/f.log", create=True)
    file.append(data)
    return file


@pytest.mark.parametrize("window", [61, 100, 4096, 1 << 20])
def test_headers_whatever_the_window(window: int) -> None:
    found = list(scan_headers(file_of(DATA), 0, len(DATA), window_bytes=window))
    assert [each.size_bytes for each in found] == [len(each) for each in BATCHES]
    assert [(each.base_offset, each.last_offset) for each in found] == [(n * 2, n * 2 + 1) for n in range(5)]
    assert found[3].position == sum(map(len, BATCHES[:3]))


@pytest.mark.parametrize("window", [100, 3000, 1 << 22])
def test_checking_whatever_the_window(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_scan, "CHECK_WINDOW_BYTES", window)
    file = file_of(DATA)
    assert list(scan_checked(file, 0, len(DATA))) == list(scan_headers(file, 0, len(DATA)))


def test_a_start_in_the_middle() -> None:
    start = len(BATCHES[0])
    assert [each.base_offset for each in scan_headers(file_of(DATA), start, len(DATA))] == [2, 4, 6, 8]


@pytest.mark.parametrize("cut", [1, 11, 60, 61, len(BATCHES[4]) - 1])
def test_a_cut_batch_ends_the_headers_and_is_told_when_checking(cut: int) -> None:
    data = DATA[: len(DATA) - len(BATCHES[4]) + cut]
    assert len(list(scan_headers(file_of(data), 0, len(data)))) == 4
    with pytest.raises(CorruptBatchError) as caught:
        list(scan_checked(file_of(data), 0, len(data)))
    assert (caught.value.file, caught.value.position, caught.value.size_bytes) == ("/f.log", len(data) - cut, cut)


def test_a_wrong_crc_is_told_with_its_range() -> None:
    data = bytearray(DATA)
    data[len(BATCHES[0]) + 100] ^= 1
    found = []
    with pytest.raises(CorruptBatchError, match="CRC") as caught:
        for each in scan_checked(file_of(data), 0, len(data)):
            found.append(each)
    assert len(found) == 1
    assert caught.value.position == len(BATCHES[0])
    assert caught.value.size_bytes == len(data) - len(BATCHES[0])
    assert len(list(scan_headers(file_of(data), 0, len(data)))) == 5, "headers alone do not show it"


@pytest.mark.parametrize("garbage", [bytes(500), b"\xff" * 500, bytes(range(200)) * 3])
def test_garbage_is_no_batch(garbage: bytes) -> None:
    data = BATCHES[0] + garbage
    for scan in (scan_headers, scan_checked):
        with pytest.raises(CorruptBatchError) as caught:
            list(scan(file_of(data), 0, len(data)))
        assert caught.value.position == len(BATCHES[0])


@pytest.mark.parametrize("magic", [0, 1])
def test_messages_of_old_formats_are_not_taken_for_garbage(magic: int) -> None:
    data = old_message_set(magic, b"v" * 60)
    for scan in (scan_headers, scan_checked):
        with pytest.raises(UnsupportedMagicError):
            list(scan(file_of(data), 0, len(data)))
    body = data[16:]
    assert zlib.crc32(body) == int.from_bytes(data[12:16], "big")
    wrong = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(CorruptBatchError):
        list(scan_checked(file_of(wrong), 0, len(wrong)))


def test_a_file_that_has_become_shorter() -> None:
    file = file_of(DATA[:-20])
    assert len(list(scan_headers(file, 0, len(DATA)))) == 5, "its header is still there"
    with pytest.raises(CorruptBatchError):
        list(scan_checked(file, 0, len(DATA)))


def test_properties_of_what_was_found() -> None:
    data = bytes(batch(b"v", b"w", producer_id=5, producer_epoch=1, base_sequence=2**31 - 1, transactional=True))
    found = next(iter(scan_headers(file_of(data), 0, len(data))))
    assert (found.is_transactional, found.is_control, found.last_offset_delta, found.last_sequence) == (
        True,
        False,
        1,
        0,
    )
