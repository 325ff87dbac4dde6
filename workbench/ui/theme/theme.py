"""The running theme: which token set is shown, and colours, fonts and icons out of it.

There is one Theme in a process, as there is one QApplication; `theme()` gives it. Widgets that cache a colour
or an icon connect to `changed`; those that ask while painting need nothing.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory

from workbench.ui.theme import icons
from workbench.ui.theme.fonts import BODY_PX, TABLE_PX, Fonts
from workbench.ui.theme.palette import palette_of
from workbench.ui.theme.style_sheet import style_sheet
from workbench.ui.theme.tokens import DARK, LIGHT, Tokens, ink_on


class ThemeChoice(StrEnum):
    """What the user chose; SYSTEM follows the desktop, and is light where the desktop does not tell."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """Colours, fonts and icons now shown; `changed` after a switch between light and dark."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = ThemeChoice.SYSTEM
        self.tokens: Tokens = LIGHT
        self.fonts = Fonts.of_system()
        self._colors: dict[str, QColor] = {}
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)

    @property
    def is_dark(self) -> bool:
        """True while the dark tokens are shown."""
        return self.tokens is DARK

    def install(self, choice: ThemeChoice) -> None:
        """Sets style, palette, font and style sheet of the application; called once at start."""
        style = QStyleFactory.create("Fusion")
        QApplication.setStyle(style)
        QApplication.setFont(self.fonts.text(BODY_PX))
        self.choice = choice
        self._show(self._wanted())

    def choose(self, choice: ThemeChoice) -> None:
        """Switches; emits `changed` if other tokens come to show."""
        self.choice = choice
        wanted = self._wanted()
        if wanted is not self.tokens:
            self._show(wanted)
            self.changed.emit()

    def color(self, token: str) -> QColor:
        """The colour of a token; `str` may be written as such."""
        found = self._colors.get(token)
        if found is None:
            found = QColor(getattr(self.tokens, "str_" if token == "str" else token))
            self._colors[token] = found
        return found

    def series(self, rank: int) -> QColor:
        """The colour of the series `rank`, modulo 8."""
        return QColor(self.tokens.series[rank % len(self.tokens.series)])

    def ink_on_series(self, rank: int) -> QColor:
        """The colour of a number written on a series colour."""
        return QColor(ink_on(self.tokens.series[rank % len(self.tokens.series)], self.tokens))

    def icon(self, name: str, token: str = "t3") -> QIcon:
        """The icon of a meaning (see `icons.ICON_NAMES`) in a token's colour."""
        return icons.icon(name, self.color(token).name(), self.tokens.t4)

    def button_icon(self, name: str, token: str, size: int) -> QIcon:
        """The icon with a gap of three design pixels at its right, for beside a text; `size` in design pixels."""
        made = QIcon()
        ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
        for mode, tone in ((QIcon.Mode.Normal, token), (QIcon.Mode.Disabled, "t4")):
            drawn = self.pixmap(name, tone, size, ratio)
            padded = QPixmap(drawn.width() + round(self.px(3) * ratio), drawn.height())
            padded.setDevicePixelRatio(ratio)
            padded.fill(Qt.GlobalColor.transparent)
            painter = QPainter(padded)
            painter.drawPixmap(0, 0, drawn)
            painter.end()
            made.addPixmap(padded, mode)
        return made

    def icon_in(self, name: str, color: QColor) -> QIcon:
        """The icon of a meaning in any colour (a series colour)."""
        return icons.icon(name, color.name(), self.tokens.t4)

    def pixmap(self, name: str, token: str = "t3", size: int = 15, ratio: float = 1.0) -> QPixmap:
        """The icon as a picture, for painting; `size` in design pixels."""
        return icons.pixmap(name, self.color(token).name(), self.px(size), ratio)

    def pixmap_in(self, name: str, color: QColor, size: int = 15, ratio: float = 1.0) -> QPixmap:
        """As `pixmap`, in any colour."""
        return icons.pixmap(name, color.name(), self.px(size), ratio)

    def px(self, size: float) -> int:
        """A measure of the design in pixels of this screen's text scale."""
        return self.fonts.px(size)

    def text(self, size: float = BODY_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The system font at a design size."""
        return self.fonts.text(size, weight)

    def mono(self, size: float = TABLE_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The fixed font at a design size."""
        return self.fonts.mono(size, weight)

    def _wanted(self) -> Tokens:
        if self.choice is ThemeChoice.DARK:
            return DARK
        if self.choice is ThemeChoice.LIGHT:
            return LIGHT
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return DARK if dark else LIGHT

    def _show(self, tokens: Tokens) -> None:
        changed = tokens is not self.tokens
        self.tokens = tokens
        self._colors.clear()
        if changed:
            icons.forget()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(palette_of(tokens))
            application.setStyleSheet(style_sheet(tokens, self.fonts))

    def _system_changed(self) -> None:
        if self.choice is ThemeChoice.SYSTEM:
            self.choose(ThemeChoice.SYSTEM)


_theme: Theme | None = None


def theme() -> Theme:
    """The process's theme, made at first use; needs a QApplication."""
    global _theme
    if _theme is None:
        _theme = Theme()
    return _theme
