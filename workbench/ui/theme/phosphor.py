"""The Phosphor icon font out of QtAwesome's package, without QtAwesome itself.

Importing QtAwesome loads all of Qt through a layer for other bindings and twelve more fonts: as long as the whole rest
of the window takes to its first paint. Only its files are used, a font and a table from names to characters.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPixmap

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


SIZES_PX = (12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64, 128)


def glyph_icon(character: str, color: str, disabled_color: str) -> QIcon:
    """One character in one colour, and in another where the icon is disabled: pictures of every size in use.

    No icon engine written in Python: Qt would keep and delete its copies behind Python's back.
    """
    made = QIcon()
    for size in SIZES_PX:
        made.addPixmap(glyph_picture(character, color, size), QIcon.Mode.Normal)
        made.addPixmap(glyph_picture(character, disabled_color, size), QIcon.Mode.Disabled)
    return made


def glyph_picture(character: str, color: str, size: int) -> QPixmap:
    """One character in one colour, `size` device pixels square."""
    made = QPixmap(size, size)
    made.fill(Qt.GlobalColor.transparent)
    font = QFont(_family())
    font.setPixelSize(max(1, round(GLYPH_SHARE * size)))
    painter = QPainter(made)
    painter.setPen(QColor(color))
    painter.setFont(font)
    painter.drawText(made.rect(), Qt.AlignmentFlag.AlignCenter, character)
    painter.end()
    return made
