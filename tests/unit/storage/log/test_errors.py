"""Errors say where and what."""

from workbench.storage.log.errors import (
    AppendError,
    CorruptFileError,
    CorruptionReport,
    LogClosedError,
    LogError,
    OffsetOutOfRangeError,
    RecordFault,
)
from workbench.wire.error_codes import ErrorCode


def test_messages() -> None:
    assert str(CorruptFileError("a.index", "bad", position=8, size_bytes=4)) == "a.index: bytes 8..12: bad"
    assert str(OffsetOutOfRangeError(5, 10, 20)) == "offset 5 is outside 10..20"
    assert LogClosedError("a.log").path == "a.log"
    error = AppendError(ErrorCode.INVALID_RECORD, "no", [RecordFault(1, "why")])
    assert (error.code, error.message, error.record_errors, error.tell_message) == (87, "no", ((1, "why"),), False)


def test_all_are_log_errors() -> None:
    for kind in (AppendError, CorruptFileError, LogClosedError, OffsetOutOfRangeError):
        assert issubclass(kind, LogError)
    assert CorruptionReport("f", 0, 1, "r", "truncated") == CorruptionReport("f", 0, 1, "r", "truncated")
