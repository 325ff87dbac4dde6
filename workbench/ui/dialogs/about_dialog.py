"""Version, what it stands on, licences."""

from __future__ import annotations

import sys

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QWidget

from workbench.ui.diagnostics import package_versions, version
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.resource_files import application_icon
from workbench.ui.theme import theme
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, row
from workbench.ui.widgets.table import Table

Line = tuple[str, str, str]


class AboutDialog(Dialog):
    """Nothing here leaves the computer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, self.tr("About Kafka Workbench"), "advice", "accent", 560)
        picture = label()
        side = theme().px(52)
        picture.setPixmap(application_icon().pixmap(side, side))
        words = column(
            label(self.tr("Kafka Workbench {}").format(version()), "title"),
            label(
                self.tr("A real Kafka cluster in a window: same protocol, same files, no Docker, no Java."),
                "second",
                wrap=True,
            ),
            label(self.tr("Python {}, Qt {}. Apache License 2.0.").format(sys.version.split()[0], qVersion()), "help"),
            gap=3,
        )
        head = row(picture, gap=14)
        head.addLayout(words, 1)
        columns: tuple[Column[Line], ...] = (
            Column(self.tr("Stands on"), lambda line: Cell(line[0])),
            Column(self.tr("Version"), lambda line: Cell(line[1], "t2"), 90),
            Column(self.tr("Licence"), lambda line: Cell(line[2], "t2", tip=line[2]), 240),
        )
        model = TableModel(columns, lambda line: line[0])
        lines = [*package_versions(), ("Phosphor icons", "1.3", "MIT")]
        model.set_rows(lines)
        table = Table(model, self.tr("What it stands on"), sortable=False)
        table.setFixedHeight(theme().px(24) * (len(lines) + 1) + 2)
        note = label(
            self.tr("Apache Kafka is a trademark of the Apache Software Foundation, which does not stand behind this."),
            "dim",
            wrap=True,
        )
        self.build(column(head, table, note, gap=12), [self.cancel_button(self.tr("Close"))])
