"""What can go wrong with a log, for callers to answer or to tell.

Invariants: AppendError carries the protocol's error code; corruption carries file, position and byte range (see
`workbench.records.errors.CorruptBatchError` for batches).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode


class RecordFault(NamedTuple):
    """One record that was refused: its place in the batch, and why (KIP-467)."""

    batch_index: int
    message: str


class LogError(Exception):
    """Base of this package's errors."""


class AppendError(LogError):
    """The append was refused; nothing was written.

    `record_errors` names the bad records. `tell_message` says whether Kafka passes the message to the producer (it
    does only where single records were refused).
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        record_errors: Sequence[RecordFault] = (),
        *,
        tell_message: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.record_errors = tuple(record_errors)
        self.tell_message = tell_message


class OffsetOutOfRangeError(LogError):
    """The offset is below the log's start or above its end."""

    def __init__(self, offset: int, log_start_offset: int, log_end_offset: int) -> None:
        super().__init__(f"offset {offset} is outside {log_start_offset}..{log_end_offset}")
        self.offset = offset
        self.log_start_offset = log_start_offset
        self.log_end_offset = log_end_offset


class LogClosedError(LogError):
    """The log was closed or deleted; `path` names the file that was asked for."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: the log is closed")
        self.path = path


class CorruptFileError(LogError):
    """A file beside the log (index, checkpoint, snapshot, metadata) that does not hold what it should.

    `position` and `size_bytes` tell the bytes in doubt.
    """

    def __init__(self, file: str, reason: str, *, position: int = 0, size_bytes: int = 0) -> None:
        super().__init__(f"{file}: bytes {position}..{position + size_bytes}: {reason}")
        self.file = file
        self.reason = reason
        self.position = position
        self.size_bytes = size_bytes


@dataclass(frozen=True, slots=True)
class CorruptionReport:
    """What was found bad while opening or reading a log, and what was done about it.

    `action` is one of "truncated" (bytes cut off), "deleted" (file removed), "rebuilt" (made anew from the log) and
    "skipped" (left as it is, done without).
    """

    file: str
    position: int
    size_bytes: int
    reason: str
    action: str
