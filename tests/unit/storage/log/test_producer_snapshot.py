"""The bytes of a producer snapshot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.producer_entry import ProducerEntry
from workbench.storage.log.producer_snapshot import decode_snapshot, encode_snapshot

INT32, INT64 = st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1)


@st.composite
def entries(draw: st.DrawFn) -> ProducerEntry:
    epoch = draw(st.integers(0, 2**15 - 1))
    entry = ProducerEntry(draw(INT64), epoch, draw(st.integers(-1, 2**31 - 1)), draw(INT64), draw(st.just(-1) | INT64))
    if draw(st.booleans()):
        entry.add_batch(epoch, draw(INT32), draw(INT64), draw(INT32), entry.last_timestamp)
    return entry


@given(state=st.lists(entries(), max_size=5, unique_by=lambda entry: entry.producer_id))
def test_round_trip(state: list[ProducerEntry]) -> None:
    assert decode_snapshot(encode_snapshot(state), "f") == state


def test_the_bytes_are_kafkas() -> None:
    """As Apache Kafka 4.3.1 wrote it for one idempotent producer."""
    entry = ProducerEntry(7, 1, -1, 5000)
    entry.add_batch(1, 9, 109, 9, 5000)
    data = encode_snapshot([entry])
    assert data[:2].hex() == "0001"
    assert data[6:].hex() == (
        "000000010000000000000007000100000009000000000000006d000000090000000000001388ffffffffffffffffffffffff"
    )
    assert len(encode_snapshot([])) == 10


@pytest.mark.parametrize("place", range(56))
def test_every_wrong_byte_is_found(place: int) -> None:
    data = bytearray(encode_snapshot([ProducerEntry(7, 1, -1, 5000)]))
    data[place] ^= 1
    with pytest.raises(CorruptFileError, match="f:"):
        decode_snapshot(bytes(data), "f")


@pytest.mark.parametrize("size", range(56))
def test_every_cut_is_found(size: int) -> None:
    with pytest.raises(CorruptFileError):
        decode_snapshot(encode_snapshot([ProducerEntry(7)])[:size], "f")
