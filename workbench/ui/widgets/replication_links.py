"""The links under the brokers' cards: how much each copies from each other one, and which does not answer.

Up to three brokers every pair is drawn; with more, only neighbours, since lines that cross tell nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.view_models.replication_traffic import Link
from workbench.ui.widgets.replica_matrix import NAME_PX, column_rects

ROW_PX = 18
DRAWN_DISTANCE = 2


class ReplicationLinks(QWidget):
    """Shows `Link`s over `count` columns."""

    def __init__(self) -> None:
        super().__init__()
        self._links: tuple[Link, ...] = ()
        self._count = 0
        self.setAccessibleName(self.tr("Replication traffic"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_links(self, links: Sequence[Link], count: int) -> None:
        """Shows other figures."""
        far = DRAWN_DISTANCE if count <= 3 else 1
        drawn = tuple(link for link in links if link.right - link.left <= far)
        if (drawn, count) == (self._links, self._count):
            return
        self._links, self._count = drawn, count
        self.setVisible(bool(drawn))
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleDescription("; ".join(self.words(link) for link in drawn))
        self.update()

    def words(self, link: Link) -> str:
        """What stands on a link."""
        if link.dead is not None and link.stopped:
            return self.tr("broker {} is stopped").format(link.dead)
        if link.dead is not None:
            return self.tr("broker {} does not answer").format(link.dead)
        text = self.tr("{} → {}  {}   {} → {}  {}").format(
            link.left_id,
            link.right_id,
            units.byte_rate(link.there),
            link.right_id,
            link.left_id,
            units.byte_rate(link.back),
        )
        return f"{link.cut}: {text}" if link.cut else text

    def sizeHint(self) -> QSize:
        """A line for each distance."""
        rows = max((link.right - link.left for link in self._links), default=0)
        return QSize(400, theme().px(ROW_PX) * rows + theme().px(4))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints brackets from card to card with the rates on them."""
        painter = QPainter(self)
        current = theme()
        painter.setFont(current.text(11))
        painter.setPen(current.color("t3"))
        name = QRectF(current.px(12), 0, current.px(NAME_PX), current.px(ROW_PX))
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self.tr("Replication traffic"))
        columns = column_rects(self.width(), self._count)
        for link in self._links:
            self._paint_link(painter, link, columns)
        painter.end()

    def _paint_link(self, painter: QPainter, link: Link, columns: list[tuple[int, int]]) -> None:
        current = theme()
        far = link.right - link.left
        near = far == 1
        left_edge, left_width = columns[link.left]
        right_edge, right_width = columns[link.right]
        start = left_edge + left_width * (0.58 if near else 0.35)
        end = right_edge + right_width * (0.42 if near else 0.65)
        y = current.px(ROW_PX) * far - current.px(ROW_PX) / 2
        bad = link.dead is not None or bool(link.cut)
        tone = "off" if link.stopped else "err"  # what was stopped on purpose is no alarm
        pen = QPen(current.color(tone if bad else "line2"), 1)
        if bad:
            pen.setStyle(Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([2, 2])
        words = self.words(link)
        metrics = QFontMetrics(painter.font())
        icon = current.px(16) if bad else 0
        width = metrics.horizontalAdvance(words) + icon + current.px(16)
        middle = (start + end) / 2
        painter.setPen(pen)
        y = round(y) + 0.5
        painter.drawLine(QPointF(start, 0), QPointF(start, y))
        painter.drawLine(QPointF(end, 0), QPointF(end, y))
        painter.drawLine(QPointF(start, y), QPointF(max(start, middle - width / 2), y))
        painter.drawLine(QPointF(min(end, middle + width / 2), y), QPointF(end, y))
        space = min(width, end - start) - current.px(10)
        box = QRectF(middle - space / 2, y - current.px(ROW_PX) / 2, space, current.px(ROW_PX))
        painter.fillRect(box, current.color("base"))
        if bad:
            ratio = painter.device().devicePixelRatioF()
            picture = current.pixmap("close" if link.dead is not None else "kill", tone, 11, ratio)
            painter.drawPixmap(round(box.left()), round(y - current.px(11) / 2), picture)
            box.setLeft(box.left() + icon)
        painter.setPen(current.color(tone if bad else "t2"))
        painter.drawText(
            box,
            Qt.AlignmentFlag.AlignCenter,
            metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()) + 2),
        )
