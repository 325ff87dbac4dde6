"""Every action that has keys, by menu."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from workbench.ui.action import Action
from workbench.ui.actions import ACTIONS
from workbench.ui.commands import title_of
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.theme import theme
from workbench.ui.widgets.layouts import column
from workbench.ui.widgets.table import Table


class KeysDialog(Dialog):
    """A table made from the table of actions."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, self.tr("Keys"), "keyboard", "t2", 480)
        columns: tuple[Column[Action], ...] = (
            Column(self.tr("Action"), lambda action: Cell(title_of(action.id), icon=action.icon)),
            Column(self.tr("Menu"), lambda action: Cell(QCoreApplication.translate("actions", action.menu), "t2"), 90),
            Column(self.tr("Keys"), lambda action: Cell(_keys(action), mono=True), 140),
        )
        model = TableModel(columns, lambda action: action.id)
        model.set_rows([action for action in ACTIONS if action.keys])
        table = Table(model, self.tr("Keys"), sortable=False)
        table.setMinimumHeight(theme().px(430))
        self.build(column(table, gap=0), [self.cancel_button(self.tr("Close"))])


def _keys(action: Action) -> str:
    return QKeySequence(action.keys).toString(QKeySequence.SequenceFormat.NativeText)
