"""Codecs made from a schema, on a message of the test's own in which every kind of field occurs."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.wire.compiler import compile_message
from workbench.wire.errors import UnsupportedFieldError, UnsupportedVersionError, WireError
from workbench.wire.schema import parse_message

SCHEMA = """\
message SampleRequest request key=900 versions=0-3 flexible=2+ listeners=broker
  small int8 0+
  wide uint32 0+
  flag bool 0+
  ratio float64 1+ default=0.5 ignorable
  later int16 1+ default=7
  text string 0+
  maybe_text string 0+ nullable=1+ default=null
  owned bytes 0+
  viewed records 0+ nullable=0+
  numbers []int64 0+
  maybe_numbers []int32 0+ nullable=2+
  words []string 0+
  ids []uuid 0+
  parts []Part 0+
    number int32 0+
    note string 2+ tag=0:2+ default=none ignorable
  maybe_part Inner 0+ nullable=3+ ignorable
    value int32 0+
  tagged_number int32 2+ tag=1:2+ default=-1
  tagged_numbers []int32 3+ tag=0:3+ ignorable
"""
Sample: Any = compile_message(parse_message(SCHEMA))


def sample(version: int, **fields: Any) -> Any:
    values: dict[str, Any] = {
        "small": -3,
        "wide": 4_000_000_000,
        "flag": True,
        "text": "grüße",
        "owned": b"owned",
        "viewed": b"viewed",
        "numbers": [1, -2],
        "words": ["a", ""],
        "ids": [b"i" * 16],
        "parts": [Sample.Part(number=5)],
        "maybe_part": Sample.Inner(value=9),
        "maybe_text": "m",
    }
    return Sample(**(values | fields))


@pytest.mark.parametrize("version", range(4))
def test_what_is_encoded_is_decoded(version: int) -> None:
    message = sample(version)
    data = message.encode(version)
    decoded, end = Sample.decode(b"--" + data, version, 2)
    assert decoded == message and end == len(data) + 2
    assert repr(decoded) == repr(message) and "grüße" in repr(message)


def test_the_bytes_of_both_encodings() -> None:
    plain = parse_message("message XRequest request key=1 versions=0-1 flexible=1+\n  n int16 0+\n  t []string 0+\n")
    made: Any = compile_message(plain)
    message = made(n=258, t=["ab"])
    assert message.encode(0) == b"\x01\x02" + b"\0\0\0\1" + b"\0\2ab"
    assert message.encode(1) == b"\x01\x02" + b"\x02" + b"\x03ab" + b"\0"


def test_fields_that_a_version_lacks_are_dropped_if_they_may_be_and_keep_their_default() -> None:
    decoded, _ = Sample.decode(sample(0, ratio=2.0).encode(0), 0)
    assert (decoded.ratio, decoded.later) == (0.5, 7)
    with pytest.raises(UnsupportedFieldError, match="later"):
        sample(0, later=8).encode(0)
    with pytest.raises(UnsupportedFieldError, match="tagged_number"):
        sample(1, tagged_number=5).encode(1)


def test_nulls_where_the_version_allows_them() -> None:
    for field, since in (("maybe_text", 1), ("maybe_numbers", 2), ("maybe_part", 3), ("viewed", 0)):
        for version in range(4):
            message = sample(version, **{field: None})
            if version < since:
                with pytest.raises((UnsupportedFieldError, AttributeError)):
                    message.encode(version)
            else:
                decoded, _ = Sample.decode(message.encode(version), version)
                assert getattr(decoded, field) is None


def test_a_null_that_is_not_allowed_is_refused_when_read() -> None:
    schema = "message YRequest request key=2 versions=0-1 flexible=1+\n  t string 0+ nullable=1+\n"
    made: Any = compile_message(parse_message(schema))
    with pytest.raises(WireError, match="may not be null"):
        made.decode(b"\xff\xff", 0)
    assert made.decode(b"\0\0", 1)[0].t is None


def test_tags_are_written_only_if_set_in_order_and_unknown_ones_are_skipped() -> None:
    bare = sample(3)
    assert bare.encode(3).endswith(b"\0")
    set_both = sample(3, tagged_number=1, tagged_numbers=[2])
    data = set_both.encode(3)
    tags = b"\x02" + b"\x00\x05\x02" + struct.pack(">i", 2) + b"\x01\x04" + struct.pack(">i", 1)
    assert data.endswith(tags)
    assert Sample.decode(data, 3)[0] == set_both
    with_unknown = data[: -len(tags)] + b"\x03" + tags[1:] + b"\x63\x02??"
    decoded, end = Sample.decode(with_unknown, 3)
    assert decoded == set_both and end == len(with_unknown)


def test_records_stay_views_and_bytes_are_copies() -> None:
    buffer = bytearray(sample(0).encode(0))
    decoded, _ = Sample.decode(memoryview(buffer), 0)
    assert isinstance(decoded.viewed, memoryview) and isinstance(decoded.owned, bytes)
    place = buffer.index(b"viewed")
    buffer[place : place + 1] = b"V"
    assert bytes(decoded.viewed) == b"Viewed"


def test_mutable_defaults_are_not_shared() -> None:
    one, other = Sample(), Sample()
    one.numbers.append(1)
    one.maybe_part.value = 5
    assert other.numbers == [] and other.maybe_part.value == 0


def test_messages_are_compared_by_value_and_are_no_keys() -> None:
    assert Sample.Part(number=1) == Sample.Part(number=1) != Sample.Part(number=2)
    assert Sample.Part(number=1) != 1
    with pytest.raises(TypeError):
        hash(Sample())
    with pytest.raises(TypeError):
        Sample(nonsense=1)


def test_versions_that_do_not_exist_and_values_out_of_range() -> None:
    for version in (-1, 4):
        with pytest.raises(UnsupportedVersionError):
            Sample().encode(version)
        with pytest.raises(UnsupportedVersionError):
            Sample.decode(b"", version)
    with pytest.raises(struct.error):
        sample(0, small=200).encode(0)


@pytest.mark.parametrize("version", [0, 3])
def test_lengths_beyond_the_buffer_are_refused_before_anything_is_allocated(version: int) -> None:
    schema = (
        "message ZRequest request key=3 versions=0-3 flexible=2+\n  n []int64 0+\n  ids []uuid 0+\n  w []string 0+\n"
    )
    made: Any = compile_message(parse_message(schema))
    huge = b"\xff\xff\xff\xff\x07" if version else b"\x7f\xff\xff\xff"
    empty = b"\x01" if version else b"\0\0\0\0"
    for place in range(3):
        with pytest.raises(WireError):
            made.decode(empty * place + huge + b"\0" * 64, version)


@given(st.integers(0, 3), st.data())
def test_any_cut_is_a_wire_error(version: int, data: st.DataObject) -> None:
    encoded = sample(version).encode(version)
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(WireError):
        Sample.decode(encoded[:cut], version)


@given(st.text(max_size=50), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20), st.binary(max_size=200))
def test_values_of_any_kind_come_back(text: str, numbers: list[int], owned: bytes) -> None:
    for version in (0, 3):
        decoded, _ = Sample.decode(sample(version, text=text, numbers=numbers, owned=owned).encode(version), version)
        assert (decoded.text, decoded.numbers, decoded.owned) == (text, numbers, owned)


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    made: Any = compile_message(
        parse_message("message WRequest request key=4 versions=0-0 flexible=none\n  t string 0+\n")
    )
    assert made.decode(b"\0\2\xff\xfe", 0)[0].t == "\ufffd\ufffd"
