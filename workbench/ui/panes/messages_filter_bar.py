"""The filter: parsed while typing, its verdict inside the field, the fault underlined, Enter runs it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QInputMethodEvent, QKeyEvent, QResizeEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from workbench.ui.theme import theme
from workbench.ui.view_models.messages_model import FilterValidity
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import ElidedLabel, IconLabel, set_tone
from workbench.ui.widgets.layouts import panel, row

DEBOUNCE_MS = 150
_SHARE_OF_VERDICT = 0.5


class FilterField(QLineEdit):
    """A line with the verdict at its right end; `history` with the up and down keys."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("mono", True)
        self.setFont(theme().mono())
        self._funnel = QAction(self)
        self.addAction(self._funnel, QLineEdit.ActionPosition.LeadingPosition)
        self._icon = IconLabel("ok", "ok", 14)
        self._words = ElidedLabel("", token="t2", font=theme().text(12))
        self._icon.setFixedWidth(theme().px(14))
        self._verdict = panel(row(self._icon, self._words, gap=6))
        self._verdict.setParent(self)
        self._verdict.hide()
        self.history: list[str] = []
        self._at = 0
        theme().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._funnel.setIcon(theme().icon("filter", "t3"))

    def show_validity(self, validity: FilterValidity) -> None:
        """Edge, words and underline."""
        set_tone(self, "state", validity.verdict)
        self._words.setText(validity.words)
        self._words.set_token("err" if validity.verdict == "err" else "t2")
        self.setAccessibleDescription(validity.words)
        self.setToolTip(validity.words if validity.verdict == "err" else "")
        if validity.verdict:
            bad = validity.verdict == "err"
            self._icon.show_icon("error" if bad else "ok", "err" if bad else "ok")
        self._verdict.setVisible(bool(validity.verdict))
        self._place()
        self._underline(validity)

    def _place(self) -> None:
        if self._verdict.isHidden():
            self.setTextMargins(0, 0, 0, 0)
            return
        wanted = self._words.sizeHint().width() + theme().px(14) + 8
        used = self.fontMetrics().horizontalAdvance(self.text()) + theme().px(48)
        room = max(self.width() - used, round(self.width() * (1 - _SHARE_OF_VERDICT)) if wanted < used else 0)
        width = min(wanted, max(theme().px(60), room))
        self._verdict.setGeometry(self.width() - width - theme().px(8), 1, width, self.height() - 2)
        self.setTextMargins(0, 0, width + 4, 0)

    def _underline(self, validity: FilterValidity) -> None:
        # A line edit formats parts of its text only as an input method would.
        attributes = []
        if validity.verdict == "err" and self.text():
            form = QTextCharFormat()
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            form.setUnderlineColor(QColor(theme().color("err")))
            start = min(validity.start, len(self.text()) - 1)
            attributes.append(
                QInputMethodEvent.Attribute(
                    QInputMethodEvent.AttributeType.TextFormat, start - self.cursorPosition(), validity.length, form
                )
            )
        blocked = self.blockSignals(True)
        QApplication.sendEvent(self, QInputMethodEvent("", attributes))
        self.blockSignals(blocked)

    def remember(self, text: str) -> None:
        """Keeps a filter that ran."""
        if text and (not self.history or self.history[-1] != text):
            self.history.append(text)
        self._at = len(self.history)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk through what ran before."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.history:
            self._at = min(len(self.history), max(0, self._at + (-1 if event.key() == Qt.Key.Key_Up else 1)))
            self.setText(self.history[self._at] if self._at < len(self.history) else "")
            self.textEdited.emit(self.text())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the verdict at the right."""
        super().resizeEvent(event)
        self._place()


class MessagesFilterBar(QWidget):
    """`run(text)` on Enter, `stop` from the button while something runs."""

    run = Signal(str)
    stop = Signal()

    def __init__(self, validate: Callable[[str], FilterValidity]) -> None:
        super().__init__()
        self._validate = validate
        self.field = FilterField()
        self.field.setAccessibleName(self.tr("Filter"))
        self.field.setPlaceholderText(
            self.tr('Text to find, or a test such as value.status == "FAILED" and value.total > 100')
        )
        self.button = Button(self.tr("Run"), "start", on_click=self._clicked)
        self._running = False
        self._applied = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self.check)
        self.field.textEdited.connect(lambda _text: self._timer.start())
        self.field.returnPressed.connect(self._enter)
        self.field.installEventFilter(self)
        self.setLayout(row(self.field, self.button, gap=8, margins=(12, 3, 12, 6)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape takes the filter away."""
        if (
            watched is self.field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
            and (self.field.text() or self._applied)
        ):
            self.field.clear()
            self._enter()
            return True
        return super().eventFilter(watched, event)

    def check(self) -> None:
        """Parses what stands there now."""
        self._timer.stop()
        self.field.show_validity(self._validate(self.field.text()))

    def set_text(self, text: str) -> None:
        """Writes a filter and checks it."""
        self.field.setText(text)
        self.check()

    def show_running(self, running: bool, applied: str) -> None:
        """The button stops while a scan or a tail runs."""
        self._applied = applied
        if running != self._running:
            self._running = running
            self.button.setText(self.tr("Stop") if running else self.tr("Run"))
            self.button.setAccessibleName(self.button.text())
            self.button.set_icon_name("stop" if running else "start")

    def _enter(self) -> None:
        self.check()
        text = self.field.text().strip()
        if self._validate(text).verdict != "err":
            self.field.remember(text)
            self.run.emit(text)

    def _clicked(self) -> None:
        if self._running:
            self.stop.emit()
        else:
            self._enter()
