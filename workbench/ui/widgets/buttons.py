"""Buttons that follow the theme, each with an accessible name, and the segmented choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from workbench.ui.theme import theme


class Button(QPushButton):
    """A push button; at most one `primary` in a pane. `explain` tells why it is disabled, in its tool tip."""

    def __init__(
        self,
        text: str,
        icon: str = "",
        *,
        primary: bool = False,
        quiet: bool = False,
        small: bool = False,
        link: bool = False,
        tone: str = "",
        on_click: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(text)
        self._icon, self._primary = icon, primary
        self._tone = tone or ("on_fill" if primary else "accent" if link else "t2")
        for name, value in (("primary", primary), ("quiet", quiet), ("small", small), ("link", link)):
            if value:
                self.setProperty(name, True)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor)
        self._side = 13 if small else 15
        self.setIconSize(QSize(theme().px(self._side) + theme().px(3), theme().px(self._side)))
        if on_click is not None:
            self.clicked.connect(lambda: on_click())
        self._draw()
        theme().changed.connect(self._draw)

    def set_icon_name(self, icon: str, tone: str = "") -> None:
        """Changes the picture."""
        self._icon = icon
        self._tone = tone or self._tone
        self._draw()

    def explain(self, reason: str) -> None:
        """Disables with a reason, or enables with an empty one."""
        self.setEnabled(not reason)
        self.setToolTip(reason)
        self.setAccessibleDescription(reason)

    def _draw(self) -> None:
        if self._icon:
            self.setIcon(theme().button_icon(self._icon, self._tone, self._side))


class IconButton(QToolButton):
    """A button of one icon; `name` is its tool tip and its accessible name."""

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        tone: str = "t3",
        boxed: bool = False,
        checkable: bool = False,
        on_click: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._icon, self._tone, self._name = icon, tone, name
        if boxed:
            self.setProperty("boxed", True)
            self.setFixedSize(theme().px(24), theme().px(20))
        else:
            self.setFixedSize(theme().px(24), theme().px(24))
        self.setIconSize(QSize(theme().px(15), theme().px(15)))
        self.setCheckable(checkable)
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())
        self._draw()
        theme().changed.connect(self._draw)

    def set_icon_name(self, icon: str, tone: str = "") -> None:
        """Changes the picture."""
        self._icon, self._tone = icon, tone or self._tone
        self._draw()

    def explain(self, reason: str) -> None:
        """Disables with a reason, or enables with an empty one."""
        self.setEnabled(not reason)
        self.setToolTip(f"{self._name}: {reason}" if reason else self._name)
        self.setAccessibleDescription(reason)

    def _draw(self) -> None:
        self.setIcon(theme().icon(self._icon, self._tone))


class Segmented(QWidget):
    """One of a few choices, side by side; `chosen` carries the choice's value."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], value: str, name: str, *, small: bool = False) -> None:
        """`choices` are (value, text); `name` says what is chosen, for assistive technology."""
        super().__init__()
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        last = len(choices) - 1
        for place, (choice, text) in enumerate(choices):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setAccessibleName(f"{name}: {text}")
            button.setProperty("segment", "only" if last == 0 else {0: "first", last: "last"}.get(place, "middle"))
            if small:
                button.setProperty("small", True)
            button.setChecked(choice == value)
            button.clicked.connect(lambda _checked=False, c=choice: self.chosen.emit(c))
            self._group.addButton(button)
            self._buttons[choice] = button
            box.addWidget(button)

    def value(self) -> str:
        """What is chosen now."""
        return next((choice for choice, button in self._buttons.items() if button.isChecked()), "")

    def choose(self, value: str) -> None:
        """Chooses without emitting."""
        if value in self._buttons:
            self._buttons[value].setChecked(True)

    def set_text(self, value: str, text: str) -> None:
        """Changes the words on one choice."""
        self._buttons[value].setText(text)
