"""Decoders: guessed, chosen, and failing in words."""

import uuid

import pytest

from workbench.client.decoders import AUTO, DECODER_NAMES, HEX, JSON, TEXT, decode, guess, hex_line, one_line


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (None, "null"),
        (b'{"a": 1}', JSON),
        (b" [1]", JSON),
        (b"{broken", TEXT),
        (b"12", TEXT),
        ("Grüße".encode(), TEXT),
        (b"a\tb\r\n", TEXT),
        (b"\x00\x01", HEX),
        (b"\xff", HEX),
        (b"", TEXT),
    ],
)
def test_auto_takes_each_as_it_looks(data: bytes | None, kind: str) -> None:
    assert decode(data, AUTO).kind == kind


@pytest.mark.parametrize(
    ("data", "decoder", "value"),
    [
        (b"\x00\x00\x00\x07", "int32", 7),
        (b"\xff" * 8, "int64", -1),
        (b"\x3f\xf8" + bytes(6), "float64", 1.5),
        (b"12", JSON, 12),
        (b"\x01", HEX, b"\x01"),
        (uuid.UUID(int=5).bytes, "uuid", str(uuid.UUID(int=5))),
    ],
)
def test_a_chosen_decoder(data: bytes, decoder: str, value: object) -> None:
    decoded = decode(data, decoder)
    assert (decoded.value, decoded.trouble) == (value, "")


@pytest.mark.parametrize(
    ("data", "decoder", "trouble"),
    [
        (b"{broken", JSON, "not JSON: Expecting property name"),
        (b"", JSON, "not JSON: empty"),
        (b"\xff", JSON, "not JSON: byte 0 is no UTF-8"),
        (b"\xff", TEXT, "not text: byte 0 is no UTF-8"),
        (b"123", "int32", "not an int32: 3 bytes instead of 4"),
        (b"123", "uuid", "not a UUID"),
        (b"[" * 100_000, JSON, "not JSON"),
    ],
)
def test_a_decoder_that_fails_says_why(data: bytes, decoder: str, trouble: str) -> None:
    decoded = decode(data, decoder)
    assert decoded.trouble.startswith(trouble)
    assert decoded.kind in (TEXT, HEX)


def test_every_name_decodes() -> None:
    for name in DECODER_NAMES:
        assert decode(b'"x"', name).kind


def test_the_most_frequent_kind_is_guessed() -> None:
    assert guess([b"{}", b"[]", b"x", None]) == JSON
    assert guess([b"x", b"\xff", b"y"]) == TEXT
    assert guess([b"\xff\xff"]) == HEX
    assert guess([]) == TEXT
    assert guess([b"{" + b'"a":1,' * 20_000]) == JSON
    assert guess([b"a line\r\n\tand another\n" * 10_000]) == TEXT
    assert guess([b"a line\x00" * 20_000]) == HEX


def test_one_line() -> None:
    assert one_line(decode(b'{"a": "\xc3\xbc"}')) == '{"a": "ü"}'
    assert one_line(decode(b"a\nb\tc")) == "a⏎ b c"
    assert one_line(decode(None)) == "null"
    assert hex_line(b"\x00\xff") == "00 ff"
