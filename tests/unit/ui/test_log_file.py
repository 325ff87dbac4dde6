"""The log file takes logging, Qt's messages and uncaught exceptions."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qInstallMessageHandler, qWarning

from workbench.ui.log_file import begin_log, last_lines, log_file_path


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level, hook = list(root.handlers), root.level, sys.excepthook
    before = qInstallMessageHandler(None)
    begin_log(tmp_path / "data")
    yield tmp_path / "data"
    qInstallMessageHandler(before)
    sys.excepthook = hook
    root.setLevel(level)
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()


@pytest.mark.qt_log_level_fail("CRITICAL")
def test_everything_lands_in_it(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("workbench.somewhere").warning("a warning of ours")
    qWarning("a warning of Qt")
    try:
        raise ValueError("nobody caught this")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    text = log_file_path(log).read_text(encoding="utf-8")
    assert "a warning of ours" in text and "a warning of Qt" in text
    assert "nobody caught this" in text and "Traceback" in text
    assert last_lines(log, 1)[0] == text.splitlines()[-1]
    assert "nobody caught this" in capsys.readouterr().err


def test_no_file_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path, 5) == []
