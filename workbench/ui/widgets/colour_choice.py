"""A cluster's colour: one of a few series, as squares to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.ui.theme import theme

SQUARE_PX, GAP_PX = 18, 6


class ColourChoice(QWidget):
    """Arrow keys choose as well."""

    def __init__(self, ranks: Sequence[int]) -> None:
        super().__init__()
        self._ranks = tuple(ranks)
        self._chosen = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Colour of the cluster"))
        theme().changed.connect(self.update)

    def value(self) -> int:
        """The chosen series."""
        return self._ranks[self._chosen]

    def sizeHint(self) -> QSize:
        """A row of squares."""
        px = theme().px
        return QSize(len(self._ranks) * px(SQUARE_PX + GAP_PX), px(26))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current, px = theme(), theme().px
        for place, rank in enumerate(self._ranks):
            box = QRectF(px(3) + place * px(SQUARE_PX + GAP_PX), px(4), px(SQUARE_PX), px(SQUARE_PX))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.series(rank))
            painter.drawRoundedRect(box, 3, 3)
            if place == self._chosen:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(current.color("accent" if self.hasFocus() else "t1"), 1.5))
                painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 4, 4)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses the square under the pointer."""
        place = int(event.position().x()) // theme().px(SQUARE_PX + GAP_PX)
        if 0 <= place < len(self._ranks):
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._choose((self._chosen + step) % len(self._ranks))

    def _choose(self, place: int) -> None:
        self._chosen = place
        self.setAccessibleDescription(self.tr("colour {} of {}").format(place + 1, len(self._ranks)))
        self.update()
