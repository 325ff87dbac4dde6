"""What a Produce request may hold for a partition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.replica_broker import records
from workbench.embedded_broker.handlers.produced_batches import batches_fault, header_fault, is_one_batch
from workbench.wire.error_codes import ErrorCode

GOOD = records(b"a", b"b")


def refusal(data: bytes) -> ErrorCode | None:
    view = memoryview(data)
    if is_one_batch(view):
        return None
    fault = header_fault(view)
    return batches_fault(view) if fault is None else fault[0]


def changed(position: int, value: bytes) -> bytes:
    data = bytearray(GOOD)
    data[position : position + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (GOOD, None),
        (GOOD + b"spare", None),
        (b"", ErrorCode.INVALID_RECORD),
        (GOOD[:10], ErrorCode.INVALID_RECORD),
        (GOOD[:-1], ErrorCode.INVALID_RECORD),
        (GOOD + GOOD, ErrorCode.INVALID_RECORD),
        (changed(16, b"\x01"), ErrorCode.INVALID_RECORD),
        (changed(16, b"\x05"), ErrorCode.CORRUPT_MESSAGE),
        (changed(16, b"\xff"), ErrorCode.CORRUPT_MESSAGE),
        (changed(8, (5).to_bytes(4)), ErrorCode.CORRUPT_MESSAGE),
        (changed(8, (-1).to_bytes(4, signed=True)), ErrorCode.CORRUPT_MESSAGE),
        (changed(8, (2**31 - 1).to_bytes(4)), ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_what_is_taken_and_what_is_answered(data: bytes, code: ErrorCode | None) -> None:
    assert refusal(data) == code


def test_what_is_wrong_with_a_header_is_told_in_kafkas_words() -> None:
    told = [header_fault(memoryview(data)) for data in (changed(16, b"\x05"), changed(8, (5).to_bytes(4)))]
    assert told == [
        (ErrorCode.CORRUPT_MESSAGE, "Invalid magic found in record: 5"),
        (ErrorCode.CORRUPT_MESSAGE, "Record size 5 is less than the minimum record overhead (14)"),
    ]


def test_a_second_batch_with_a_broken_header_is_told_apart() -> None:
    """The first header fails the whole request, a later one the partition alone."""
    data = memoryview(GOOD + changed(16, b"\x05"))
    assert header_fault(data) is None
    assert batches_fault(data) == ErrorCode.CORRUPT_MESSAGE


@given(st.binary(max_size=200))
def test_no_bytes_raise_and_what_is_taken_holds_a_batch(data: bytes) -> None:
    if refusal(data) is None:
        assert len(data) > 17 and data[16] == 2
