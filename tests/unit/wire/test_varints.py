from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.wire.errors import WireError
from workbench.wire.varints import append_unsigned_varint, append_varint, read_unsigned_varint, read_varint


@given(st.integers(0, 2**32 - 1))
def test_unsigned_round_trip(value: int) -> None:
    out = bytearray(b"x")
    append_unsigned_varint(out, value)
    assert read_unsigned_varint(out, 1) == (value, len(out))


@given(st.integers(-(2**63), 2**63 - 1))
def test_zigzag_round_trip(value: int) -> None:
    out = bytearray()
    append_varint(out, value)
    assert read_varint(out, 0) == (value, len(out))


def test_known_bytes() -> None:
    out = bytearray()
    append_varint(out, -1)
    append_varint(out, 150)
    assert bytes(out) == b"\x01\xac\x02"


@pytest.mark.parametrize("read", [read_unsigned_varint, read_varint])
def test_endless_and_cut(read: object) -> None:
    with pytest.raises(WireError):
        read(b"\xff" * 20, 0)  # type: ignore[operator]
    with pytest.raises(IndexError):
        read(b"\xff", 0)  # type: ignore[operator]
