"""What the cells of the messages table say: decoded keys and values, fields of JSON as columns, previews in colours.

Decoding happens once a row and is remembered for the rows in sight; nothing here knows of widgets.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from workbench.client.decoders import AUTO, HEX, JSON, Decoded, decode, guess, hex_line, one_line
from workbench.client.field_samples import FieldSamples
from workbench.client.model import RecordRow
from workbench.system.quick_dataclass import dataclass

FieldPath = tuple[str, ...]
Segment = tuple[str, str]
"""Colour token and text."""

PREVIEW_CHARS = 240
DECODED_KEPT = 3_000
SAMPLED_ROWS = 400
AUTO_COLUMNS = 4
_WIDEST_AUTO = 28

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()


@dataclass(frozen=True, slots=True)
class DecodedRow:
    """A record decoded; `fields` are the values of the JSON columns, MISSING where a record has none."""

    key: Decoded
    value: Decoded
    fields: tuple[Any, ...]
    preview: tuple[Segment, ...]


class RowDecoding:
    """Decoders and columns in force, and the rows decoded with them. Changing either forgets the rows."""

    def __init__(self) -> None:
        self.key_decoder = AUTO
        self.value_decoder = AUTO
        self.guessed_key = AUTO
        self.guessed_value = AUTO
        self.columns: tuple[FieldPath, ...] = ()
        self.columns_chosen = False
        self.samples = FieldSamples()
        self._decoded: OrderedDict[tuple[int, int], DecodedRow] = OrderedDict()
        self._not_as_chosen: dict[tuple[int, int], str] = {}

    # -- what is in force ---------------------------------------------------------------------------------------

    def choose(self, key_decoder: str | None = None, value_decoder: str | None = None) -> None:
        """Chooses decoders; `auto` takes what was guessed."""
        self.key_decoder = key_decoder or self.key_decoder
        self.value_decoder = value_decoder or self.value_decoder
        self.forget()

    def choose_columns(self, columns: Iterable[FieldPath]) -> None:
        """Shows these fields as columns; from then on none is chosen by itself."""
        self.columns = tuple(columns)
        self.columns_chosen = True
        self.forget()

    def forget(self) -> None:
        """Decodes anew what is looked at next."""
        self._decoded.clear()
        self._not_as_chosen.clear()

    def restart(self) -> None:
        """Another topic or range: guesses begin anew, choices stay."""
        self.forget()
        self.samples = FieldSamples()
        self.guessed_key = self.guessed_value = AUTO

    def learn(self, rows: Iterable[RecordRow]) -> bool:
        """Guesses decoders and columns from the first rows; True if columns or decoders changed."""
        before = (self.guessed_key, self.guessed_value, self.columns)
        taken = [row for row in rows if row.control_type is None][:SAMPLED_ROWS]
        if self.guessed_value == AUTO and taken:
            self.guessed_key = guess(row.key for row in taken)
            self.guessed_value = guess(row.value for row in taken)
        values: list[Any] = []
        keys: list[str] = []
        for row in taken:
            if self.samples.count >= SAMPLED_ROWS:
                break
            decoded = decode(row.value, AUTO)
            if decoded.kind == JSON and not row.is_cut:
                self.samples.add(decoded.value)
                values.append(decoded.value)
                keys.append((row.key or b"").decode("utf-8", "replace"))
        if not self.columns_chosen and not self.columns and values:
            self.columns = auto_columns(values, keys)
        if (self.guessed_key, self.guessed_value, self.columns) != before:
            self.forget()
            return True
        return False

    @property
    def value_in_force(self) -> str:
        """The decoder that values are expected to fit."""
        return self.guessed_value if self.value_decoder == AUTO else self.value_decoder

    @property
    def misfits(self) -> dict[tuple[int, int], str]:
        """Partition and offset of looked-at records that are not what the value decoder reads, and why."""
        return self._not_as_chosen

    # -- rows ---------------------------------------------------------------------------------------------------

    def of(self, row: RecordRow) -> DecodedRow:
        """The decoded row, remembered."""
        place = (row.partition, row.offset)
        found = self._decoded.get(place)
        if found is not None:
            self._decoded.move_to_end(place)
            return found
        found = self._decode(row, place)
        self._decoded[place] = found
        while len(self._decoded) > DECODED_KEPT:
            self._decoded.popitem(last=False)
        return found

    def _decode(self, row: RecordRow, place: tuple[int, int]) -> DecodedRow:
        if row.control_type is not None:
            words = Decoded("control", row.control_type)
            return DecodedRow(Decoded("null", None), words, (MISSING,) * len(self.columns), ())
        key = decode(row.key, self.key_decoder)
        value = decode(row.value, self.value_decoder)
        if self.value_in_force == JSON and value.kind not in (JSON, "null") and not row.is_cut:
            why = value.trouble or decode(row.value, JSON).trouble
            self._not_as_chosen[place] = why
        if value.kind != JSON:
            return DecodedRow(key, value, (MISSING,) * len(self.columns), plain_preview(value))
        fields = tuple(field_of(value.value, path) for path in self.columns)
        hidden = {
            path[0] for path, got in zip(self.columns, fields, strict=True) if len(path) == 1 and got is not MISSING
        }
        if isinstance(value.value, dict) and key.kind == "text":
            # What repeats the key is read there.
            hidden |= {name for name, inner in value.value.items() if isinstance(inner, str) and inner == key.value}
        return DecodedRow(key, value, fields, json_preview(value.value, hidden))


def field_of(value: Any, path: FieldPath) -> Any:
    """What stands at a path of names, MISSING if nothing does."""
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return MISSING
        value = value[step]
    return value


def auto_columns(values: Sequence[Any], keys: Sequence[str] = ()) -> tuple[FieldPath, ...]:
    """Short plain fields that most of the values have, in the order they stand there.

    Those with few different contents (a status, a currency) come before numbers, and these before the rest; yes and no
    tell little, and a field that repeats the record's key nothing.
    """
    objects = [value for value in values if isinstance(value, dict)]
    if len(objects) < max(1, len(values) // 2):
        return ()
    contents: dict[str, list[Any]] = {}
    repeats_key: Counter[str] = Counter()
    for at, value in enumerate(objects):
        for name, content in value.items():
            if (
                isinstance(content, str | int | float)
                and not isinstance(content, bool)
                and len(str(content)) <= _WIDEST_AUTO
            ):
                contents.setdefault(name, []).append(content)
                repeats_key[name] += at < len(keys) and str(content) == keys[at]
    usual = [
        name
        for name in objects[0]
        if len(contents.get(name, ())) >= len(objects) * 0.8 and repeats_key[name] < len(objects) * 0.8
    ]

    def worth(name: str) -> tuple[int, int]:
        few = len(set(contents[name])) <= max(2, len(objects) // 4)
        number = isinstance(contents[name][0], int | float)
        return (0 if few else 1 if number else 2, usual.index(name))

    chosen = sorted(usual, key=worth)[:AUTO_COLUMNS]
    return tuple((name,) for name in objects[0] if name in chosen)


def plain_preview(decoded: Decoded) -> tuple[Segment, ...]:
    """One segment for what is no JSON."""
    if decoded.kind == "null":
        return (("t3", "null"),)
    if decoded.kind == HEX:
        return (("num", hex_line(decoded.value, PREVIEW_CHARS)),)
    return (("num" if decoded.kind == "number" else "t1", one_line(decoded, PREVIEW_CHARS)),)


def json_preview(value: Any, hidden: set[str]) -> tuple[Segment, ...]:
    """JSON on one line in its colours, without the fields that have columns of their own."""
    writer = _PreviewWriter()
    if isinstance(value, dict) and hidden:
        writer.write_object({name: inner for name, inner in value.items() if name not in hidden}, bool(hidden))
    else:
        writer.write(value)
    return tuple(writer.segments)


class _PreviewWriter:
    """Writes until `PREVIEW_CHARS` are full."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._left = PREVIEW_CHARS

    def _put(self, token: str, text: str) -> None:
        if self._left > 0:
            self.segments.append((token, text[: self._left]))
            self._left -= len(text)

    def write(self, value: Any) -> None:
        if self._left <= 0:
            return
        if isinstance(value, dict):
            self.write_object(value, False)
        elif isinstance(value, list):
            self._put("t3", "[")
            for at, item in enumerate(value):
                if at:
                    self._put("t3", ", ")
                self.write(item)
                if self._left <= 0:
                    return
            self._put("t3", "]")
        else:
            self._put(token_of(value), literal(value))

    def write_object(self, value: dict[str, Any], more: bool) -> None:
        self._put("t3", "{")
        for at, (name, inner) in enumerate(value.items()):
            if at:
                self._put("t3", ", ")
            self._put("key", f'"{name}"')
            self._put("t3", ": ")
            self.write(inner)
            if self._left <= 0:
                return
        self._put("t3", ", …}" if more and value else "…}" if more else "}")


def token_of(value: Any) -> str:
    """Colour of a JSON scalar."""
    if isinstance(value, str):
        return "str"
    if isinstance(value, bool) or value is None:
        return "lit"
    return "num"


def literal(value: Any) -> str:
    """A JSON scalar as it is written."""
    if isinstance(value, str):
        shown = value if len(value) <= PREVIEW_CHARS else value[:PREVIEW_CHARS]
        return json.dumps(shown, ensure_ascii=False)
    return json.dumps(value)


def field_text(value: Any) -> str:
    """A field in its column: text without quotes, numbers as JSON has them, objects on one line."""
    if value is MISSING:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 1e15 and round(value, 2) == value else repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return json.dumps(value, ensure_ascii=False)[:PREVIEW_CHARS]
