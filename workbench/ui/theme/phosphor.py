"""The Phosphor icon font out of QtAwesome's package, without QtAwesome itself.

Importing QtAwesome loads all of Qt through a layer for other bindings and twelve more fonts: as long as the whole rest
of the window takes to its first paint. Only its files are used, a font and a table from names to characters.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap
from shiboken6 import isValid

GLYPH_SHARE = 0.875
"""Height of the font in the height of the icon: the rest is the font's own margin."""


def _file(pattern: str) -> Path:
    """One of the package's files; their names hold the font's version."""
    spec = find_spec("qtawesome")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        for found in sorted(Path(folder, "fonts").glob(pattern)):
            return found
    raise FileNotFoundError(f"the package QtAwesome has no {pattern}")


@cache
def characters() -> dict[str, str]:
    """The font's character for each name."""
    codes = json.loads(_file("phosphor-charmap-*.json").read_text(encoding="utf-8"))
    return {name: chr(int(code, 16)) for name, code in codes.items()}


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_file("phosphor-*.ttf")))
    return QFontDatabase.applicationFontFamilies(number)[0]


class GlyphIconEngine(QIconEngine):
    """Draws one character in one colour, and in another where the icon is disabled, at any size."""

    def __init__(self, character: str, color: str, disabled_color: str) -> None:
        super().__init__()
        self._character, self._color, self._disabled_color = character, QColor(color), QColor(disabled_color)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draws the character into the middle of `rect`."""
        font = QFont(_family())
        font.setPixelSize(max(1, round(GLYPH_SHARE * rect.height())))
        painter.save()
        painter.setPen(self._disabled_color if mode is QIcon.Mode.Disabled else self._color)
        painter.setFont(font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """A picture of just that size, transparent around the character."""
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        """Another engine that draws the same."""
        made = GlyphIconEngine(self._character, self._color.name(), self._disabled_color.name())
        # Qt deletes it, but Python does not know that and would do so as well.
        _clones[:] = [*(clone for clone in _clones if isValid(clone)), made]
        return made


_clones: list[GlyphIconEngine] = []
