"""Labels by the roles of the design, and labels that elide instead of pushing their neighbours away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from workbench.ui.theme import theme


def label(text: str = "", role: str = "", *, tone: str = "", wrap: bool = False, mono: bool = False) -> QLabel:
    """A label; roles: label, second, help, dim, name, title, headline; tones: ok, warn, err, accent, disabled."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    if mono:
        made.setFont(theme().mono())
    made.setWordWrap(wrap)
    return made


def rich(html: str, role: str = "help") -> QLabel:
    """A wrapping label with <b> and <code>."""
    made = QLabel(html)
    made.setTextFormat(Qt.TextFormat.RichText)
    made.setProperty("role", role)
    made.setWordWrap(True)
    return made


def set_tone(widget: QWidget, name: str, value: str) -> None:
    """Changes a dynamic property and lets the style sheet see it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class IconLabel(QLabel):
    """An icon alone, in a token's colour, that follows the theme."""

    def __init__(self, name: str, token: str = "t3", size: int = 15) -> None:
        super().__init__()
        self._name, self._token, self._size = name, token, size
        self._draw()
        theme().changed.connect(self._draw)

    def show_icon(self, name: str, token: str) -> None:
        """Changes picture and colour."""
        if (name, token) != (self._name, self._token):
            self._name, self._token = name, token
            self._draw()

    def _draw(self) -> None:
        self.setPixmap(theme().pixmap(self._name, self._token, self._size, self.devicePixelRatioF()))


class ElidedLabel(QWidget):
    """One line of text, cut at the right with an ellipsis; the full text is its tool tip when cut."""

    def __init__(
        self, text: str = "", *, token: str = "t1", font: QFont | None = None, align_right: bool = False
    ) -> None:
        super().__init__()
        self._text = text
        self._token = token
        self._right = align_right
        if font is not None:
            self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def text(self) -> str:
        """The full text."""
        return self._text

    def setText(self, text: str) -> None:
        """Shows another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(text)
            self.updateGeometry()
            self.update()

    def set_token(self, token: str) -> None:
        """Shows the text in another colour."""
        self._token = token
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough for all of it."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """A few letters are enough."""
        return QSize(24, self.fontMetrics().height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the text, elided."""
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme().color(self._token))
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self._text if shown != self._text else "")
        side = Qt.AlignmentFlag.AlignRight if self._right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), side | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()
