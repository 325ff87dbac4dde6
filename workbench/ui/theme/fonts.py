"""The system's font and its fixed font in the sizes of the design.

Sizes are pixels at scale 1; everything scales by the system font's pixel size over 13, kept within 0.9 and 1.5.
Digits are tabular, so that numbers in a column stand under each other.
"""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

from workbench.system.quick_dataclass import dataclass

LABEL_PX = 11
TABLE_PX = 12
BODY_PX = 13
TITLE_PX = 15
HEADLINE_PX = 23
_GENERIC_FAMILIES = ("", "Sans Serif", "sans-serif", "Sans")


@dataclass(frozen=True, slots=True)
class Fonts:
    """Families and scale found once at start."""

    family: str
    mono_family: str
    scale: float

    @staticmethod
    def of_system() -> Fonts:
        """The desktop's fonts; where no desktop names any, Inter and JetBrains Mono if they are installed."""
        system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        installed = set(QFontDatabase.families())
        family, pixels = system.family(), QFontInfo(system).pixelSize()
        if family in _GENERIC_FAMILIES:
            family, pixels = ("Inter" if "Inter" in installed else QFontInfo(system).family()), BODY_PX
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        mono = "JetBrains Mono" if "JetBrains Mono" in installed else QFontInfo(fixed).family()
        return Fonts(family, mono, min(1.5, max(0.9, pixels / BODY_PX)))

    def px(self, size: float) -> int:
        """A measure of the design in pixels of this screen's text scale."""
        return round(size * self.scale)

    def text(self, size: float = BODY_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The system font with tabular digits."""
        font = QFont(self.family)
        font.setPixelSize(self.px(size))
        font.setWeight(weight)
        _tabular(font)
        return font

    def mono(self, size: float = TABLE_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The fixed font without ligatures."""
        font = QFont(self.mono_family)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPixelSize(self.px(size))
        font.setWeight(weight)
        if hasattr(font, "setFeature"):
            font.setFeature(QFont.Tag("liga"), 0)
            font.setFeature(QFont.Tag("calt"), 0)
        return font


def _tabular(font: QFont) -> None:
    if hasattr(font, "setFeature"):  # Qt 6.7 and later
        font.setFeature(QFont.Tag("tnum"), 1)
