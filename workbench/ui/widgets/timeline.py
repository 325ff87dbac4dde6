"""The timeline's drawing: lanes of 18 pixels, states as tinted bars, events as diamonds, causes as dashed verticals.

It follows now until it is paused or moved; then it stands still while the model goes on collecting.
Keys: Left and Right move, Plus and Minus zoom, Space pauses, End follows now, Home shows the first cause,
Up and Down step from event to event and tell it in words.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.view_models.timeline_lanes import TimelineEvent, TimelineLane, TimelineSpan
from workbench.ui.view_models.timeline_model import KEPT_MS, TimelineModel
from workbench.ui.widgets.pill import TONES
from workbench.ui.widgets.timeline_ticks import tick_step_ms

LANE_PX, NAME_PX, AXIS_PX = 18, 108, 18
SPANS_MS = (10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000)
REPAINT_MS = 500
HEAD_ROOM = 0.04
"""How much of the width stays free at the right of now."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Something with words under the pointer."""

    rect: QRectF
    words: str


class Timeline(QWidget):
    """Draws a `TimelineModel`; `range_changed` when its clock or its being paused changed."""

    range_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._model: TimelineModel | None = None
        self._span_ms = 30_000
        self._end_ms: int | None = None
        self._lanes: tuple[TimelineLane, ...] = ()
        self._places: list[_Place] = []
        self._cursor = -1
        self._dragged_from: tuple[float, int] | None = None
        self.setAccessibleName(self.tr("Timeline of faults and what followed"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._clock = QTimer(self)
        self._clock.setInterval(REPAINT_MS)
        self._clock.timeout.connect(self._tick)
        theme().changed.connect(self.update)

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_model(self, model: TimelineModel | None) -> None:
        """Shows another cluster's timeline, following now."""
        if model is not self._model:
            self._model = model
            self.follow_now()

    @property
    def is_paused(self) -> bool:
        """Whether it stands still."""
        return self._end_ms is not None

    def shown_range(self) -> tuple[int, int]:
        """First and last moment shown, in milliseconds since the epoch."""
        end = self._end_ms if self._end_ms is not None else _now_ms() + int(self._span_ms * HEAD_ROOM)
        return end - self._span_ms, end

    def toggle_pause(self) -> None:
        """Stands still, or follows now again."""
        if self.is_paused:
            self.follow_now()
        else:
            self._keep_at(self.shown_range()[1])

    def follow_now(self) -> None:
        """The newest is at the right edge from now on."""
        self._end_ms = None
        self._changed()

    def zoom(self, by: int) -> None:
        """Shows more time (`by` > 0) or less."""
        place = min(range(len(SPANS_MS)), key=lambda i: abs(SPANS_MS[i] - self._span_ms))
        self._span_ms = SPANS_MS[max(0, min(len(SPANS_MS) - 1, place + by))]
        self._changed()

    def show_moment(self, at_ms: int) -> None:
        """Stands still with a moment at a quarter of the width."""
        self._keep_at(min(at_ms + int(self._span_ms * 0.75), _now_ms() + int(self._span_ms * HEAD_ROOM)))

    def words(self) -> str:
        """The shown range in words, for the head of whoever holds it."""
        first, last = self.shown_range()
        if not self.is_paused:
            return self.tr("{} to now").format(units.clock(first))
        behind = units.span(max(0, (_now_ms() - last) / 1000))
        return self.tr("paused at {}, {} behind").format(units.clock(last), behind)

    # -- Qt -------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Room for the usual lanes."""
        lanes = max(6, len(self._lanes))
        return QSize(600, theme().px(LANE_PX) * lanes + theme().px(AXIS_PX))

    def minimumSizeHint(self) -> QSize:
        """Three lanes and the clock."""
        return QSize(240, theme().px(LANE_PX * 3 + AXIS_PX))

    def showEvent(self, event: QShowEvent) -> None:
        """Runs its clock while it is seen."""
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stands still unseen."""
        super().hideEvent(event)
        self._clock.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints grid, lanes, causes and the clock."""
        painter = QPainter(self)
        current = theme()
        self._places.clear()
        painter.fillRect(self.rect(), current.color("base"))
        if self._model is not None:
            now_ms = _now_ms()
            lanes = self._model.lanes(now_ms)
            if len(lanes) != len(self._lanes):
                self.updateGeometry()
            self._lanes = lanes
            field = self._field()
            self._paint_grid(painter, field)
            height = current.px(LANE_PX)
            for place, lane in enumerate(lanes):
                top = place * height
                if top + height > field.bottom() + 1:
                    break
                self._paint_lane(painter, lane, QRectF(field.left(), top, field.width(), height), now_ms)
            self._paint_causes(painter, field, now_ms)
            self._paint_now(painter, field, now_ms)
        if self.hasFocus():
            painter.setPen(QPen(current.color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Moves, zooms, pauses, steps."""
        last = self.shown_range()[1]
        match event.key():
            case Qt.Key.Key_Left:
                self._stand_at(last - self._span_ms // 8)
            case Qt.Key.Key_Right:
                self._stand_at(last + self._span_ms // 8)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom(-1)
            case Qt.Key.Key_Minus:
                self.zoom(1)
            case Qt.Key.Key_Space:
                self.toggle_pause()
            case Qt.Key.Key_End:
                self.follow_now()
            case Qt.Key.Key_Home if self._model is not None and self._model.causes(_now_ms()):
                self.show_moment(self._model.causes(_now_ms())[0].at_ms)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
            case _:
                super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms with Ctrl, else moves in time."""
        delta = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(-1 if delta > 0 else 1)
        elif delta:
            self._stand_at(self.shown_range()[1] - int(delta / 120 * self._span_ms / 10))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins to drag."""
        self._dragged_from = (event.position().x(), self.shown_range()[1])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drags through time."""
        if self._dragged_from is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        x, end = self._dragged_from
        moved = (event.position().x() - x) / max(1.0, self._field().width()) * self._span_ms
        if abs(event.position().x() - x) > 3:
            self._stand_at(end - int(moved))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Ends the drag."""
        self._dragged_from = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Follows now again."""
        self.follow_now()

    def event(self, event: QEvent) -> bool:
        """Tells in words what is under the pointer."""
        if isinstance(event, QHelpEvent):
            words = self.words_at(event.pos())
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def words_at(self, point: QPoint) -> str:
        """What stands at a point, "" for nothing."""
        under = (place.words for place in reversed(self._places) if place.rect.contains(QPointF(point)))
        return next(under, "")

    # -- inside ---------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if not self.is_paused:
            self.update()
        self.range_changed.emit()

    def _changed(self) -> None:
        self.update()
        self.range_changed.emit()

    def _stand_at(self, end_ms: int) -> None:
        now_ms = _now_ms()
        newest = now_ms + int(self._span_ms * HEAD_ROOM)
        if end_ms >= newest:
            self.follow_now()
            return
        self._keep_at(max(end_ms, now_ms - KEPT_MS + self._span_ms // 4))

    def _keep_at(self, end_ms: int) -> None:
        self._end_ms = end_ms
        self._changed()

    def _step(self, by: int) -> None:
        if not self._places:
            return
        self._cursor = (self._cursor + by) % len(self._places)
        place = self._places[self._cursor]
        self.setAccessibleDescription(place.words)
        QToolTip.showText(self.mapToGlobal(place.rect.bottomLeft().toPoint()), place.words, self)

    def _field(self) -> QRectF:
        left = theme().px(NAME_PX)
        right = theme().px(12)
        return QRectF(left, 0, max(1, self.width() - left - right), self.height() - theme().px(AXIS_PX))

    def _x(self, at_ms: int, field: QRectF) -> float:
        first, last = self.shown_range()
        return field.left() + (at_ms - first) / (last - first) * field.width()

    def _paint_grid(self, painter: QPainter, field: QRectF) -> None:
        current = theme()
        first, last = self.shown_range()
        step = tick_step_ms(self._span_ms, field.width() / current.px(74))
        painter.setFont(current.text(11))
        metrics = QFontMetrics(painter.font())
        at = first - first % step + step
        axis = QRect(0, round(field.bottom()), self.width(), current.px(AXIS_PX))
        painter.fillRect(QRect(0, axis.top(), self.width(), 1), current.color("line"))
        while at < last:
            x = round(self._x(at, field))
            painter.fillRect(QRect(x, 0, 1, round(field.bottom())), current.color("line"))
            text = units.clock(at) if step < 60_000 else units.clock(at)[:5]
            width = metrics.horizontalAdvance(text)
            if x - width / 2 > field.left() and x + width / 2 < self.width():
                painter.setPen(current.color("t3"))
                box = QRect(x - width // 2 - 2, axis.top(), width + 4, axis.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            at += step

    def _paint_lane(self, painter: QPainter, lane: TimelineLane, box: QRectF, now_ms: int) -> None:
        current = theme()
        painter.fillRect(QRectF(0, box.bottom() - 1, self.width(), 1), current.color("line"))
        painter.setFont(current.text(11))
        painter.setPen(current.color("t3"))
        name = QRectF(current.px(12), box.top(), current.px(NAME_PX - 18), box.height())
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, lane.title)
        painter.save()
        painter.setClipRect(box)
        if lane.curve:
            self._paint_curve(painter, lane, box)
        for span in lane.spans:
            self._paint_span(painter, lane, span, box, now_ms)
        painter.restore()
        self._paint_events(painter, lane, box)

    def _paint_span(self, painter: QPainter, lane: TimelineLane, span: TimelineSpan, box: QRectF, now_ms: int) -> None:
        current = theme()
        until = span.until_ms if span.until_ms is not None else now_ms
        left, right = max(self._x(span.from_ms, box), box.left()), min(self._x(until, box), box.right())
        if right < box.left() or left > box.right():
            return
        bar = QRectF(left, box.top() + 2, max(1.0, right - left), box.height() - 5)
        ink, ground = TONES[span.tone]
        painter.fillRect(bar, current.color(ground))
        painter.fillRect(QRectF(bar.left(), bar.top(), 2, bar.height()), current.color(ink))
        length = units.span((until - span.from_ms) / 1000)
        painter.setPen(current.color("t1"))
        painter.setFont(current.text(11))
        space = bar.adjusted(current.px(6), 0, -2, 0)
        if space.width() > current.px(14):
            metrics = QFontMetrics(painter.font())
            text = f"{span.text}  {length}"
            if span.tone in ("ok", "off") or metrics.horizontalAdvance(text) > space.width():
                text = span.text
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(space.width()))
            painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, elided)
        words = self.tr("{}: {}, {} from {}").format(
            lane.title or self.tr("Fault"), span.text, length, units.clock(span.from_ms, millis=True)
        )
        self._places.append(_Place(bar, words))

    def _paint_events(self, painter: QPainter, lane: TimelineLane, box: QRectF) -> None:
        current = theme()
        metrics = QFontMetrics(current.text(11))
        middle, half = box.center().y() - 0.5, current.px(4)
        taken: list[tuple[float, float]] = []
        places = [self._x(event.at_ms, box) for event in lane.events]
        for number, (x, event) in enumerate(zip(places, lane.events, strict=True)):
            if not box.left() <= x <= box.right():
                continue
            diamond = QRectF(x - half, middle - half, 2 * half, 2 * half)
            self._paint_diamond(painter, event, x, middle, half)
            before = max((other for other in places[:number] if other < x), default=box.left())
            after = min((other for other in places[number + 1 :] if other > x), default=box.right())
            self._paint_words(painter, event, box, (before + half, x, after - half), metrics, taken)
            words = f"{lane.title}: {event.text}, {units.clock(event.at_ms, millis=True)}"
            self._places.append(_Place(diamond.adjusted(-2, -2, 2, 2), words))

    def _paint_diamond(self, painter: QPainter, event: TimelineEvent, x: float, middle: float, half: float) -> None:
        current = theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current.color("base"), 1))
        painter.setBrush(current.color(TONES[event.tone][0]))
        corners = [QPointF(x, middle - half), QPointF(x + half, middle), QPointF(x, middle + half)]
        painter.drawPolygon(QPolygonF([*corners, QPointF(x - half, middle)]))
        painter.restore()

    def _paint_words(
        self,
        painter: QPainter,
        event: TimelineEvent,
        box: QRectF,
        room: tuple[float, float, float],
        metrics: QFontMetrics,
        taken: list[tuple[float, float]],
    ) -> None:
        """Beside the diamond where there is room: at the right, else at the left, else only under the pointer."""
        current = theme()
        before, x, after = room
        gap, width = current.px(9), metrics.horizontalAdvance(event.text) + 2
        for left, fits in ((x + gap, x + gap + width <= after), (x - gap - width, x - gap - width >= before)):
            clash = any(left < end and start < left + width for start, end in taken)
            if fits and not clash:
                space = QRectF(left, box.top(), width, box.height() - 1)
                painter.fillRect(space.adjusted(-2, 2, 2, -2), current.color("base"))
                painter.setFont(current.text(11))
                painter.setPen(current.color("t1"))
                painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, event.text)
                taken.append((left, left + width))
                return

    def _paint_curve(self, painter: QPainter, lane: TimelineLane, box: QRectF) -> None:
        """Steps on a linear scale up to the highest shown; the peak is told in words."""
        current = theme()
        first, last = self.shown_range()
        shown = [(at, value) for at, value in lane.curve if first - 1000 <= at <= last]
        if not shown:
            return
        top = max(max(value for _at, value in shown), 10.0)
        painter.setPen(QPen(current.color("accent"), 1))
        usable = box.height() - 6
        previous: tuple[float, float, int] | None = None
        for at, value in shown:
            x, y = self._x(at, box), box.bottom() - 3 - value / top * usable
            if previous is not None and at - previous[2] <= 2_500:
                painter.drawLine(QPointF(previous[0], previous[1]), QPointF(x, previous[1]))
                painter.drawLine(QPointF(x, previous[1]), QPointF(x, y))
            previous = (x, y, at)
        if previous is not None:
            end = min(self._x(previous[2] + 1000, box), box.right())
            painter.drawLine(QPointF(previous[0], previous[1]), QPointF(end, previous[1]))
        peak_at, peak = max(shown, key=lambda point: point[1])
        words = self.tr("up to {}").format(units.span(peak / 1000))
        metrics = QFontMetrics(current.text(11))
        width = metrics.horizontalAdvance(words)
        x = self._x(peak_at, box)
        left = x - width - current.px(6) if x - width - current.px(6) > box.left() else x + current.px(16)
        painter.setFont(current.text(11))
        space = QRectF(left, box.top(), width + 2, box.height() - 1)
        painter.fillRect(space.adjusted(-2, 1, 2, -1), current.color("base"))
        painter.setPen(current.color("t1"))
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, words)
        self._places.append(_Place(box, f"{lane.title}: {words} ({units.clock(peak_at)})"))

    def _paint_causes(self, painter: QPainter, field: QRectF, now_ms: int) -> None:
        assert self._model is not None
        current = theme()
        bottom = min(field.bottom(), theme().px(LANE_PX) * len(self._lanes))
        for cause in self._model.causes(now_ms):
            x = self._x(cause.at_ms, field)
            if cause.is_fault and field.left() <= x <= field.right():
                pen = QPen(current.color(TONES[cause.tone][0]), 1, Qt.PenStyle.CustomDashLine)
                pen.setDashPattern([2, 2])
                painter.setPen(pen)
                painter.drawLine(QPointF(round(x), current.px(LANE_PX) - 3), QPointF(round(x), bottom))

    def _paint_now(self, painter: QPainter, field: QRectF, now_ms: int) -> None:
        x = self._x(now_ms, field)
        if field.left() <= x <= field.right():
            painter.fillRect(QRectF(round(x), 0, 1, field.height()), theme().color("accent"))
        if self.is_paused:
            font = QFont(theme().text(11, QFont.Weight.Medium))
            painter.setFont(font)
            painter.setPen(theme().color("warn"))
            box = QRectF(0, field.bottom(), theme().px(NAME_PX), theme().px(AXIS_PX))
            painter.drawText(box.adjusted(theme().px(12), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.tr("paused"))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
