"""The workbench's own log file: rotated, in the data folder, with every warning of Qt and every failed task."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

MAX_BYTES = 1_000_000
log = logging.getLogger("workbench.ui")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_file_path(data_dir: Path) -> Path:
    """Where the log lies."""
    return data_dir / "workbench.log"


def begin_log(data_dir: Path) -> None:
    """Sends logging, Qt's messages and uncaught exceptions to the file, to stderr where it cannot be written."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    for noisy in ("kafka", "asyncio", "qasync"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            log_file_path(data_dir), maxBytes=MAX_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    qInstallMessageHandler(_qt_message)
    sys.excepthook = _uncaught


def last_lines(data_dir: Path, count: int) -> list[str]:
    """The end of the log."""
    try:
        text = log_file_path(data_dir).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()[-count:]


def _qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
    logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s", text)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("uncaught", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
