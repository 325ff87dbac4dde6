"""Batches that have their offsets."""

from __future__ import annotations

import pytest

from tests.helpers import record_batches
from tests.helpers.partition_logs import batch
from tests.helpers.record_batches import old_message_set
from workbench.storage.log import AppendError
from workbench.storage.log.assigned_batches import read_assigned
from workbench.wire.error_codes import ErrorCode

ONE = bytes(batch(b"a", b"b", base_offset=5, leader_epoch=1))
TWO = bytes(batch(b"c", base_offset=7, leader_epoch=2))


def test_whole_batches_in_order() -> None:
    found = read_assigned(memoryview(ONE + TWO + ONE[:50]), 5, None, exact_epoch=False)
    assert [(each.position, each.base_offset, each.last_offset) for each in found] == [(0, 5, 6), (len(ONE), 7, 7)]
    assert read_assigned(memoryview(b""), 0, None, exact_epoch=False) == []


def test_later_epochs_end_the_list() -> None:
    assert len(read_assigned(memoryview(ONE + TWO), 0, 1, exact_epoch=False)) == 1
    assert len(read_assigned(memoryview(ONE + TWO), 0, 2, exact_epoch=False)) == 2


@pytest.mark.parametrize(
    ("data", "end_offset", "code"),
    [
        (ONE, 6, ErrorCode.UNKNOWN_SERVER_ERROR),
        (TWO + ONE, 0, ErrorCode.UNKNOWN_SERVER_ERROR),
        (ONE + ONE, 0, ErrorCode.UNKNOWN_SERVER_ERROR),
        (ONE[:-1] + bytes([ONE[-1] ^ 1]), 0, ErrorCode.CORRUPT_MESSAGE),
        (bytes(100), 0, ErrorCode.CORRUPT_MESSAGE),
        (record_batches.batch([b"v"], magic=3), 0, ErrorCode.CORRUPT_MESSAGE),
        (ONE[:8] + b"\xff" * 4 + ONE[12:], 0, ErrorCode.CORRUPT_MESSAGE),
        (ONE[:8] + b"\0\0\0\x10" + ONE[12:], 0, ErrorCode.CORRUPT_MESSAGE),
        (record_batches.batch([b"v"], last_offset_delta=-1), 0, ErrorCode.UNKNOWN_SERVER_ERROR),
        (old_message_set(1, b"x" * 60), 0, ErrorCode.CORRUPT_MESSAGE),
    ],
)
def test_what_is_refused(data: bytes, end_offset: int, code: ErrorCode) -> None:
    with pytest.raises(AppendError) as caught:
        read_assigned(memoryview(data), end_offset, None, exact_epoch=False)
    assert caught.value.code is code


def test_a_quorum_leader_has_one_epoch() -> None:
    with pytest.raises(AppendError) as caught:
        read_assigned(memoryview(ONE + TWO), 0, 1, exact_epoch=True)
    assert caught.value.code is ErrorCode.INVALID_RECORD
