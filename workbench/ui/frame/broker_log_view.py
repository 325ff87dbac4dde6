"""What the embedded brokers write, as it comes: by broker, from a level on, with a word to look for.

Invariants: at most `SHOWN_LINES` lines stand in the view; lines that come are appended in bunches, at most five
times a second; the view follows the end only while the user has not scrolled away from it.
"""

from __future__ import annotations

import re
from collections import deque

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QPlainTextEdit, QStackedWidget, QWidget

from workbench.cluster.events import LogLevel, LogLine
from workbench.ui import units
from workbench.ui.bridge import Throttle
from workbench.ui.theme import theme
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.layouts import column, panel, row

SHOWN_LINES = 3_000
_LOGGER = re.compile(r" \(workbench\.[\w.]+\)$")
"""Where in the program a line comes from: of use to its makers, so it stands back."""
_LEVELS = (LogLevel.DEBUG, LogLevel.INFO, LogLevel.WARNING, LogLevel.ERROR)
_TONES = {LogLevel.DEBUG: "t3", LogLevel.INFO: "t2", LogLevel.WARNING: "warn", LogLevel.ERROR: "err"}


class BrokerLogView(QWidget):
    """Log lines of the current cluster's brokers; `tools` stands in the dock's head."""

    def __init__(self, model: WorkbenchModel) -> None:
        super().__init__()
        self._model = model
        self._local: LocalBrokers | None = None
        self._waiting: deque[tuple[int, LogLine]] = deque(maxlen=SHOWN_LINES)
        self._broker = QComboBox()
        self._broker.setAccessibleName(self.tr("Broker"))
        self._level = QComboBox()
        self._level.setAccessibleName(self.tr("Lowest level"))
        for level in _LEVELS:
            self._level.addItem(self.tr("{} and above").format(level.value), level)
        self._level.setCurrentIndex(1)
        self._word = QLineEdit()
        self._word.setPlaceholderText(self.tr("Find in the lines"))
        self._word.setAccessibleName(self.tr("Find in the log lines"))
        self._word.setClearButtonEnabled(True)
        self._word.setFixedWidth(theme().px(180))
        self.tools = panel(row(self._word, self._level, self._broker))
        self.text = QPlainTextEdit()
        self.text.setObjectName("logLines")
        self.text.setReadOnly(True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setFont(theme().mono(12))
        self.text.setMaximumBlockCount(SHOWN_LINES)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(self.tr("Log lines of the brokers"))
        self.text.setTabChangesFocus(True)
        self.text.document().setDocumentMargin(theme().px(8))
        self._nothing = EmptyState(
            "log",
            self.tr("No log lines"),
            self.tr("Only brokers that run inside the workbench show their log here."),
        )
        self._nothing.setObjectName("frame")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.text)
        self._stack.addWidget(self._nothing)
        self.setLayout(column(self._stack, gap=0))
        self._flush = Throttle(200, self._append_waiting, self)
        self._broker.currentIndexChanged.connect(self._refill)
        self._level.currentIndexChanged.connect(self._refill)
        self._word.textChanged.connect(Throttle(150, self._refill, self).ask)
        model.current_changed.connect(self._follow)
        theme().changed.connect(self._refill)
        self._follow()

    def show_broker(self, node_id: int) -> None:
        """Shows the lines of one broker."""
        place = self._broker.findData(node_id)
        if place >= 0:
            self._broker.setCurrentIndex(place)

    def _follow(self) -> None:
        current = self._model.current
        local = current.local if current is not None else None
        if local is self._local and local is not None:
            return
        if self._local is not None:
            self._local.logged.disconnect(self._logged)
            self._local.phase_changed.disconnect(self._fill_brokers)
        self._local = local
        if local is not None:
            local.logged.connect(self._logged)
            local.phase_changed.connect(self._fill_brokers)
        self._fill_brokers()
        self._refill()

    def _fill_brokers(self) -> None:
        wanted: list[int | None] = [None, *(self._local.handles if self._local is not None else ())]
        present = [self._broker.itemData(place) for place in range(self._broker.count())]
        if wanted == present:
            return
        self._broker.blockSignals(True)
        self._broker.clear()
        for node in wanted:
            self._broker.addItem(self.tr("All brokers") if node is None else self.tr("Broker {}").format(node), node)
        self._broker.blockSignals(False)

    def _logged(self, node_id: int, line: LogLine) -> None:
        self._waiting.append((node_id, line))
        self._flush()

    def _refill(self) -> None:
        self._waiting.clear()
        self.text.clear()
        local = self._local
        handles = local.handles if local is not None else {}
        lines = [(node, line) for node, handle in handles.items() for line in list(handle.log_lines)[-SHOWN_LINES:]]
        lines.sort(key=lambda pair: pair[1].at_ms)
        self._append(lines[-SHOWN_LINES:])

    def _append_waiting(self) -> None:
        lines = list(self._waiting)
        self._waiting.clear()
        self._append(lines)

    def _append(self, lines: list[tuple[int, LogLine]]) -> None:
        chosen = [pair for pair in lines if self._wanted(*pair)]
        self._stack.setCurrentWidget(self.text if self._local is not None else self._nothing)
        if not chosen:
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        several = self._local is not None and len(self._local.handles) > 1
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for node, line in chosen:
            if not self.text.document().isEmpty():
                cursor.insertBlock()
            form = QTextCharFormat()
            form.setForeground(theme().color("t3"))
            cursor.insertText(f"{units.clock(line.at_ms, millis=True)}  ", form)
            if several:
                form.setForeground(theme().series(node - 1))
                cursor.insertText(f"{node}  ", form)
            form.setForeground(theme().color(_TONES[line.level]))
            cursor.insertText(f"{line.level.value:<5} ", form)
            form.setForeground(theme().color("t1" if line.source == "broker" else "accent"))
            said = _LOGGER.search(line.text)
            cursor.insertText(line.text[: said.start()] if said else line.text, form)
            if said:
                form.setForeground(theme().color("t3"))
                cursor.insertText(said.group(), form)
        cursor.endEditBlock()
        if at_end:
            bar.setValue(bar.maximum())

    def _wanted(self, node: int, line: LogLine) -> bool:
        chosen = self._broker.currentData()
        if chosen is not None and chosen != node:
            return False
        if _LEVELS.index(line.level) < _LEVELS.index(self._level.currentData()):
            return False
        word = self._word.text().lower()
        return not word or word in line.text.lower()
