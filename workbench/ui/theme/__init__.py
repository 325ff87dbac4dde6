"""The visual language: tokens (colours), palette, fonts, icons and the one style sheet.

- `tokens`: the only place for hex colour values; two frozen sets, DARK and LIGHT.
- `fonts`: the system's font in the five sizes that the design uses, scaled.
- `icons`: Phosphor icons by the names of the design (`topic`, `broker`, ...).
- `style_sheet`: the one QSS, filled from tokens.
- `theme`: `theme()` gives the running Theme: colours, fonts, icons, `changed` when light turns to dark.
"""

from workbench.ui.theme.theme import Theme, ThemeChoice, theme

__all__ = ["Theme", "ThemeChoice", "theme"]
