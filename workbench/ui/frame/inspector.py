"""The right dock: head and content that the pane in front gives; problems when it gives none."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.ui.panes.pane import Inspected
from workbench.ui.theme import theme
from workbench.ui.widgets.labels import ElidedLabel, IconLabel
from workbench.ui.widgets.layouts import column, panel, row


class Inspector(QWidget):
    """Shows one widget at a time; the widget stays the pane's."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector")
        self._icon = IconLabel("advice", "t3")
        self._title = ElidedLabel("", font=theme().text(13, QFont.Weight.DemiBold))
        self._note = ElidedLabel("", token="t3", font=theme().text(12), align_right=True)
        head = panel(row(self._icon, self._title, None, self._note, margins=(12, 0, 12, 0)), "documentBar", height=32)
        self.stack = QStackedWidget()
        self.setLayout(column(head, self.stack, gap=0))
        self.setMinimumWidth(theme().px(296))
        self._shown: QWidget | None = None

    def show_content(self, inspected: Inspected) -> None:
        """Shows another head and widget."""
        self._icon.show_icon(inspected.icon, inspected.tone)
        self._title.setText(inspected.title)
        self._note.setText(inspected.note)
        if inspected.widget is not self._shown:
            if self._shown is not None:
                self.stack.removeWidget(self._shown)
            self._shown = inspected.widget
            self.stack.addWidget(inspected.widget)
            self.stack.setCurrentWidget(inspected.widget)
            inspected.widget.show()
