"""One line for a scan or a tail: scanned of total, rate, time left, matches, pause and cancel; a thin bar below."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from workbench.client.model import ScanProgress
from workbench.system.counting import counted
from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, panel, row


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(2)
        self.fraction = 0.0

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("line"))
        painter.fillRect(0, 0, round(self.width() * self.fraction), 2, theme().color("accent"))
        painter.end()


class MessagesProgress(QWidget):
    """Hidden while there is nothing to tell."""

    pause_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._scanned = _strong()
        self._of = label("", "help")
        self._rate = label("", "help")
        self._left = label("", "help")
        self._matches = _strong("accent")
        self._match_words = label("", "help")
        self._pause = Button(self.tr("Pause"), "pause", small=True, on_click=self.pause_wanted.emit)
        self._cancel = Button(self.tr("Cancel"), "close", small=True, quiet=True, on_click=self.cancel_wanted.emit)
        line = row(
            self._scanned,
            self._of,
            12,
            self._rate,
            12,
            self._left,
            12,
            self._matches,
            self._match_words,
            None,
            self._pause,
            self._cancel,
            gap=5,
            margins=(12, 0, 12, 0),
        )
        self._bar = _Bar()
        self.setLayout(column(panel(line, height=28), self._bar, gap=0))
        self.hide()

    def show_scan(self, progress: ScanProgress, in_brush: bool) -> None:
        """A scan under way or ended."""
        total = progress.total or 0
        self._scanned.setText(units.number(progress.scanned))
        finished = progress.finished
        whole = finished and progress.scanned >= total
        self._of.setText(self.tr("scanned") if whole else self.tr("of {} scanned").format(units.number(total)))
        if finished and not whole:
            self._of.setText(self.tr("of {} scanned, stopped").format(units.number(total)))
        self._rate.setText(self.tr("{} per second").format(units.number(round(progress.rate_per_second))))
        self._rate.setVisible(progress.rate_per_second > 0)
        if progress.paused:
            self._left.setText(self.tr("paused"))
        else:
            self._left.setText(self.tr("{} left").format(units.span(progress.left_seconds)))
        self._left.setVisible(not finished and (progress.paused or progress.left_seconds is not None))
        self._matches.setText(units.number(progress.matches))
        words = counted(progress.matches, self.tr("matches"), self.tr("match"))
        self._match_words.setText(self.tr("{} in the brush").format(words) if in_brush else words)
        self._matches.show()
        self._match_words.show()
        self._buttons(running=not finished, paused=progress.paused)
        self._bar.fraction = 1.0 if whole else progress.scanned / total if total else 0.0
        self._bar.update()
        self.setAccessibleName(f"{self._scanned.text()} {self._of.text()}, {self._matches.text()} {words}")
        self.show()

    def show_live(self, seen: int, shown: int, passed_over: int, paused: bool, filtered: bool) -> None:
        """A tail under way."""
        self._scanned.setText(units.number(seen))
        self._of.setText(self.tr("new since it began"))
        self._rate.setText(self.tr("{} too fast to show").format(units.number(passed_over)))
        self._rate.setVisible(passed_over > 0)
        self._left.setText(self.tr("paused"))
        self._left.setVisible(paused)
        self._matches.setText(units.number(shown))
        self._match_words.setText(self.tr("match") if filtered else self.tr("shown"))
        self._buttons(running=True, paused=paused)
        self._cancel.hide()
        self._bar.fraction = 0.0
        self._bar.update()
        self.show()

    def _buttons(self, *, running: bool, paused: bool) -> None:
        self._pause.setVisible(running)
        self._cancel.setVisible(running)
        words = self.tr("Continue") if paused else self.tr("Pause")
        self._pause.setText(words)
        self._pause.setAccessibleName(words)
        self._pause.set_icon_name("start" if paused else "pause")


def _strong(tone: str = "") -> QLabel:
    made = label("", "name", tone=tone)
    made.setFont(theme().text(12, made.font().weight()))
    return made
