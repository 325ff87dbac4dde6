"""Events over charts: a diamond with a few words for each, at the place of its time in the charts below.

Words that would lie over others go to the second line; where both are taken the diamond stands alone, and its words
are in the tip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.view_models.timeline_lanes import TimelineEvent

LINES, LINE_PX, PAD_PX, DIAMOND_PX, GAP_PX = 2, 18, 3, 4, 8


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """Where an event stands: `x` of its diamond, its line, and where its words begin; None for no words."""

    event: TimelineEvent
    x: float
    line: int
    words_x: float | None


def placed(
    events: Sequence[TimelineEvent],
    x_of: Callable[[int], float],
    width_of: Callable[[str], float],
    left: float,
    right: float,
) -> tuple[PlacedEvent, ...]:
    """Events between two edges, oldest first, so that no words lie over others."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(LINES)]
    found = []
    for event in events:
        x = x_of(event.at_ms)
        if left <= x <= right:
            line, words_x = _free_place(taken, x, width_of(event.text), left, right)
            begin, end = (x, x) if words_x is None else (words_x, words_x + width_of(event.text))
            taken[line].append((min(x - DIAMOND_PX, begin), max(x + DIAMOND_PX, end)))
            found.append(PlacedEvent(event, x, line, words_x))
    return tuple(found)


def _free_place(
    taken: Sequence[Sequence[tuple[float, float]]], x: float, width: float, left: float, right: float
) -> tuple[int, float | None]:
    def is_free(line: int, low: float, high: float) -> bool:
        return all(high < other_low or low > other_high for other_low, other_high in taken[line])

    for line in range(len(taken)):
        for begin in (x + GAP_PX, x - GAP_PX - width):
            low, high = min(begin, x - DIAMOND_PX), max(begin + width, x + DIAMOND_PX)
            if left <= begin and begin + width <= right and is_free(line, low, high):
                return line, begin
    alone = (line for line in range(len(taken)) if is_free(line, x - DIAMOND_PX, x + DIAMOND_PX))
    return next(alone, len(taken) - 1), None


class EventStrip(QWidget):
    """Shows events on the clock of the charts under it; hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._placed: tuple[PlacedEvent, ...] = ()
        self.setAccessibleName(self.tr("Events"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        return QSize(300, theme().px(LINES * LINE_PX + 2 * PAD_PX))

    def show_events(
        self, events: Sequence[TimelineEvent], first_ms: float, last_ms: float, left: float, right: float
    ) -> None:
        """Shows what happened from `first_ms`, which is at the pixel `left`, to `last_ms`."""
        scale = (right - left) / max(1.0, last_ms - first_ms)
        metrics = QFontMetrics(theme().text(11))
        found = placed(events, lambda at_ms: left + (at_ms - first_ms) * scale, metrics.horizontalAdvance, left, right)
        self.setVisible(bool(found))
        if found != self._placed:
            self._placed = found
            said = [f"{units.clock(one.event.at_ms)} {one.event.text}" for one in found]
            self.setAccessibleDescription("; ".join(said))
            self.update()

    def event(self, event: QEvent) -> bool:
        """The tip of a diamond: its time and words."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos()), self)
            return True
        return super().event(event)

    def words_at(self, place: QPoint) -> str:
        """Time and words of the nearest diamond, "" if none is near."""
        near = [one for one in self._placed if abs(one.x - place.x()) <= GAP_PX]
        return "\n".join(f"{units.clock(one.event.at_ms, millis=True)}  {one.event.text}" for one in near)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the name, diamonds and words."""
        painter = QPainter(self)
        current = theme()
        painter.fillRect(self.rect(), current.color("base"))
        painter.setFont(current.text(12))
        painter.setPen(current.color("t1"))
        name = QRectF(current.px(12), current.px(PAD_PX), self.width(), current.px(LINE_PX))
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self.tr("Events"))
        painter.setFont(current.text(11))
        side = current.px(DIAMOND_PX)
        for one in self._placed:
            middle = current.px(PAD_PX) + (one.line + 0.5) * current.px(LINE_PX)
            corners = ((0, -side), (side, 0), (0, side), (-side, 0))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color(one.event.tone))
            painter.drawPolygon(QPolygonF([QPointF(one.x + x, middle + y) for x, y in corners]))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            if one.words_x is not None:
                painter.setPen(current.color("t1"))
                space = QRectF(one.words_x, middle - current.px(LINE_PX) / 2, self.width(), current.px(LINE_PX))
                painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, one.event.text)
        painter.end()
