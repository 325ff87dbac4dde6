"""Flexible fields: what is written reads back, what is cut or absurd is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import CorruptBatchError
from workbench.records.compact_fields import CompactReader, CompactWriter


@given(
    small=st.integers(-(2**15), 2**15 - 1),
    port=st.integers(0, 2**16 - 1),
    count=st.integers(0, 2**31),
    text=st.text(max_size=200),
)
def test_round_trip(small: int, port: int, count: int, text: str) -> None:
    out = CompactWriter()
    out.integer(small, 2)
    out.unsigned(port, 2)
    out.uvarint(count)
    out.string(text)
    out.no_tags()
    source = CompactReader(bytes(out.data))
    assert (source.integer(2), source.unsigned(2), source.uvarint(), source.string()) == (small, port, count, text)
    source.skip_tags()
    with pytest.raises(CorruptBatchError):
        source.take(1)


@pytest.mark.parametrize("data", [b"\x00", b"\x7f\x01", b"\xff\xff\xff\xff\xff\x01"])
def test_counts_that_cannot_be(data: bytes) -> None:
    with pytest.raises(CorruptBatchError):
        CompactReader(data).count()


def test_tags_are_skipped_whatever_they_hold() -> None:
    source = CompactReader(b"\x02\x00\x01a\x07\x03xyz!")
    source.skip_tags()
    assert source.take(1) == b"!"
