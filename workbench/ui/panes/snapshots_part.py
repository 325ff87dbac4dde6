"""Snapshots of an embedded cluster: a list with time and size; take, bring back, fork, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.cluster.copies import Copy, described_copies, remove_copy
from workbench.ui import units
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models import cluster_work, snapshot_plans
from workbench.ui.view_models.data_plans import FolderSize
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, hairline, panel, row
from workbench.ui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow


class SnapshotsPart(QWidget):
    """Below the folders of the Data pane; `measure_again` is called when a snapshot came or went."""

    def __init__(self, context: PaneContext, measure_again: Callable[[], None]) -> None:
        super().__init__()
        self.context, self._measure_again = context, measure_again
        self.cluster = context.the_cluster()
        self._sizes: Sequence[FolderSize] = ()
        self._free: int | None = None
        self._take = Button(self.tr("Take a snapshot…"), "add", small=True, on_click=self.take)
        self._back = Button(self.tr("Bring back…"), "undo", small=True, on_click=self.bring_back)
        self._fork = Button(self.tr("Fork…"), "clone", small=True, on_click=self.fork)
        self._delete = Button(self.tr("Delete…"), "delete", small=True, tone="err", on_click=self.delete)
        self._why = ElidedLabel("", token="t3", font=theme().text(12), align_right=True)
        columns: tuple[Column[Copy], ...] = (
            Column(self.tr("Snapshot"), lambda copy: Cell(copy.name, strong=True, tip=str(copy.path))),
            Column(
                self.tr("Taken"),
                lambda copy: Cell(units.moment(copy.made_ms), "t2"),
                170,
                order=lambda copy: copy.made_ms,
            ),
            Column(
                self.tr("Brokers"),
                lambda copy: Cell(units.number(len(copy.spec.brokers)), "t2"),
                90,
                True,
                lambda copy: len(copy.spec.brokers),
            ),
            Column(
                self.tr("On disk"),
                lambda copy: Cell(units.size(copy.size_bytes)),
                120,
                True,
                lambda copy: copy.size_bytes,
            ),
        )
        self.table = Table(TableModel(columns, lambda copy: copy.name), self.tr("Snapshots"))
        nothing = EmptyState(
            "copy",
            self.tr("No snapshots yet"),
            self.tr("Keep the whole cluster as it is now, try something, and bring it back; or fork it."),
            [Button(self.tr("Take a snapshot…"), "add", on_click=self.take)],
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(nothing)
        self._stack.addWidget(self.table)
        head = row(label(self.tr("Snapshots"), "name"), gap=8, margins=(12, 0, 12, 0))
        head.addWidget(self._why, 1)
        for button in (self._back, self._fork, self._delete, self._take):
            head.addWidget(button)
        self.setLayout(column(hairline(), panel(head, height=34), self._stack, gap=0))
        self.table.chosen.connect(lambda _row: self.explain())
        context.model.jobs.changed.connect(self.explain)
        self.explain()

    async def read(self, sizes: Sequence[FolderSize], free: int | None) -> None:
        """Reads the list again; `sizes` are the cluster's folders, `free` the disk's bytes."""
        self._sizes, self._free = sizes, free
        local = self.cluster.local
        found = await asyncio.to_thread(described_copies, local.folder) if local is not None else []
        self.table.table_model.set_rows(found)
        if found and self.table.current_row() is None:
            self.table.select_place(0)
        self._stack.setCurrentIndex(1 if found else 0)
        self.explain()

    def explain(self) -> None:
        """Reasons beside the buttons."""
        busy = self.context.model.jobs.running
        working = self.tr("Wait for: {}.").format(busy[0].title) if busy else ""
        is_open = self.cluster.local is not None and self.cluster.local.cluster is not None
        closed = "" if is_open else self.tr("The cluster's folder is not open.")
        chosen = "" if self.table.current_row() is not None else self.tr("Choose a snapshot.")
        self._take.explain(working or closed or ("" if self._sizes else self.tr("It is being measured.")))
        self._back.explain(working or closed or chosen)
        self._fork.explain(working or chosen)
        self._delete.explain(working or chosen)
        self._why.setText(working or closed or (chosen if self.table.table_model.rows else ""))

    # -- what is done ---------------------------------------------------------------------------------------------

    @property
    def _window(self) -> MainWindow:
        from workbench.ui.main_window import MainWindow

        window = self.window()
        assert isinstance(window, MainWindow)
        return window

    def take(self) -> None:
        """The dialog that asks for a name."""
        from workbench.ui.dialogs.snapshot_dialog import SnapshotDialog

        if self._take.isEnabled():
            dialog = SnapshotDialog(self._window, self.cluster, self._sizes, self._free, self.context.show_plan)
            self._window.show_dialog(dialog)

    def bring_back(self) -> None:
        """The plan for the chosen one."""
        copy, local = self.table.current_row(), self.cluster.local
        if copy is not None and local is not None:
            plan = snapshot_plans.bring_back(
                self.cluster.name,
                local.folder,
                copy,
                self._sizes,
                len(self.cluster.user_topics),
                runs=local.any_process,
                job=partial(cluster_work.bring_back, self.context.model, self.cluster, copy.name),
            )
            self.context.show_plan(self.cluster, plan)

    def fork(self) -> None:
        """The dialog for the chosen one."""
        from workbench.ui.dialogs.fork_dialog import ForkDialog

        copy = self.table.current_row()
        if copy is not None:
            self._window.show_dialog(ForkDialog(self._window, self.cluster, copy, self.context.show_plan))

    def delete(self) -> None:
        """The plan for the chosen one."""
        copy = self.table.current_row()
        if copy is not None:
            self.context.show_plan(self.cluster, snapshot_plans.delete(copy, partial(self._remove, copy)))

    async def _remove(self, copy: Copy) -> None:
        local = self.cluster.local
        assert local is not None
        await asyncio.to_thread(remove_copy, local.folder, copy.name)
        self._measure_again()
