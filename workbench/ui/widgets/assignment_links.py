"""Who reads what: partitions with their lag at the left, members at the right, a curve for each assignment.

Painted as one widget; a member has the height of the partitions it owns, so that curves seldom cross. Arrow keys move
through the partitions for assistive technology.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.view_models.group_rows import GroupPartitionRow, MemberBox

ROW_PX, GAP_PX = 24, 6
MEMBER_PX, MEMBER_GAP_PX = 52, 8
LEFT_PX, RIGHT_PX = 250, 340
PAD_PX = 12


class AssignmentLinks(QWidget):
    """Shows partitions and members; a partition without a member has no curve and says so."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[GroupPartitionRow, ...] = ()
        self._members: tuple[MemberBox, ...] = ()
        self._cursor = -1
        self.setAccessibleName(self.tr("Who reads what"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        theme().changed.connect(self.update)

    def show_group(self, parts: Sequence[GroupPartitionRow], members: Sequence[MemberBox]) -> None:
        """Shows another state of the group."""
        fresh = (tuple(parts), tuple(members))
        if fresh == (self._parts, self._members):
            return
        self._parts, self._members = fresh
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as the longer side."""
        px = theme().px
        left = len(self._parts) * px(ROW_PX + GAP_PX)
        right = len(self._members) * px(MEMBER_PX + MEMBER_GAP_PX)
        return QSize(640, max(left, right, px(40)) + px(4))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Moves through the partitions."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self._parts:
            super().keyPressEvent(event)
            return
        self._cursor = max(0, min(len(self._parts) - 1, self._cursor + step))
        part = self._parts[self._cursor]
        reader = part.member or self.tr("nobody")
        self.setAccessibleDescription(
            self.tr("{}-{} is read by {}, lag {}").format(part.topic, part.partition, reader, units.number(part.lag))
        )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints curves first, boxes over them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = theme().px
        right_width = min(px(RIGHT_PX), max(px(160), round(self.width() * 0.4)))
        left_width = min(px(LEFT_PX), max(px(150), round(self.width() * 0.32)))
        members = {box.member_id: self._member_rect(place, right_width) for place, box in enumerate(self._members)}
        self._paint_curves(painter, left_width, members)
        for place, part in enumerate(self._parts):
            self._paint_part(painter, self._part_rect(place, left_width), part, place == self._cursor)
        for box in self._members:
            self._paint_member(painter, members[box.member_id], box)
        painter.end()

    def _part_rect(self, place: int, width: int) -> QRectF:
        px = theme().px
        return QRectF(px(PAD_PX), place * px(ROW_PX + GAP_PX), width, px(ROW_PX)).adjusted(0.5, 0.5, -0.5, -0.5)

    def _member_rect(self, place: int, width: int) -> QRectF:
        px = theme().px
        whole = max(1, len(self._parts)) * px(ROW_PX + GAP_PX) - px(GAP_PX)
        needed = len(self._members) * px(MEMBER_PX + MEMBER_GAP_PX) - px(MEMBER_GAP_PX)
        spare = max(0, whole - needed) / max(1, len(self._members))
        top = place * (px(MEMBER_PX + MEMBER_GAP_PX) + spare) + spare / 2
        left = self.width() - width - px(PAD_PX)
        return QRectF(left, top, width, px(MEMBER_PX)).adjusted(0.5, 0.5, -0.5, -0.5)

    def _paint_curves(self, painter: QPainter, left_width: int, members: dict[str, QRectF]) -> None:
        places = {(part.topic, part.partition): place for place, part in enumerate(self._parts)}
        for box in self._members:
            target = members[box.member_id]
            owned = [key for key in box.owned if key in places]
            for number, key in enumerate(owned):
                source = self._part_rect(places[key], left_width)
                y = target.top() + target.height() * (number + 1) / (len(owned) + 1)
                start, end = QPointF(source.right(), source.center().y()), QPointF(target.left(), y)
                middle = (start.x() + end.x()) / 2
                path = QPainterPath(start)
                path.cubicTo(QPointF(middle, start.y()), QPointF(middle, end.y()), end)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme().series(box.rank), 1.5))
                painter.drawPath(path)

    def _paint_part(self, painter: QPainter, rect: QRectF, part: GroupPartitionRow, chosen: bool) -> None:
        current, px = theme(), theme().px
        painter.setPen(QPen(current.color("accent" if chosen and self.hasFocus() else "line2"), 1))
        painter.setBrush(current.color("raised"))
        painter.drawRoundedRect(rect, 5, 5)
        lag = self._lag_words(part)
        painter.setFont(current.text(12))
        # The widest of all, so that the bars stand under each other and can be compared.
        lag_width = max(QFontMetrics(painter.font()).horizontalAdvance(self._lag_words(one)) for one in self._parts)
        painter.setPen(current.color("t2"))
        inner = rect.adjusted(px(10), 0, -px(8), 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, lag)
        bar_width = min(px(96), inner.width() * 0.4)
        bar = QRect(
            round(inner.right() - lag_width - px(10) - bar_width),
            round(rect.center().y()) - px(2),
            round(bar_width),
            px(5),
        )
        painter.fillRect(bar, current.color("hover"))
        tone = current.series(part.member_rank) if part.member_rank is not None else current.color("off")
        painter.fillRect(QRect(bar.left(), bar.top(), round(bar.width() * part.share), bar.height()), tone)
        painter.setFont(current.text(13))
        painter.setPen(current.color("t1"))
        space = QRectF(inner.left(), inner.top(), bar.left() - inner.left() - px(6), inner.height())
        name = f"{part.topic}-{part.partition}"
        words = QFontMetrics(painter.font()).elidedText(name, Qt.TextElideMode.ElideLeft, round(space.width()))
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, words)

    def _lag_words(self, part: GroupPartitionRow) -> str:
        return self.tr("lag {}").format(units.number(part.lag)) if part.lag is not None else self.tr("no offset")

    def _paint_member(self, painter: QPainter, rect: QRectF, box: MemberBox) -> None:
        current, px = theme(), theme().px
        path = QPainterPath()
        path.addRoundedRect(rect, 5, 5)
        painter.fillPath(path, current.color("raised"))
        painter.setPen(QPen(current.color("line"), 1))
        painter.drawPath(path)
        painter.fillRect(QRectF(rect.left(), rect.top(), px(3), rect.height()), current.series(box.rank))
        inner = rect.adjusted(px(12), px(7), -px(10), -px(7))
        painter.setFont(current.text(12))
        painter.setPen(current.color("t2"))
        note_width = QFontMetrics(painter.font()).horizontalAdvance(box.note)
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, box.note)
        about = QFontMetrics(painter.font()).elidedText(box.about, Qt.TextElideMode.ElideRight, round(inner.width()))
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, about)
        painter.setFont(current.text(13, QFont.Weight.DemiBold))
        painter.setPen(current.color("t1"))
        room = round(inner.width() - note_width - px(8))
        name = QFontMetrics(painter.font()).elidedText(box.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
