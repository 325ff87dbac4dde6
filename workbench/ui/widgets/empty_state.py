"""What stands where nothing is yet: what is missing, what to do, one to three buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import IconLabel, label
from workbench.ui.widgets.layouts import clear, column, row


class EmptyState(QFrame):
    """Two lines and buttons in the middle of a pane's space."""

    def __init__(self, icon: str, missing: str, remedy: str, buttons: Sequence[Button] = ()) -> None:
        super().__init__()
        self.setObjectName("pane")
        self._icon = IconLabel(icon, "t3", 24)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._missing = label(missing, "name")
        self._missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._remedy = label(remedy, "help", wrap=True)
        self._remedy.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._remedy.setMinimumWidth(360)
        self._buttons = row(gap=8)
        self.set_buttons(buttons)
        words = row(None, self._remedy, None)
        self.setLayout(column(None, self._icon, self._missing, words, 4, self._buttons, None, gap=6))

    def show_text(self, icon: str, missing: str, remedy: str) -> None:
        """Changes the words."""
        self._icon.show_icon(icon, "t3")
        self._missing.setText(missing)
        self._remedy.setText(remedy)

    def set_buttons(self, buttons: Sequence[Button]) -> None:
        """Changes the buttons."""
        clear(self._buttons)
        self._buttons.addStretch(1)
        for button in buttons:
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
