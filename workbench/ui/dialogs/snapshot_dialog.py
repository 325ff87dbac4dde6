"""The name of a snapshot that is to be taken; the plan says the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from workbench.cluster.copies import name_fault
from workbench.ui import units
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.view_models import cluster_work, snapshot_plans
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.data_plans import FolderSize
from workbench.ui.view_models.plan import Plan
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import ElidedLabel, label, set_tone
from workbench.ui.widgets.layouts import column, panel, row

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow


class SnapshotDialog(Dialog):
    """Offers the time as a name."""

    def __init__(
        self,
        parent: MainWindow,
        cluster: ClusterModel,
        sizes: Sequence[FolderSize],
        free: int | None,
        show_plan: Callable[[ClusterModel, Plan], None],
    ) -> None:
        super().__init__(parent, self.tr("Take a snapshot of {}").format(cluster.name), "copy", "accent", 480)
        self._cluster, self._sizes, self._free, self._show_plan = cluster, sizes, free, show_plan
        self._local = cluster_work.opened(cluster)
        self.name = QLineEdit(units.moment(time.time_ns() // 1_000_000).replace(":", "."))
        self.name.setAccessibleName(self.tr("Name of the snapshot"))
        self._reason = ElidedLabel("", token="t2")
        self.go = Button(self.tr("Show the plan…"), "preview", primary=True, on_click=self._plan)
        self._bytes = sum(line.size_bytes for line in snapshot_plans.content_of(sizes))
        about = label(
            self.tr(
                "A snapshot holds everything of the cluster: topics, messages, committed offsets, settings. It can be "
                "brought back, or made into a cluster of its own. It takes {}."
            ).format(units.size(self._bytes)),
            "help",
            wrap=True,
        )
        body = column(label(self.tr("Name"), "label"), self.name, about, gap=7)
        self.build(body, [self.cancel_button(), self.go], panel(row(self._reason)))
        self.name.textChanged.connect(self._explain)
        self.name.returnPressed.connect(self._plan)
        self.name.selectAll()
        self._explain()

    def _explain(self) -> None:
        reason = name_fault(self._local.folder, self.name.text().strip())
        set_tone(self.name, "state", "err" if reason else "")
        if not reason and self._free is not None and self._free < self._bytes:
            reason = self.tr("There is not enough space: {} are free.").format(units.size(self._free))
        self._reason.setText(reason)
        self.go.explain(reason)

    def _plan(self) -> None:
        if not self.go.isEnabled():
            return
        name = self.name.text().strip()
        plan = snapshot_plans.take(
            self._cluster.name,
            self._local.folder,
            name,
            self._sizes,
            self._free,
            runs=any(handle.phase.has_process for handle in self._local.brokers.values()),
            job=partial(cluster_work.take_snapshot, self._cluster, name),
        )
        self.accept()
        self._show_plan(self._cluster, plan)
