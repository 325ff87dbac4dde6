"""Icons by what they mean, drawn from the Phosphor font that QtAwesome carries.

`ICON_NAMES` maps a meaning to a Phosphor name; a colour is always a token's value, so a theme change asks for
new icons.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QIcon, QPixmap

from workbench.ui.theme.phosphor import characters, glyph_icon, glyph_picture

ICON_NAMES: dict[str, str] = {
    "topic": "queue",
    "partition": "rows",
    "record": "envelope-simple",
    "batch": "package",
    "segment": "file",
    "leader": "crown-simple-fill",
    "in-sync": "check",
    "out-of-isr": "circle-dashed",
    "no-leader": "x-circle-fill",
    "controller": "compass-fill",
    "quorum": "circles-three",
    "broker": "hard-drives",
    "group": "users-three",
    "member": "user",
    "rebalance": "shuffle",
    "transaction": "handshake",
    "control": "flag-fill",
    "tombstone": "ghost",
    "compaction": "recycle",
    "retention": "hourglass-medium",
    "reset": "skip-back",
    "produce": "paper-plane-tilt",
    "filter": "funnel",
    "config": "sliders-horizontal",
    "acl": "shield-check",
    "quota": "gauge",
    "connections": "flow-arrow",
    "throughput": "chart-line",
    "fault": "lightning",
    "kill": "lightning-fill",
    "pause": "pause-fill",
    "stop": "stop-fill",
    "start": "play-fill",
    "run": "play-circle",
    "restart": "arrows-clockwise",
    "pending": "pencil-simple",
    "undo": "arrow-u-up-left",
    "locked": "lock-simple",
    "log": "terminal-window",
    "job": "spinner-gap",
    "ok": "check-circle-fill",
    "warning": "warning-fill",
    "error": "x-circle-fill",
    "advice": "info",
    "off": "minus-circle-fill",
    "unknown": "question",
    "starting": "spinner",
    "overview": "squares-four",
    "home": "house",
    "layout": "layout",
    "dark": "moon",
    "light": "sun",
    "add": "plus",
    "close": "x",
    "copy": "copy",
    "search": "magnifying-glass",
    "down": "caret-down",
    "right": "caret-right",
    "arrow-down": "arrow-down",
    "arrow-up": "arrow-up",
    "detach": "arrow-square-out",
    "columns": "columns",
    "more": "dots-three",
    "delete": "trash",
    "clone": "copy-simple",
    "folder": "folder-open",
    "settings": "gear-six",
    "refresh": "arrow-clockwise",
    "preview": "eye",
    "check": "check",
    "code": "code",
    "database": "database",
    "connect": "flow-arrow",
    "pin": "push-pin",
    "steady": "minus",
    "rising": "trend-up",
    "falling": "trend-down",
    "purge": "eraser",
    "bookmark": "bookmark-simple",
    "link": "link",
    "help": "question",
    "export": "export",
    "keyboard": "keyboard",
    "clock": "clock",
    "slow-link": "hourglass",
    "cut-link": "link-break",
    "disk": "hard-drive",
    "heal": "first-aid-kit",
    "zoom-in": "magnifying-glass-plus",
    "zoom-out": "magnifying-glass-minus",
    "reassign": "arrows-left-right",
    "timeline": "chart-bar-horizontal",
}


def phosphor_name(name: str) -> str:
    """The font's name for a meaning, or for a Phosphor name given directly; unknown names raise KeyError."""
    found = ICON_NAMES.get(name, name)
    if found not in characters():
        raise KeyError(f"no Phosphor icon is called {found!r}")
    return found


@cache
def icon(name: str, color: str, disabled_color: str) -> QIcon:
    """The icon of a meaning in `color` (#RRGGBB); `disabled_color` is used where Qt draws it disabled."""
    return glyph_icon(characters()[phosphor_name(name)], color, disabled_color)


@cache
def pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    """The icon as a picture of `size` logical pixels for a screen of `ratio` device pixels each."""
    drawn = glyph_picture(characters()[phosphor_name(name)], color, round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def forget() -> None:
    """Drops every icon made so far; to be called when the colours change."""
    icon.cache_clear()
    pixmap.cache_clear()
