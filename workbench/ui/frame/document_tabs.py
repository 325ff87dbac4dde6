"""The bar of document tabs: flat, a line in the cluster's colour over the active one, a cross to close it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QTabBar

from workbench.ui.theme import theme

HEIGHT_PX, PAD_PX, ICON_PX, CLOSE_PX = 32, 12, 15, 16
MAX_TEXT_PX = 180


class DocumentTabs(QTabBar):
    """`close_wanted` carries the place of a tab. The data of a tab is (icon name, series of its cluster or None)."""

    close_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("document", True)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setMovable(True)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName(self.tr("Documents"))
        self.setMouseTracking(True)
        self.setFont(theme().text(13))
        self._hover = -1
        theme().changed.connect(self.update)

    def tabSizeHint(self, index: int) -> QSize:
        """Icon, text and, on the active tab, the cross."""
        current = theme()
        width = min(current.px(MAX_TEXT_PX), QFontMetrics(self.font()).horizontalAdvance(self.tabText(index)))
        close = current.px(CLOSE_PX + 8) if index == self.currentIndex() else 0
        return QSize(width + current.px(2 * PAD_PX + ICON_PX + 6) + close + 1, current.px(HEIGHT_PX))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Tabs do not shrink; the bar scrolls."""
        return self.tabSizeHint(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Marks the tab under the pointer."""
        super().mouseMoveEvent(event)
        hover = self.tabAt(event.position().toPoint())
        if hover != self._hover:
            self._hover = hover
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the cross, or with the middle button, closes."""
        place = event.position().toPoint()
        index = self.tabAt(place)
        if index >= 0 and (
            event.button() is Qt.MouseButton.MiddleButton
            or (event.button() is Qt.MouseButton.LeftButton and self._close_rect(index).contains(place))
        ):
            self.close_wanted.emit(index)
            return
        super().mouseReleaseEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints all tabs."""
        painter = QPainter(self)
        current = theme()
        ratio = self.devicePixelRatioF()
        for index in range(self.count()):
            rect = self.tabRect(index)
            active = index == self.currentIndex()
            ground = "base" if active else "hover" if index == self._hover else "window"
            painter.fillRect(rect, current.color(ground))
            painter.fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), current.color("line"))
            if not active:
                painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), current.color("line"))
            icon, rank = self.tabData(index) or ("topic", None)
            if active:
                line = current.series(rank) if rank is not None else current.color("ctl")
                painter.fillRect(QRect(rect.left(), rect.top(), rect.width(), current.px(2)), line)
            left = rect.left() + current.px(PAD_PX)
            middle = rect.center().y() + 1
            picture = current.pixmap(icon, "t2" if active else "t3", ICON_PX, ratio)
            painter.drawPixmap(left, middle - current.px(ICON_PX) // 2, picture)
            left += current.px(ICON_PX + 6)
            close = self._close_rect(index)
            right = close.left() - 4 if active else rect.right() - current.px(PAD_PX) + 2
            painter.setFont(self.font())
            painter.setPen(current.color("t1" if active else "t2"))
            words = QFontMetrics(self.font()).elidedText(self.tabText(index), Qt.TextElideMode.ElideRight, right - left)
            painter.drawText(
                QRect(left, rect.top() + 1, right - left, rect.height()), Qt.AlignmentFlag.AlignVCenter, words
            )
            if active:
                painter.drawPixmap(
                    close.center().x() - current.px(6),
                    close.center().y() - current.px(6) + 2,
                    current.pixmap("close", "t3", 12, ratio),
                )
                if self.hasFocus():
                    painter.fillRect(QRect(rect.left(), rect.bottom() - 1, rect.width(), 2), current.color("accent"))
        painter.end()

    def _close_rect(self, index: int) -> QRect:
        if index != self.currentIndex():
            return QRect()
        rect = self.tabRect(index)
        side = theme().px(CLOSE_PX)
        return QRect(rect.right() - side - theme().px(8), rect.center().y() - side // 2, side, side)
