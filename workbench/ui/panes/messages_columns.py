"""The columns of the messages table: what each says of a record, how wide it begins, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from workbench.client.decoders import one_line
from workbench.client.model import RecordRow
from workbench.ui import units
from workbench.ui.view_models.messages_rows import MISSING, FieldPath, RowDecoding, field_text, token_of

MINIMUM_PX = 28


@dataclass(frozen=True, slots=True)
class MessagesColumn:
    """`segments` are colour token and text; `field` is set for a column of JSON."""

    id: str
    title: str
    width_px: int
    right: bool
    mono: bool
    segments: Callable[[RecordRow], tuple[tuple[str, str], ...]]
    field: FieldPath | None = None
    stretches: bool = False

    def text(self, row: RecordRow) -> str:
        """The cell's text, without colours."""
        return "".join(text for _, text in self.segments(row))


def messages_columns(decoding: RowDecoding, *, with_date: bool = False) -> tuple[MessagesColumn, ...]:
    """Fixed columns with those of JSON between key and value; `with_date` where the clock alone is not enough."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("MessagesTable", text)

    def key(row: RecordRow) -> tuple[tuple[str, str], ...]:
        if row.control_type is not None:
            return ()
        decoded = decoding.of(row).key
        if decoded.kind == "null":
            return (("t3", "null"),)
        return (("num" if decoded.kind in ("number", "hex") else "t1", one_line(decoded)),)

    def value(row: RecordRow) -> tuple[tuple[str, str], ...]:
        if row.control_type is not None:
            return (("t3", tr("control record: {}").format(row.control_type)),)
        preview = (("t3", tr("null (tombstone)")),) if row.value is None else decoding.of(row).preview
        # Aborted records lie in the log and are never read by who reads what is committed.
        return (("err", tr("aborted") + " "), *(("t3", text) for _, text in preview)) if row.aborted else preview

    columns = [
        MessagesColumn("partition", tr("P"), 40, True, True, lambda row: (("t2", str(row.partition)),)),
        MessagesColumn("offset", tr("Offset"), 92, True, True, lambda row: (("t1", units.number(row.offset)),)),
        MessagesColumn("timestamp", tr("Timestamp"), 112, False, True, _day_and_time if with_date else _time),
        MessagesColumn("key", tr("Key"), 120, False, True, key),
        *(_json_column(decoding, at, path) for at, path in enumerate(decoding.columns)),
        MessagesColumn("value", tr("Value"), 160, False, True, value, stretches=True),
        MessagesColumn("size", tr("Size, B"), 70, True, True, lambda row: (("t2", units.number(row.size_bytes)),)),
    ]
    return tuple(columns)


def _time(row: RecordRow) -> tuple[tuple[str, str], ...]:
    return (
        (("t2", units.clock(row.timestamp_ms, millis=True)),) if row.timestamp_ms >= 0 else (("t3", units.no_data()),)
    )


def _day_and_time(row: RecordRow) -> tuple[tuple[str, str], ...]:
    if row.timestamp_ms < 0:
        return (("t3", units.no_data()),)
    day, _, clock = units.date_time(row.timestamp_ms).partition(" ")
    return (("t3", f"{day[5:]} "), ("t2", clock))


def _json_column(decoding: RowDecoding, at: int, path: FieldPath) -> MessagesColumn:
    kinds = decoding.samples.kinds(path) - {"null"}

    def segments(row: RecordRow) -> tuple[tuple[str, str], ...]:
        fields = decoding.of(row).fields
        value = fields[at] if at < len(fields) else MISSING
        return (
            ()
            if value is MISSING
            else ((token_of(value) if not isinstance(value, dict | list) else "t2", field_text(value)),)
        )

    return MessagesColumn(
        f"json:{'.'.join(path)}", ".".join(path), 92, bool(kinds) and kinds <= {"number"}, True, segments, path
    )
