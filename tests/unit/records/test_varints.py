"""Zig-zag integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.record_batches import zigzag
from workbench.records.varints import append_varint, read_varint


@given(value=st.integers(-(2**63), 2**63 - 1), before=st.binary(max_size=3))
def test_round_trip(value: int, before: bytes) -> None:
    out = bytearray(before)
    append_varint(out, value)
    assert out[len(before) :] == zigzag(value)
    assert read_varint(out, len(before)) == (value, len(out))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff\xff"])
def test_cut(data: bytes) -> None:
    with pytest.raises(ValueError, match="cut"):
        read_varint(data, 0)


def test_too_long() -> None:
    with pytest.raises(ValueError, match="too long"):
        read_varint(b"\xff" * 11, 0)
