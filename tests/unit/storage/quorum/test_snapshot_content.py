from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import iterate_batches
from workbench.records.control import SnapshotFooter, SnapshotHeader, decode_control
from workbench.storage.quorum import snapshot_content
from workbench.storage.quorum.snapshot_content import SnapshotContent, SnapshotError, decode_snapshot, encode_snapshot
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet

VOTERS = VoterSet.of([VoterNode(ReplicaKey(1, b"d" * 16), (Endpoint.of("CONTROLLER", "localhost", 9093),), 0, 1)])
KAFKAS_FIRST_SNAPSHOT = bytes.fromhex(
    "00000000000000000000009a000000000225a88d32002000000002000001a1fe7a5784000001a1fe7a5784ffffffffffffff"
    "ffffffffffffff000000032a0000000800000003160000000001a1fe7a577300001e00000208000000050a00000001000082"
    "0100000408000000066e00000200000001d9fc05d64fc747b7b42eb176283baa59020b434f4e54524f4c4c45520a3132372e"
    "302e302e314af900000000010000000000000000000000030000003f0000000002144a6849002000000000000001a1fe7a57"
    "8c000001a1fe7a578cffffffffffffffffffffffffffff000000011a00000008000000040600000000"
)


def whole(content: SnapshotContent, epoch: int = 3) -> bytes:
    return b"".join(encode_snapshot(content, epoch=epoch, now_ms=1_000))


def test_what_kafka_format_wrote_is_read() -> None:
    content = decode_snapshot(KAFKAS_FIRST_SNAPSHOT)
    assert content.kraft_version == 1
    assert content.values == ()
    assert content.voters is not None and content.voters.endpoints(1) == (Endpoint("CONTROLLER", "127.0.0.1", 19193),)


def test_ours_differs_from_kafkas_in_times_only() -> None:
    ours = b"".join(
        encode_snapshot(decode_snapshot(KAFKAS_FIRST_SNAPSHOT), epoch=0, now_ms=next(_times(KAFKAS_FIRST_SNAPSHOT)))
    )
    head = next(iter(iterate_batches(ours))).size_bytes
    assert ours[:head] == KAFKAS_FIRST_SNAPSHOT[:head]
    assert len(ours) == len(KAFKAS_FIRST_SNAPSHOT)


def _times(data: bytes) -> Iterator[int]:
    return (view.base_timestamp for view in iterate_batches(data))


@given(st.lists(st.binary(max_size=60), max_size=20), st.integers(0, 2**40), st.booleans())
def test_a_snapshot_survives_the_file(values: list[bytes], timestamp_ms: int, dynamic: bool) -> None:
    content = SnapshotContent(timestamp_ms, tuple(values), 1 if dynamic else None, VOTERS if dynamic else None)
    assert decode_snapshot(whole(content)) == content


def test_batches_have_running_offsets_and_the_epoch_and_end_in_the_footer() -> None:
    views = list(iterate_batches(whole(SnapshotContent(5, (b"a", b"b"), 1, VOTERS))))
    assert [(view.base_offset, view.last_offset, view.is_control) for view in views] == [
        (0, 2, True),
        (3, 4, False),
        (5, 5, True),
    ]
    assert {view.leader_epoch for view in views} == {3}
    first, last = next(views[0].records()), next(views[-1].records())
    assert isinstance(decode_control(first.key, first.value), SnapshotHeader)
    assert isinstance(decode_control(last.key, last.value), SnapshotFooter)


def test_large_snapshots_are_split_into_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_content, "MAX_BATCH_BYTES", 2_048)
    values = tuple(bytes([index]) * 300 for index in range(20))
    data = whole(SnapshotContent(5, values))
    sizes = [view.size_bytes for view in iterate_batches(data) if not view.is_control]
    assert len(sizes) > 3 and max(sizes) <= 2_048
    assert decode_snapshot(data).values == values


def test_a_value_larger_than_a_batch_still_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_content, "MAX_BATCH_BYTES", 2_048)
    values = (b"a" * 5_000, b"b")
    assert decode_snapshot(whole(SnapshotContent(5, values))).values == values


@given(st.data())
def test_a_cut_snapshot_is_never_taken_for_a_whole_one(data: st.DataObject) -> None:
    file = whole(SnapshotContent(5, (b"a", b"b")))
    with pytest.raises(SnapshotError):
        decode_snapshot(file[: data.draw(st.integers(0, len(file) - 1))])


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    file = bytearray(whole(SnapshotContent(5, (b"a", b"b"))))
    # Base offset and epoch of a batch are not covered by its checksum.
    starts, position = [], 0
    for view in iterate_batches(bytes(file)):
        starts.append(position)
        position += view.size_bytes
    place = data.draw(st.integers(0, len(file) - 1).filter(lambda at: all(not 0 <= at - s < 17 for s in starts)))
    file[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SnapshotError):
        decode_snapshot(bytes(file))
