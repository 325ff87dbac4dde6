"""What the produce pane knows: a draft, whether it can be sent, what was sent in this run of the window."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QObject, Signal

from workbench.client.errors import ClientError
from workbench.client.model import ProduceResult, RecordRow
from workbench.client.partitioning import partition_for_key
from workbench.ui import counts

COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")
ACKS = ((-1, "all"), (1, "leader"), (0, "none"))
KEPT_SENT = 500
KEPT_SENT_CHARS = 32 << 20
EDITABLE_CHARS = 200_000
"""A longer value is sent as it is: laying out a line of megabytes would hold the window for minutes."""

Header = tuple[str, bytes | None]


def tr(text: str) -> str:
    """In the produce pane's context."""
    return QCoreApplication.translate("Produce", text)


@dataclass(frozen=True, slots=True)
class Draft:
    """What will be sent. Text is None for null; with `..._is_hex` it is hex digits of the bytes."""

    key: str | None = None
    value: str | None = ""
    headers: tuple[tuple[str, str | None], ...] = ()
    partition: int | None = None
    timestamp_ms: int | None = None
    compression: str = "none"
    acks: int = -1
    key_is_hex: bool = False
    value_is_hex: bool = False

    @staticmethod
    def of_record(record: RecordRow) -> Draft:
        """The same record again: to its partition, with a new timestamp."""
        key, key_is_hex = _as_text(record.key)
        value, value_is_hex = _as_text(record.value)
        headers = tuple((name, _as_text(data)[0]) for name, data in record.headers)
        codec = record.batch.codec if record.batch.codec in COMPRESSIONS else "none"
        return Draft(key, value, headers, record.partition, None, codec, -1, key_is_hex, value_is_hex)

    def key_bytes(self) -> bytes | None:
        """Raises ValueError for hex that is none."""
        return _as_bytes(self.key, self.key_is_hex)

    def value_bytes(self) -> bytes | None:
        """Raises ValueError for hex that is none."""
        return _as_bytes(self.value, self.value_is_hex)

    def header_bytes(self) -> tuple[Header, ...]:
        """Lines without a name are left out."""
        return tuple((name, None if text is None else text.encode()) for name, text in self.headers if name)


def _as_text(data: bytes | None) -> tuple[str | None, bool]:
    if data is None:
        return None, False
    try:
        return data.decode(), False
    except UnicodeDecodeError:
        return data.hex(" "), True


def _as_bytes(text: str | None, is_hex: bool) -> bytes | None:
    if text is None:
        return None
    return bytes.fromhex(text) if is_hex else text.encode()


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt, with its result or its error; `number` counts from 1."""

    number: int
    sent_ms: int
    draft: Draft
    result: ProduceResult | None = None
    error: ClientError | None = None


_drafts: dict[tuple[str, str], Draft] = {}


def put_draft(cluster: str, topic: str, draft: Draft) -> None:
    """Leaves a draft for the produce pane of a topic, which takes it when it is shown."""
    _drafts[cluster, topic] = draft


def take_draft(cluster: str, topic: str) -> Draft | None:
    """The draft left for a topic, once."""
    return _drafts.pop((cluster, topic), None)


Produce = Callable[[Draft], Awaitable[ProduceResult]]


class ProduceModel(QObject):
    """`send` is awaited by the pane's task; several may be on the way."""

    changed = Signal()
    sent_changed = Signal()

    def __init__(self, topic: str, produce: Produce, now_ms: Callable[[], int] | None = None) -> None:
        super().__init__()
        self.topic = topic
        self.draft = Draft()
        self.sent: list[Sent] = []
        self.on_the_way = 0
        self._count = 0
        self._produce = produce
        self._words: tuple[tuple[str | None, bool], tuple[str, str]] | None = None
        self._now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)

    def edit(self, **changes: object) -> None:
        """Changes the draft."""
        self.draft = replace(self.draft, **changes)  # type: ignore[arg-type]
        self.changed.emit()

    def load(self, draft: Draft) -> None:
        """Another draft altogether."""
        self.draft = draft
        self.changed.emit()

    def why_not(self, partitions: int) -> str:
        """Why the draft cannot be sent, "" if it can."""
        draft = self.draft
        for name, text, is_hex in (
            (tr("key"), draft.key, draft.key_is_hex),
            (tr("value"), draft.value, draft.value_is_hex),
        ):
            try:
                _as_bytes(text, is_hex)
            except ValueError:
                return tr("The {} is not hex: two digits a byte.").format(name)
        if draft.partition is not None and not 0 <= draft.partition < partitions:
            return tr("There is no partition {}; they go from 0 to {}.").format(draft.partition, partitions - 1)
        return ""

    def predicted_partition(self, partitions: int) -> int | None:
        """Where a keyed record will go; None if that is not known beforehand."""
        if self.draft.partition is not None:
            return self.draft.partition
        try:
            key = self.draft.key_bytes()
        except ValueError:
            return None
        return partition_for_key(key, partitions) if key is not None and partitions else None

    @property
    def is_too_long_to_edit(self) -> bool:
        """Whether only its beginning is shown."""
        return len(self.draft.value or "") > EDITABLE_CHARS

    def value_words(self) -> tuple[str, str]:
        """What the value is, and the tone to say it in; a long one is looked at once."""
        state = (self.draft.value, self.draft.value_is_hex)
        if self._words is None or self._words[0] != state:
            self._words = (state, self._value_words())
        return self._words[1]

    def _value_words(self) -> tuple[str, str]:
        text = self.draft.value
        if text is None:
            return tr("null: a tombstone, which deletes its key from a compacted topic"), "t2"
        if self.draft.value_is_hex:
            try:
                return counts.size_in_bytes(len(bytes.fromhex(text))), "t2"
            except ValueError:
                return tr("not hex"), "err"
        size = counts.size_in_bytes(len(text.encode()))
        if text.lstrip()[:1] not in ("{", "["):
            return tr("text, {}").format(size), "t2"
        try:
            json.loads(text)
        except ValueError as error:
            where = f"{error.msg}, line {error.lineno}" if isinstance(error, json.JSONDecodeError) else str(error)
            return tr("not JSON: {}").format(where), "warn"
        return tr("JSON, {}").format(size), "ok"

    def indent(self) -> None:
        """Indents the value, or puts an indented one on one line."""
        try:
            value = json.loads(self.draft.value or "")
        except ValueError:
            return
        indented = json.dumps(value, ensure_ascii=False, indent=2)
        one_line = json.dumps(value, ensure_ascii=False)
        self.edit(value=one_line if self.draft.value == indented else indented)

    async def send(self) -> Sent:
        """Sends the draft as it is now; never raises `ClientError`, which lands in the history."""
        self._count += 1
        attempt = Sent(self._count, self._now_ms(), self.draft)
        self.on_the_way += 1
        self.changed.emit()
        try:
            attempt = replace(attempt, result=await self._produce(attempt.draft))
        except ClientError as error:
            attempt = replace(attempt, error=error)
        finally:
            self.on_the_way -= 1
            self.changed.emit()
        self.sent.insert(0, attempt)
        del self.sent[KEPT_SENT:]
        while len(self.sent) > 1 and sum(len(s.draft.value or "") for s in self.sent) > KEPT_SENT_CHARS:
            self.sent.pop()
        self.sent_changed.emit()
        return attempt
