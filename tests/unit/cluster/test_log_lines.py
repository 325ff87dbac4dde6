from datetime import datetime

import pytest

from workbench.cluster.events import LogLevel
from workbench.cluster.log_lines import parse_log_line, supervisor_line


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("DEBUG", LogLevel.DEBUG),
        ("INFO", LogLevel.INFO),
        ("WARN", LogLevel.WARNING),
        ("WARNING", LogLevel.WARNING),
        ("ERROR", LogLevel.ERROR),
        ("CRITICAL", LogLevel.ERROR),
    ],
)
def test_a_line_in_kafkas_form(word: str, level: LogLevel) -> None:
    line = parse_log_line(f"[2026-01-02 03:04:05,678] {word} The text. (logger)", 1)
    assert (line.level, line.text, line.source) == (level, "The text. (logger)", "broker")
    assert datetime.fromtimestamp(line.at_ms / 1000) == datetime(2026, 1, 2, 3, 4, 5, 678_000)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("hello", LogLevel.INFO),
        ("", LogLevel.INFO),
        ('  File "x.py", line 1, in <module>', LogLevel.INFO),
        ("Traceback (most recent call last):", LogLevel.ERROR),
        ("ValueError: no", LogLevel.ERROR),
        ("Fatal Python error: Segmentation fault", LogLevel.ERROR),
        ("[2026-99-02 03:04:05,678] INFO", LogLevel.INFO),
    ],
)
def test_other_lines_take_the_time_of_their_arrival(text: str, level: LogLevel) -> None:
    line = parse_log_line(text, 77)
    assert (line.at_ms, line.level, line.text) == (77, level, text)


def test_a_date_that_does_not_exist() -> None:
    line = parse_log_line("[2026-99-02 03:04:05,678] WARN text", 77)
    assert (line.at_ms, line.level) == (77, LogLevel.WARNING)


def test_the_supervisors_own_lines() -> None:
    assert supervisor_line("Started.", 5).level is LogLevel.INFO
    line = supervisor_line("Died.", 5, is_error=True)
    assert (line.level, line.source, line.at_ms) == (LogLevel.ERROR, "supervisor", 5)
