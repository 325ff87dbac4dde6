"""Where the data lies: folders of the embedded cluster with their sizes, free space, wiping it, and its snapshots."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QSplitter

from workbench.cluster.copies import COPIES_FOLDER
from workbench.ui import units
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.panes.snapshots_part import SnapshotsPart
from workbench.ui.theme import theme
from workbench.ui.view_models import cluster_work
from workbench.ui.view_models.data_plans import FolderSize, delete_cluster, free_bytes, measure, wipe, wipe_folder
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.snapshot_plans import content_of
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, hairline, panel, row
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.table import Table


class DataPane(Pane):
    """Measured in a worker thread each time it is shown."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._sizes: list[FolderSize] = []
        self._wants_snapshot = False
        self._again = Button(self.tr("Measure again"), "refresh", on_click=self._measure)
        self._wipe = Button(self.tr("Wipe…"), "delete", tone="err", on_click=self._plan_wipe)
        self._delete = Button(self.tr("Delete cluster…"), "delete", tone="err", on_click=self._plan_delete)
        self._delete.setVisible(self.cluster.embedded and self.cluster.name != context.model.local_name)
        buttons = (self._again, self._wipe, self._delete)
        self.header = PaneHeader(self.tr("Where the data lies"), "database", buttons)
        self._path = ElidedLabel("", font=theme().mono(13))
        open_folder = Button(self.tr("Open folder"), "folder", on_click=self._open)
        copy = Button(self.tr("Copy path"), "copy", on_click=self._copy)
        self._disk = label("", "second")
        note = label(
            self.tr(
                "Apache Kafka's own files: a stopped broker's folder can be given to Apache Kafka 4.3 with its "
                "server.properties, and the other way round."
            ),
            "help",
            wrap=True,
        )
        path_row = row(gap=8)
        path_row.addWidget(self._path, 1)
        path_row.addWidget(open_folder)
        path_row.addWidget(copy)
        head = column(path_row, self._disk, note, gap=8, margins=(12, 12, 12, 12))
        columns: tuple[Column[FolderSize], ...] = (
            Column(
                self.tr("Folder or file"),
                lambda line: Cell(line.name, mono=True, icon=_icon(line)),
                order=lambda line: line.name,
            ),
            Column(
                self.tr("Files"), lambda line: Cell(units.number(line.files), "t2"), 100, True, lambda line: line.files
            ),
            Column(
                self.tr("On disk"),
                lambda line: Cell(units.size(line.size_bytes)),
                120,
                True,
                lambda line: line.size_bytes,
            ),
        )
        self.table = Table(TableModel(columns, lambda line: line.name), self.tr("Folders of the cluster"))
        self.snapshots = SnapshotsPart(context, self._measure)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setHandleWidth(1)
        splitter.addWidget(self.table)
        splitter.addWidget(self.snapshots)
        self.snapshots.setHidden(not self.cluster.embedded)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        self.setLayout(column(self.header, panel(head), hairline(), splitter, gap=0))
        self.cluster.state_changed.connect(self._explain)
        self._running: tuple[int, ...] = ()
        context.model.jobs.changed.connect(self._jobs_changed)
        self._explain()

    def shown(self) -> None:
        """Measures."""
        super().shown()
        self._measure()

    def _local(self) -> LocalBrokers | None:
        return self.cluster.local

    def _folder(self) -> Path:
        local = self._local()
        return local.folder if local is not None else self.context.model.data_dir

    def _measure(self) -> None:
        self._path.setText(str(self._folder()))
        self.context.bridge.spawn(self._measured(), "measure the data folder", owner=self)

    async def _measured(self) -> None:
        folder = self._folder()
        self._sizes = await asyncio.to_thread(measure, folder)
        free = await asyncio.to_thread(free_bytes, folder)
        self.table.table_model.set_rows(self._sizes)
        total = sum(line.size_bytes for line in self._sizes)
        self.header.show_facts(self.tr("{} in all").format(units.size(total)))
        self._disk.setText(self.tr("{} here, {} free on this disk").format(units.size(total), units.size(free)))
        await self.snapshots.read(self._sizes, free)
        self._explain()
        if self._wants_snapshot:
            self.take_snapshot()

    def take_snapshot(self) -> None:
        """The dialog for a snapshot, as soon as it is known how much there is to copy."""
        self._wants_snapshot = not self._sizes
        if self._sizes:
            self.snapshots.take()

    def _jobs_changed(self) -> None:
        running = tuple(job.number for job in self.context.model.jobs.running)
        if self.is_shown and set(self._running) - set(running):
            self._measure()
        self._running = running
        self._explain()

    def _explain(self) -> None:
        local = self._local()
        reason = "" if local is not None else self.tr("Only an embedded cluster can be wiped.")
        if local is not None and not content_of(self._sizes):
            reason = self.tr("There is nothing to wipe.")
        busy = self.context.model.jobs.running
        working = self.tr("Wait for: {}.").format(busy[0].title) if busy else ""
        self._wipe.explain(working or reason)
        self._delete.explain(working)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder())))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self._folder()))

    def _plan_wipe(self) -> None:
        folder = self._folder()
        going = [line for line in self._sizes if line.name != COPIES_FOLDER]
        plan = wipe(self.cluster.name, folder, going, len(self.cluster.user_topics), self._wipe_all)
        self.context.show_plan(self.cluster, plan)

    def _plan_delete(self) -> None:
        job = partial(cluster_work.delete_cluster, self.context.model, self.cluster)
        topics = len(self.cluster.user_topics)
        plan = delete_cluster(self.cluster.name, self._folder(), self._sizes, topics, job)
        self.context.show_plan(self.cluster, plan)

    async def _wipe_all(self) -> None:
        local = self._local()
        assert local is not None
        await self.context.model.restart_empty(self.cluster, partial(wipe_folder, local.folder))
        self._measure()


def _icon(line: FolderSize) -> str:
    return "segment" if line.files == 1 and line.path.is_file() else "folder"
