"""Icons out of the font alone: drawn in the colour asked for, at any size; copies outlive Python's."""

from __future__ import annotations

import gc

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from pytestqt.qtbot import QtBot

from workbench.ui.theme.phosphor import characters, glyph_icon


def _colors(image: QImage) -> set[str]:
    """Of every pixel that covers at all; what is half covered is let out."""
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def _image(icon: QIcon, size: int = 32, mode: QIcon.Mode = QIcon.Mode.Normal) -> QImage:
    return icon.pixmap(QSize(size, size), mode).toImage().convertToFormat(QImage.Format.Format_ARGB32)


def test_a_name_becomes_one_character() -> None:
    assert len(characters()) > 1000
    assert all(len(character) == 1 for character in characters().values())


def test_drawn_in_its_color_and_in_another_where_disabled(qtbot: QtBot) -> None:
    icon = glyph_icon(characters()["play-fill"], "#ff0000", "#0000ff")
    assert "#ff0000" in _colors(_image(icon))
    assert _colors(_image(icon, mode=QIcon.Mode.Disabled)) == {"#0000ff"}


def test_at_any_size(qtbot: QtBot) -> None:
    icon = glyph_icon(characters()["play-fill"], "#ff0000", "#0000ff")
    for size in (12, 16, 48, 128):
        assert _image(icon, size).size() == QSize(size, size)
        assert _colors(_image(icon, size)), size


def test_a_copy_outlives_the_one_it_was_made_of(qtbot: QtBot) -> None:
    icon = glyph_icon(characters()["play-fill"], "#ff0000", "#0000ff")
    copy = QIcon(icon)
    copy.addPixmap(icon.pixmap(8, 8), QIcon.Mode.Active)
    del icon
    gc.collect()
    assert "#ff0000" in _colors(_image(copy))
