"""A word at the bottom right for something that was done, gone after four seconds; errors never come here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QWidget

from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import IconLabel, label
from workbench.ui.widgets.layouts import row

SHOWN_MS = 4000


class Toast(QFrame):
    """Shows itself over `parent` at the bottom right."""

    def __init__(
        self, parent: QWidget, text: str, undo: tuple[str, Callable[[], object]] | None = None, bottom: int = 36
    ) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setAccessibleName(text)
        box = row(IconLabel("ok", "ok"), label(text), gap=8, margins=(12, 8, 12, 8))
        if undo is not None:
            words, act = undo

            def act_and_go() -> None:
                self.deleteLater()
                act()

            box.addWidget(Button(words, "undo", small=True, on_click=act_and_go))
        self.setLayout(box)
        self.adjustSize()
        self.move(parent.width() - self.width() - 16, parent.height() - self.height() - bottom)
        self.show()
        self.raise_()
        QTimer.singleShot(SHOWN_MS, self, self.deleteLater)
