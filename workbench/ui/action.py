"""What an action of the table is, and why it may not be done now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.system.quick_dataclass import dataclass

if TYPE_CHECKING:
    from workbench.ui.commands import Commands


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an action cannot be done now, and the action that helps (its id, argument and words), if one does."""

    reason: str
    remedy_action: str = ""
    remedy_argument: str = ""
    remedy_label: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the table; `menu` "" keeps it out of the menus, `group` separates lines of a menu."""

    id: str
    title: str
    menu: str
    run: Callable[[Commands, str], None]
    keys: str = ""
    icon: str = ""
    group: int = 0
    why_not: Callable[[Commands], Unavailable | None] | None = None
    checked: Callable[[Commands], bool] | None = None
    words: str = ""
