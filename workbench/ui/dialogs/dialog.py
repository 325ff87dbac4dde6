"""The frame of a dialog: title, body, a foot with a note at the left and buttons at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QLayout, QWidget
from shiboken6 import isValid

from workbench.ui.theme import theme
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import IconLabel, label
from workbench.ui.widgets.layouts import column, hairline, panel, row


class Dialog(QDialog):
    """Window-modal; `build` puts it together once the body is there."""

    def __init__(self, parent: QWidget, title: str, icon: str = "", tone: str = "t3", width: int = 640) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setModal(True)
        self.setMinimumWidth(theme().px(width))
        self._title, self._icon, self._tone = title, icon, tone

    def build(self, body: QLayout | QWidget, buttons: list[Button], note: QWidget | None = None) -> None:
        """Title above, `body`, `buttons` from left to right at the right of the foot."""
        head = row(gap=9, margins=(16, 14, 16, 10))
        if self._icon:
            head.addWidget(IconLabel(self._icon, self._tone, 18))
        head.addWidget(label(self._title, "title", wrap=True), 1)
        foot = row(gap=8, margins=(16, 11, 16, 11))
        if note is not None:
            foot.addWidget(note, 1)
        else:
            foot.addStretch(1)
        for button in buttons:
            foot.addWidget(button)
        middle = column(gap=0, margins=(16, 2, 16, 14))
        if isinstance(body, QWidget):
            middle.addWidget(body)
        else:
            middle.addLayout(body)
        self.setLayout(column(head, middle, hairline(), panel(foot), gap=0))

    def sizeHint(self) -> QSize:
        """As wide as it will be: Qt measures the height of wrapped words at this width."""
        return super().sizeHint().expandedTo(QSize(self.minimumWidth(), 0))

    def cancel_button(self, words: str = "") -> Button:
        """A button that closes without doing anything."""
        return Button(words or self.tr("Cancel"), on_click=self.reject)

    def is_there(self) -> bool:
        """False once it was closed and deleted: what answers later has nobody to tell."""
        return isValid(self)
