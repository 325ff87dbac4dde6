"""Bytes of keys and values as people read them: JSON, text, numbers, hex; guessed where nothing is chosen.

A decoder either gives a value or says in a sentence why it cannot; it never guesses in silence.
"""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass

AUTO, JSON, TEXT, HEX = "auto", "json", "text", "hex"

_GUESS_FROM_BYTES = 64 << 10


class DecodeError(Exception):
    """Why the bytes are not what the decoder reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Decoded:
    """`kind` is null, json, text, number or hex; `value` is the parsed JSON, the text, the number, or the bytes.

    `trouble` says why the chosen decoder failed, in which case the bytes are shown as text or hex.
    """

    kind: str
    value: Any
    trouble: str = ""


def decode(data: bytes | None, decoder: str = AUTO) -> Decoded:
    """Never raises: what fails to decode comes as text or hex with the trouble told."""
    if data is None:
        return Decoded("null", None)
    if decoder == AUTO:
        return _decode_by_looks(data)
    try:
        return _DECODERS[decoder](data)
    except DecodeError as error:
        shown = _text_or_hex(data)
        return Decoded(shown.kind, shown.value, error.sentence)


def _decode_by_looks(data: bytes) -> Decoded:
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            return _json(data)
        except DecodeError:
            pass
    return _text_or_hex(data)


def _text_or_hex(data: bytes) -> Decoded:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Decoded(HEX, data)
    if any(ord(c) < 32 and c not in "\t\r\n" for c in text):
        return Decoded(HEX, data)
    return Decoded(TEXT, text)


def _json(data: bytes) -> Decoded:
    try:
        return Decoded(JSON, json.loads(data))
    except UnicodeDecodeError as error:
        raise DecodeError(f"not JSON: byte {error.start} is no UTF-8") from None
    except json.JSONDecodeError as error:
        what = "empty" if not data.strip() else f"{error.msg} at byte {error.pos}"
        raise DecodeError(f"not JSON: {what}") from None
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not JSON: {error}") from None


def _text(data: bytes) -> Decoded:
    try:
        return Decoded(TEXT, data.decode())
    except UnicodeDecodeError as error:
        raise DecodeError(f"not text: byte {error.start} is no UTF-8") from None


def _number(layout: str, name: str) -> Callable[[bytes], Decoded]:
    packed = struct.Struct(layout)

    def read(data: bytes) -> Decoded:
        if len(data) != packed.size:
            raise DecodeError(f"not {name}: {counted(len(data), '{} byte', '{} bytes')} instead of {packed.size}")
        return Decoded("number", packed.unpack(data)[0])

    return read


def _uuid(data: bytes) -> Decoded:
    if len(data) != 16:
        raise DecodeError(f"not a UUID: {counted(len(data), '{} byte', '{} bytes')} instead of 16")
    return Decoded(TEXT, str(uuid.UUID(bytes=data)))


_DECODERS: dict[str, Callable[[bytes], Decoded]] = {
    JSON: _json,
    TEXT: _text,
    HEX: lambda data: Decoded(HEX, data),
    "int32": _number(">i", "an int32"),
    "int64": _number(">q", "an int64"),
    "float64": _number(">d", "a float64"),
    "uuid": _uuid,
}

DECODER_NAMES = (AUTO, *_DECODERS)
"""In the order of the menus."""


def guess(samples: Iterable[bytes | None]) -> str:
    """The decoder that reads most of them: json, text or hex. Numbers look like anything, so none is ever guessed."""
    counts = {JSON: 0, TEXT: 0, HEX: 0}
    for sample in samples:
        if sample:
            kind = _decode_by_looks(sample).kind if len(sample) < _GUESS_FROM_BYTES else _guess_long(sample)
            counts[kind] += 1
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else TEXT


def _guess_long(sample: bytes) -> str:
    """Too long to decode for a guess, and perhaps cut."""
    if sample.lstrip()[:1] in (b"{", b"["):
        return JSON
    head = sample[:1024]
    return TEXT if all(byte >= 32 or byte in (9, 10, 13) for byte in head) else HEX


def one_line(decoded: Decoded, limit: int = 400) -> str:
    """Short text of a decoded value, for a cell or a clipboard line."""
    if decoded.kind == "null":
        return "null"
    if decoded.kind == HEX:
        return hex_line(decoded.value, limit)
    if decoded.kind == JSON:
        return json.dumps(decoded.value, ensure_ascii=False)[:limit]
    return str(decoded.value)[:limit].replace("\n", "⏎ ").replace("\t", " ")


def hex_line(data: bytes, limit: int = 400) -> str:
    """`00 1f ff ...`."""
    return data[: limit // 3].hex(" ")
