"""A broker's log lines: from text to time, level and message (pure).

Brokers write lines in the form of Kafka's own logs: `[2026-01-31 12:00:00,123] INFO message (logger)`. A line without
that head (the further lines of a traceback) takes the level of grave news when it looks like it, else INFO.
"""

from __future__ import annotations

import re
from datetime import datetime

from workbench.cluster.events import LogLevel, LogLine

_HEAD = re.compile(
    r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3})\] (DEBUG|TRACE|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL) "
)
_LEVELS = {
    "DEBUG": LogLevel.DEBUG,
    "TRACE": LogLevel.DEBUG,
    "INFO": LogLevel.INFO,
    "WARN": LogLevel.WARNING,
    "WARNING": LogLevel.WARNING,
    "ERROR": LogLevel.ERROR,
    "FATAL": LogLevel.ERROR,
    "CRITICAL": LogLevel.ERROR,
}
_GRAVE = re.compile(r"^(Traceback |Fatal |\w*(Error|Exception)\b)")


def parse_log_line(text: str, received_at_ms: int) -> LogLine:
    """The line with its own time where it has one, else the time at which it was received."""
    match = _HEAD.match(text)
    if match is None:
        return LogLine(received_at_ms, LogLevel.ERROR if _GRAVE.match(text) else LogLevel.INFO, text)
    try:
        seconds = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").timestamp()
    except (ValueError, OverflowError, OSError):
        return LogLine(received_at_ms, _LEVELS[match[3]], text)
    return LogLine(int(seconds) * 1000 + int(match[2]), _LEVELS[match[3]], text[match.end() :])


def supervisor_line(text: str, at_ms: int, *, is_error: bool = False) -> LogLine:
    """What the supervisor itself says about a broker."""
    return LogLine(at_ms, LogLevel.ERROR if is_error else LogLevel.INFO, text, source="supervisor")
