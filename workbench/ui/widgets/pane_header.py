"""The 40 pixel head of a pane: icon, title, pills, facts in second colour, actions at the right."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QWidget

from workbench.ui.theme import theme
from workbench.ui.widgets.labels import ElidedLabel, IconLabel
from workbench.ui.widgets.layouts import expanding, row


class PaneHeader(QFrame):
    """Title and facts elide before the actions do."""

    def __init__(self, title: str, icon: str = "", actions: tuple[QWidget, ...] = (), pills: tuple[QWidget, ...] = ()):
        super().__init__()
        self.setObjectName("paneHeader")
        self.setFixedHeight(theme().px(40))
        self.title = ElidedLabel(title, font=theme().text(15, QFont.Weight.DemiBold))
        self.facts = ElidedLabel("", token="t3", font=theme().text(12))
        expanding(self.facts)
        box = row(gap=8, margins=(12, 0, 12, 0))
        if icon:
            box.addWidget(IconLabel(icon, "t3", 17))
        box.addWidget(self.title)
        for pill in pills:
            box.addWidget(pill)
        box.addWidget(self.facts, 1)
        for action in actions:
            box.addWidget(action)
        self.setLayout(box)
        self.setAccessibleName(title)

    def show_facts(self, facts: str) -> None:
        """The line beside the title."""
        self.facts.setText(facts)
