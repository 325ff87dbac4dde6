"""QPalette from tokens, for what Fusion paints itself."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from workbench.ui.theme.tokens import Tokens


def palette_of(tokens: Tokens) -> QPalette:
    """Every role that Fusion reads, the disabled group included."""
    role = QPalette.ColorRole
    roles = {
        role.Window: tokens.window,
        role.WindowText: tokens.t1,
        role.Base: tokens.base,
        role.AlternateBase: tokens.base,
        role.Text: tokens.t1,
        role.Button: tokens.raised,
        role.ButtonText: tokens.t1,
        role.BrightText: tokens.err,
        role.Light: tokens.line2,
        role.Midlight: tokens.line,
        role.Mid: tokens.line2,
        role.Dark: tokens.line2,
        role.Shadow: tokens.line,
        role.Highlight: tokens.sel,
        role.HighlightedText: tokens.t1,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.t1,
        role.PlaceholderText: tokens.t3,
        role.Accent: tokens.fill,
    }
    palette = QPalette()
    for key, value in roles.items():
        palette.setColor(key, QColor(value))
    disabled = QPalette.ColorGroup.Disabled
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(disabled, key, QColor(tokens.t4))
    palette.setColor(disabled, role.Highlight, QColor(tokens.selin))
    return palette
