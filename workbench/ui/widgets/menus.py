"""Menus with round corners and tool tips that tell why a line is disabled."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget


def round_menu(menu: QMenu) -> QMenu:
    """Lets the corners show what is under them."""
    menu.setWindowFlags(menu.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint)
    menu.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    menu.setToolTipsVisible(True)
    return menu


def context_menu(parent: QWidget) -> QMenu:
    """A menu that goes when it is closed."""
    menu = round_menu(QMenu(parent))
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu
