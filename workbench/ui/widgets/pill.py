"""A state in words with an icon on a tint, 18 pixels high."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.ui.theme import theme

TONES: dict[str, tuple[str, str]] = {
    "ok": ("ok", "okbg"),
    "warn": ("warn", "warnbg"),
    "err": ("err", "errbg"),
    "off": ("off", "offbg"),
    "accent": ("accent", "infobg"),
}
"""Text token and background token of each tone."""


def pill_width(painter_font_metrics_width: int, icon: bool) -> int:
    """Width of a pill around a text of that width, in pixels."""
    return painter_font_metrics_width + theme().px(11) + (theme().px(16) if icon else 0)


def paint_pill(painter: QPainter, rect: QRectF, text: str, tone: str, icon: str = "") -> None:
    """Paints into `rect`, whose height is the pill's."""
    ink, ground = TONES[tone]
    current = theme()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current.color(ground))
    painter.drawRoundedRect(rect, 3, 3)
    left = rect.left() + current.px(5)
    if icon:
        ratio = painter.device().devicePixelRatioF()
        side = current.px(12)
        picture = current.pixmap(icon, ink, 12, ratio)
        painter.drawPixmap(round(left), round(rect.center().y() - side / 2), picture)
        left += current.px(16)
    painter.setPen(current.color(ink))
    painter.setFont(current.text(11))
    space = QRectF(left, rect.top(), rect.right() - left, rect.height())
    painter.drawText(space, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
    painter.restore()


class Pill(QWidget):
    """A pill as a widget."""

    def __init__(self, text: str = "", tone: str = "off", icon: str = "") -> None:
        super().__init__()
        self._text, self._tone, self._icon = text, tone, icon
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme().text(11))
        theme().changed.connect(self.update)

    def show_state(self, text: str, tone: str, icon: str = "") -> None:
        """Changes what it says."""
        if (text, tone, icon) != (self._text, self._tone, self._icon):
            self._text, self._tone, self._icon = text, tone, icon
            self.setAccessibleDescription(text)
            self.updateGeometry()
            self.update()

    def text(self) -> str:
        """The words."""
        return self._text

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        width = pill_width(self.fontMetrics().horizontalAdvance(self._text), bool(self._icon))
        return QSize(width, theme().px(18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the pill."""
        painter = QPainter(self)
        paint_pill(painter, QRectF(self.rect()), self._text, self._tone, self._icon)
        painter.end()
