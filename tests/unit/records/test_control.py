"""Control records, against the bytes that Apache Kafka writes."""

from __future__ import annotations

from contextlib import suppress

import pytest

from workbench.records import BatchView, CorruptBatchError
from workbench.records.control import (
    ControlRecord,
    ControlRecordType,
    EndTxnMarker,
    KRaftVersion,
    KRaftVoter,
    KRaftVoters,
    LeaderChange,
    QuorumVoter,
    SnapshotFooter,
    SnapshotHeader,
    UnknownControl,
    VoterEndpoint,
    build_control_batch,
    control_key,
    decode_control,
    encode_control,
)

DIRECTORY = bytes(range(16))
VOTER = KRaftVoter(1, DIRECTORY, (VoterEndpoint("CONTROLLER", "localhost", 9093),), 0, 1)

KNOWN = [
    (EndTxnMarker(False, 5), "00000000", "000000000005"),
    (EndTxnMarker(True, -1), "00000001", "0000ffffffff"),
    (LeaderChange(1, (QuorumVoter(1),), (QuorumVoter(1),)), "00000002", "00000000000102000000010002000000010000"),
    (
        LeaderChange(1, (QuorumVoter(1, DIRECTORY),), (), version=1),
        "00000002",
        "000100000001020000000100" + "0102030405060708090a0b0c0d0e0f" + "000100",
    ),
    (SnapshotHeader(1700), "00000003", "000000000000000006a400"),
    (SnapshotFooter(), "00000004", "000000"),
    (KRaftVersion(1), "00000005", "0000000100"),
    (
        KRaftVoters((VOTER,)),
        "00000006",
        "0000"
        "0200000001"
        "000102030405060708090a0b0c0d0e0f"
        "020b434f4e54524f4c4c45520a6c6f63616c686f7374238500"
        "00000001000000",
    ),
    (UnknownControl(99, b"later"), "00000063", b"later".hex()),
]


@pytest.mark.parametrize(("record", "key", "value"), KNOWN)
def test_bytes(record: ControlRecord, key: str, value: str) -> None:
    assert encode_control(record) == (bytes.fromhex(key), bytes.fromhex(value))
    assert decode_control(bytes.fromhex(key), bytes.fromhex(value)) == record


@pytest.mark.parametrize(("record", "key", "value"), KNOWN[:-1])
def test_a_cut_value_is_told(record: ControlRecord, key: str, value: str) -> None:
    whole = bytes.fromhex(value)
    for size in range(len(whole)):
        with suppress(CorruptBatchError):
            assert decode_control(bytes.fromhex(key), whole[:size]) == record, "only the tags were cut"


def test_a_cut_key_is_told() -> None:
    for key in (None, b"", b"\0\0\0"):
        with pytest.raises(CorruptBatchError):
            decode_control(key, b"")


def test_unknown_tags_are_passed_over() -> None:
    value = bytes.fromhex("0000" + "0001") + b"\x01\x05\x02ab"
    assert decode_control(control_key(ControlRecordType.KRAFT_VERSION), value) == KRaftVersion(1)


def test_a_marker_batch() -> None:
    view = BatchView(
        build_control_batch(
            [EndTxnMarker(True, 3)], timestamp=50, producer_id=7, producer_epoch=2, transactional=True, leader_epoch=1
        )
    )
    view.check_crc()
    assert (view.is_control, view.is_transactional, view.producer_id, view.producer_epoch) == (True, True, 7, 2)
    record = next(view.records())
    assert decode_control(record.key, record.value) == EndTxnMarker(True, 3)
