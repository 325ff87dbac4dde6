"""The newest records of the metadata log, read from an embedded node's own files (blocking; for a worker thread).

Read-only, and beside the broker that writes them: a batch that is not whole yet is read the next time. The format is
Kafka's: __cluster_metadata-0 below one of the node's directories, segments named by their base offset.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.records import Record
from workbench.storage.log.dump import DumpedEntry, dump_file
from workbench.system.disk import Disk
from workbench.ui import counts
from workbench.wire.errors import WireError
from workbench.wire.record_values import decode_metadata_record
from workbench.wire.uuids import uuid_to_text

METADATA_FOLDER = "__cluster_metadata-0"
KEPT_RECORDS = 500
UUID_BYTES = 16
NO_OP = "NoOpRecord"
_NAMES_FIRST = ("name", "topic_name", "resource_name", "broker_id", "controller_id", "partition_id")


@dataclass(frozen=True, slots=True)
class MetadataRow:
    """One record: its offset, its leader's epoch, what it is and its fields that are not at their default."""

    offset: int
    at_ms: int
    epoch: int
    kind: str
    text: str
    is_control: bool = False


class MetadataLogTail:
    """Follows the end of one node's metadata log; `read` gives what is new since the last call."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = tuple(directories)
        self._path: Path | None = None
        self._position = 0
        self._epoch = -1
        self.rows: deque[MetadataRow] = deque(maxlen=KEPT_RECORDS)
        self.beats: deque[MetadataRow] = deque(maxlen=KEPT_RECORDS)
        """NoOpRecords, by which the leader moves the high watermark on: two a second would push out all else."""

    def read(self) -> tuple[MetadataRow, ...]:
        """New rows, oldest first. Raises OSError where the files cannot be read."""
        newest = self._newest_segment()
        if newest is None:
            return ()
        fresh: list[MetadataRow] = []
        if self._path is not None and newest != self._path:
            fresh += self._read_on(self._path)  # what came before the next segment was begun
        if newest != self._path:
            self._path, self._position = newest, 0
        fresh += self._read_on(newest)
        for row in fresh:
            (self.beats if row.kind == NO_OP else self.rows).append(row)
        return tuple(fresh)

    def _newest_segment(self) -> Path | None:
        found = [path for directory in self._directories for path in (directory / METADATA_FOLDER).glob("*.log")]
        return max(found, key=lambda path: path.name, default=None)

    def _read_on(self, path: Path) -> list[MetadataRow]:
        rows: deque[MetadataRow] = deque(maxlen=KEPT_RECORDS)
        try:
            for entry in dump_file(
                Disk(), str(path), with_records=True, start=self._position, decoder=lambda record: _decoded(record)
            ):
                if entry.kind == "problem":
                    break  # the broker is in the middle of writing it
                if entry.kind == "batch":
                    self._position = entry.position + entry.size_bytes
                    self._epoch = entry.fields["partitionLeaderEpoch"]
                elif entry.kind == "record":
                    rows.append(_row(entry, self._epoch))
        except FileNotFoundError:
            self._path = None  # a snapshot took its place
        return list(rows)


def _decoded(record: Record) -> Any:
    try:
        return decode_metadata_record(record.value or b"")[0]
    except (WireError, ValueError, KeyError) as error:
        return f"cannot be decoded: {error}"


def _row(entry: DumpedEntry, epoch: int) -> MetadataRow:
    fields = entry.fields
    if "control" in fields:
        control = fields["control"]
        text = str(control).partition("(")[2].removesuffix(")")
        return MetadataRow(fields["offset"], fields["timestamp"], epoch, type(control).__name__, text, True)
    message = fields.get("decoded")
    if message is None or isinstance(message, str):
        return MetadataRow(fields["offset"], fields["timestamp"], epoch, "unknown", message or "")
    return MetadataRow(fields["offset"], fields["timestamp"], epoch, message.NAME, in_words(message))


def in_words(message: Any) -> str:
    """A record's fields that differ from their defaults, the telling ones first: `name=orders, topic_id=...`."""
    plain = type(message)()
    names = sorted(type(message).__slots__, key=lambda name: name not in _NAMES_FIRST)
    told = []
    for name in names:
        value = getattr(message, name)
        if value != getattr(plain, name) or name in _NAMES_FIRST:
            told.append(f"{name}={_value(value)}")
    return ", ".join(told)


def _value(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        return uuid_to_text(data) if len(data) == UUID_BYTES else counts.size_in_bytes(len(data))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if hasattr(value, "__slots__") and not isinstance(value, str | int | float):
        return "(" + in_words(value) + ")"
    return str(value)
