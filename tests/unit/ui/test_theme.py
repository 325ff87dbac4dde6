"""The visual language: contrast, icons, the one style sheet, the switch between light and dark."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

import workbench.ui
from workbench.ui.theme import ThemeChoice, icons, theme
from workbench.ui.theme.fonts import Fonts
from workbench.ui.theme.glyph_files import arrow_file, tick_file
from workbench.ui.theme.palette import palette_of
from workbench.ui.theme.style_sheet import style_sheet
from workbench.ui.theme.tokens import DARK, LIGHT, Tokens, contrast, ink_on

BOTH = pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
GROUNDS = ("window", "base", "raised", "inset")


@BOTH
@pytest.mark.parametrize("ink", ["t1", "t2", "t3", "accent", "ok", "warn", "err", "off", "str_", "num", "lit", "key"])
def test_every_text_can_be_read_on_every_ground(tokens: Tokens, ink: str) -> None:
    assert min(contrast(getattr(tokens, ink), getattr(tokens, ground)) for ground in GROUNDS) >= 4.5


@BOTH
@pytest.mark.parametrize("state", ["ok", "warn", "err", "off"])
def test_states_can_be_read_on_their_tint(tokens: Tokens, state: str) -> None:
    assert contrast(getattr(tokens, state), getattr(tokens, f"{state}bg")) >= 4.5


@BOTH
def test_numbers_can_be_read_on_every_series(tokens: Tokens) -> None:
    assert len(tokens.series) == len(set(tokens.series)) == 8
    for color in tokens.series:
        assert contrast(ink_on(color, tokens), color) >= 4.5
    assert contrast(tokens.on_fill, tokens.fill) >= 4.5


def test_colours_stand_in_the_tokens_alone() -> None:
    root = Path(workbench.ui.__file__).parent
    pattern = re.compile(r"[\"']#[0-9A-Fa-f]{3,8}[\"']")
    offending = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if path.name != "tokens.py" and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert offending == []


@BOTH
def test_the_style_sheet_is_short_and_filled(tokens: Tokens, qapp: QApplication) -> None:
    sheet = style_sheet(tokens, Fonts.of_system())
    assert len(sheet.splitlines()) < 200
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


@BOTH
def test_the_palette_takes_its_colours_from_the_tokens(tokens: Tokens, qapp: QApplication) -> None:
    palette = palette_of(tokens)
    assert palette.color(QPalette.ColorRole.Base).name().upper() == tokens.base
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled.name().upper() == tokens.t4


@pytest.mark.parametrize("name", sorted(icons.ICON_NAMES))
def test_every_icon_exists(name: str, qapp: QApplication) -> None:
    assert not icons.icon(name, LIGHT.t3, LIGHT.t4).pixmap(15, 15).isNull()


def test_an_icon_can_be_changed_apart_from_its_copy(qapp: QApplication) -> None:
    drawn = icons.icon("topic", LIGHT.t3, LIGHT.t4)
    for _ in range(20):
        copy = QIcon(drawn)
        copy.addPixmap(QPixmap(4, 4))  # makes Qt clone what draws it
        gc.collect()
        assert copy.pixmap(16, 16).toImage() == drawn.pixmap(16, 16).toImage()
    del copy
    assert drawn.pixmap(16, 16).toImage() != icons.icon("topic", LIGHT.err, LIGHT.t4).pixmap(16, 16).toImage()


def test_an_unknown_icon_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(KeyError):
        icons.phosphor_name("no-such-icon-at-all")


def test_switching_tells_once_and_changes_colours(qapp: QApplication) -> None:
    told: list[bool] = []
    theme().changed.connect(lambda: told.append(theme().is_dark))
    theme().choose(ThemeChoice.DARK)
    theme().choose(ThemeChoice.DARK)
    assert told == [True] and theme().color("base").name().upper() == DARK.base
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.window
    theme().choose(ThemeChoice.LIGHT)
    assert told == [True, False]


def test_sizes_scale_within_bounds(qapp: QApplication) -> None:
    assert Fonts("x", "y", 1.5).px(12) == 18
    assert 0.9 <= Fonts.of_system().scale <= 1.5
    assert Fonts("x", "y", 1.0).text(11).pixelSize() == 11


def test_glyphs_are_files_of_their_colour() -> None:
    for path in (arrow_file("#123456"), tick_file("#123456")):
        assert "#123456" in Path(path).read_text(encoding="utf-8")
    assert arrow_file("#123456") != arrow_file("#654321")
