"""The 16 pixel squares: a broker's number, and what a replica is (leader, in sync, out of sync, no leader)."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.ui.theme import theme


class ReplicaMark(StrEnum):
    """What a replica is to its partition."""

    LEADER = "leader"
    IN_SYNC = "in sync"
    OUT_OF_SYNC = "out of sync"
    NO_LEADER = "no leader"


def paint_number(painter: QPainter, rect: QRectF, text: str, ground: QColor, ink: QColor) -> None:
    """A filled square with a number."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(rect, 3, 3)
    painter.setPen(ink)
    painter.setFont(theme().text(11, QFont.Weight.DemiBold))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def paint_replica(painter: QPainter, rect: QRectF, mark: ReplicaMark, rank: int) -> None:
    """A replica's mark in its broker's series colour; shape and icon tell the state, not the colour alone."""
    current = theme()
    ratio = painter.device().devicePixelRatioF()
    series = current.series(rank)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    side = current.px(11)
    x, y = round(rect.center().x() - side / 2), round(rect.center().y() - side / 2)
    if mark is ReplicaMark.LEADER:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(series)
        painter.drawRoundedRect(rect, 3, 3)
        painter.drawPixmap(x, y, current.pixmap_in("crown-simple-fill", current.ink_on_series(rank), 11, ratio))
    elif mark is ReplicaMark.NO_LEADER:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current.color("err"))
        painter.drawRoundedRect(rect, 3, 3)
        painter.drawPixmap(x, y, current.pixmap("close", "base", 11, ratio))
    elif mark is ReplicaMark.IN_SYNC:
        painter.setPen(QPen(series, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(inner, 3, 3)
        painter.drawPixmap(x, y, current.pixmap_in("check", series, 11, ratio))
    else:
        pen = QPen(current.color("warn"), 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([2, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(inner, 3, 3)
        painter.drawPixmap(x, y, current.pixmap("steady", "warn", 11, ratio))
    painter.restore()


class BrokerBadge(QWidget):
    """A broker's number in its series colour."""

    def __init__(self, node_id: int, rank: int) -> None:
        super().__init__()
        self._node_id, self._rank = node_id, rank
        width = max(16, 8 + 7 * len(str(node_id)))
        self.setFixedSize(QSize(theme().px(width), theme().px(16)))
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the square."""
        painter = QPainter(self)
        current = theme()
        ground, ink = current.series(self._rank), current.ink_on_series(self._rank)
        paint_number(painter, QRectF(self.rect()), str(self._node_id), ground, ink)
        painter.end()


class ReplicaBadge(QWidget):
    """A replica's mark, for legends."""

    def __init__(self, mark: ReplicaMark, rank: int = 0) -> None:
        super().__init__()
        self._mark, self._rank = mark, rank
        self.setFixedSize(QSize(theme().px(16), theme().px(16)))
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the mark."""
        painter = QPainter(self)
        paint_replica(painter, QRectF(self.rect()), self._mark, self._rank)
        painter.end()
