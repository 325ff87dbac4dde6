"""Volume over time: outline where nothing is scanned yet, filled where it is, matches in front; a brush on it.

Counts come from the brokers' time indexes, so they stand at once; every bar is painted by hand, a pixel apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.client.browse.view_spec import Histogram
from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.theme import theme

HEIGHT_PX = 82
_AXIS_PX = 16
_HEAD_PX = 16
_LABELS = 6
_GRIP_PX = 5


class MessagesHistogram(QWidget):
    """`brushed` with a span in milliseconds, or None when the brush is taken away."""

    brushed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(theme().px(HEIGHT_PX))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Messages over time"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._histogram = Histogram((), ())
        self._matches: Sequence[int] = ()
        self._scanning = False
        self._scanned_to_ms: int | None = None
        self._newest_first = True
        self._brush: tuple[int, int] | None = None
        self._drag: tuple[str, float, tuple[int, int] | None] | None = None
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, theme().px(HEIGHT_PX))

    def show_counts(self, histogram: Histogram | None) -> None:
        """Other bars."""
        self._histogram = histogram or Histogram((), ())
        self.setVisible(len(self._histogram.counts) > 1)
        self.update()

    def show_scan(
        self, matches: Sequence[int], *, scanning: bool, scanned_to_ms: int | None, newest_first: bool
    ) -> None:
        """How far a scan is, and its matches by bar; empty matches when there is no filter."""
        self._matches = matches
        self._scanning, self._scanned_to_ms, self._newest_first = scanning, scanned_to_ms, newest_first
        self.update()

    def show_brush(self, brush_ms: tuple[int, int] | None) -> None:
        """What the brush covers."""
        self._brush = brush_ms
        words = self._brush_words()
        self.setAccessibleDescription(words)
        self.update()

    # -- geometry -----------------------------------------------------------------------------------------------

    def _plot(self) -> QRectF:
        edge = theme().px(12)
        return QRectF(
            edge, theme().px(_HEAD_PX), self.width() - 2 * edge, self.height() - theme().px(_HEAD_PX + _AXIS_PX) - 2
        )

    def _span(self) -> tuple[int, int]:
        edges = self._histogram.edges_ms
        return (edges[0], edges[-1]) if len(edges) > 1 else (0, 1)

    def _x(self, time_ms: float) -> float:
        first, last = self._span()
        plot = self._plot()
        return plot.left() + plot.width() * (time_ms - first) / max(1, last - first)

    def _time(self, x: float) -> int:
        first, last = self._span()
        plot = self._plot()
        share = min(1.0, max(0.0, (x - plot.left()) / max(1.0, plot.width())))
        return round(first + (last - first) * share)

    # -- painting -----------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars, brush, axis."""
        painter = QPainter(self)
        if len(self._histogram.counts) > 1:
            if self._brush is not None:
                left, right = (self._x(edge) for edge in self._brush)
                painter.fillRect(QRectF(left, 0, right - left, self._plot().bottom()), theme().color("infobg"))
            self._paint_bars(painter)
            if self._brush is not None:
                self._paint_grips(painter, self._brush)
            self._paint_axis(painter)
            self._paint_head(painter)
        painter.end()

    def _paint_bars(self, painter: QPainter) -> None:
        current, plot = theme(), self._plot()
        counts = self._histogram.counts
        highest = max(1, *counts)
        for at, count in enumerate(counts):
            left, right = round(self._x(self._histogram.edges_ms[at])), round(self._x(self._histogram.edges_ms[at + 1]))
            height = round(plot.height() * count / highest)
            if count and not height:
                height = 1
            box = QRectF(left, plot.bottom() - height, max(1, right - left - 1), height)
            if self._is_scanned(at):
                painter.fillRect(box, current.color("t4"))
            else:
                painter.setPen(QPen(current.color("t4"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(0, 0, -1, -1))
            matches = self._matches[at] if at < len(self._matches) else 0
            if matches:
                tall = max(2, round(plot.height() * matches / highest))
                painter.fillRect(QRectF(left, plot.bottom() - tall, box.width(), tall), current.color("accent"))
        painter.setPen(QPen(current.color("line2"), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())

    def _is_scanned(self, at: int) -> bool:
        if not self._scanning:
            return True
        if self._scanned_to_ms is None:
            return False
        edges = self._histogram.edges_ms
        return edges[at] >= self._scanned_to_ms if self._newest_first else edges[at + 1] <= self._scanned_to_ms

    def _paint_axis(self, painter: QPainter) -> None:
        current, plot = theme(), self._plot()
        first, last = self._span()
        painter.setFont(current.text(11))
        painter.setPen(current.color("t3"))
        metrics = QFontMetrics(current.text(11))
        long = last - first > 86_400_000
        right = 0.0
        for at in range(_LABELS + 1):
            time_ms = first + (last - first) * at // _LABELS
            text = units.clock(time_ms, millis=True)[
                : 12 if last - first < 10_000 else 8 if last - first < 1_800_000 else 5
            ]
            if long:
                text = f"{units.date_time(time_ms)[5:10]} {text}"
            width = metrics.horizontalAdvance(text)
            x = min(plot.right() - width, max(plot.left(), self._x(time_ms) - (0 if at == 0 else width / 2)))
            if x > right:
                painter.drawText(round(x), round(plot.bottom()) + 2 + metrics.ascent(), text)
                right = x + width + 12

    def _paint_head(self, painter: QPainter) -> None:
        current, plot = theme(), self._plot()
        painter.setFont(current.text(11))
        metrics = QFontMetrics(current.text(11))
        words = (
            self.tr("not scanned yet: volume from the time index") if self._scanning else self.tr("messages over time")
        )
        painter.setPen(current.color("t3"))
        painter.drawText(round(plot.left()), metrics.ascent() + 1, words)
        brush = self._brush_words()
        if brush and self._brush is not None:
            painter.setPen(current.color("t1"))
            width = metrics.horizontalAdvance(brush)
            low = plot.left() + metrics.horizontalAdvance(words) + 16
            x = min(plot.right() - width, max(low, self._x(self._brush[0]) - width - 8))
            painter.drawText(round(x), metrics.ascent() + 1, brush)

    def _brush_words(self) -> str:
        if self._brush is None:
            return ""
        return self.tr("{} to {}").format(*(units.clock(time_ms) for time_ms in self._brush))

    def _paint_grips(self, painter: QPainter, brush: tuple[int, int]) -> None:
        current, plot = theme(), self._plot()
        for x in (self._x(edge) for edge in brush):
            painter.fillRect(QRectF(x - 0.5, 0, 1, plot.bottom()), current.color("accent"))
            grip = QRectF(x - current.px(2.5), plot.center().y() - current.px(8), current.px(5), current.px(16))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("accent"))
            painter.drawRoundedRect(grip, 2, 2)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # -- brushing -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins a brush, or takes one by its edge or middle."""
        if event.button() is not Qt.MouseButton.LeftButton or len(self._histogram.counts) < 2:
            return
        x = event.position().x()
        self._drag = (self._part_at(x), x, self._brush)

    def _part_at(self, x: float) -> str:
        if self._brush is None:
            return "new"
        left, right = self._x(self._brush[0]), self._x(self._brush[1])
        if abs(x - left) <= _GRIP_PX:
            return "left"
        if abs(x - right) <= _GRIP_PX:
            return "right"
        return "move" if left < x < right else "new"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draws the brush; without a button tells the count under the mouse."""
        x = event.position().x()
        if self._drag is None:
            part = self._part_at(x)
            on_edge = part in ("left", "right")
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_edge else Qt.CursorShape.ArrowCursor)
            self.setToolTip(self._words_at(x))
            return
        part, began, before = self._drag
        now, then = self._time(x), self._time(began)
        if part == "new":
            if abs(x - began) > 3:
                self._brush = (min(now, then), max(now, then))
        elif before is not None:
            left, right = before
            if part == "left":
                left = min(now, right - 1)
            elif part == "right":
                right = max(now, left + 1)
            else:
                left, right = left + now - then, right + now - then
            self._brush = (left, right)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click outside takes the brush away."""
        if self._drag is None:
            return
        part, began, before = self._drag
        self._drag = None
        if part == "new" and abs(event.position().x() - began) <= 3:
            self._brush = None
        if self._brush != before:
            self.brushed.emit(self._brush)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the brush by a bar, with Shift its end; Escape takes it away."""
        first, last = self._span()
        step = max(1, (last - first) // max(1, len(self._histogram.counts)))
        keys = {Qt.Key.Key_Left: -step, Qt.Key.Key_Right: step}
        if event.key() == Qt.Key.Key_Escape and self._brush is not None:
            self._brush = None
        elif event.key() in keys and len(self._histogram.counts) > 1:
            by = keys[Qt.Key(event.key())]
            left, right = self._brush or (last - 10 * step, last)
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                right = max(left + step, right + by)
            else:
                left, right = left + by, right + by
            self._brush = (max(first, left), min(last, right))
        else:
            super().keyPressEvent(event)
            return
        self.update()
        self.brushed.emit(self._brush)

    def _words_at(self, x: float) -> str:
        time_ms = self._time(x)
        edges = self._histogram.edges_ms
        for at, count in enumerate(self._histogram.counts):
            if edges[at] <= time_ms < edges[at + 1]:
                words = self.tr("{} to {}: {}").format(
                    units.clock(edges[at]), units.clock(edges[at + 1]), counts.messages(count)
                )
                if at < len(self._matches) and self._matches[at]:
                    words += counted(self._matches[at], self.tr(", {} matches"), self.tr(", {} match"))
                return words
        return ""
