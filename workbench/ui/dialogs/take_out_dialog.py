"""A broker is to leave: what hinders it, in words, and what becomes of its directory; the plan shows the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox

from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.view_models import cluster_work, own_broker_plans, removal
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.data_plans import FolderSize, measure_one
from workbench.ui.view_models.plan import Plan
from workbench.ui.view_models.reassignment import bytes_to_copy
from workbench.ui.widgets.badge import BrokerBadge
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow

KEEP, DELETE = "keep", "delete"


class TakeOutDialog(Dialog):
    """Follows the cluster while it is open: what hinders may end, a topic may come."""

    def __init__(
        self, parent: MainWindow, cluster: ClusterModel, node_id: int, show_plan: Callable[[ClusterModel, Plan], None]
    ) -> None:
        super().__init__(parent, self.tr("Take broker {} out").format(node_id), "broker", "accent", 560)
        self._cluster, self._node_id, self._show_plan = cluster, node_id, show_plan
        self._local = cluster_work.opened(cluster)
        self._places: tuple[FolderSize, ...] = ()
        handle = self._local.brokers[node_id]
        self._what = label("", wrap=True)
        self._hindrance = Notice()
        self.lower_replication = QCheckBox(self.tr("Keep one replica less of these topics"))
        self.lower_replication.setAccessibleName(self.lower_replication.text())
        self._lowered = Notice()
        self.fate = Segmented(
            ((KEEP, self.tr("Keep it")), (DELETE, self.tr("Delete it"))), KEEP, self.tr("Its directory")
        )
        self._place = label("", "help", wrap=True)
        self._reason = ElidedLabel("", token="t2")
        self.go = Button(self.tr("Show the plan…"), "preview", primary=True, on_click=self._plan)
        body = column(
            row(BrokerBadge(node_id, cluster.series(node_id)), label(handle.address, mono=True), None),
            self._what,
            self._hindrance,
            self._lowered,
            self.lower_replication,
            4,
            label(self.tr("Its directory"), "label"),
            row(self.fate, None),
            self._place,
            gap=8,
        )
        self.build(body, [self.cancel_button(), self.go], panel(row(self._reason)))
        self.lower_replication.toggled.connect(lambda _on: self._explain())
        self.fate.chosen.connect(lambda _fate: self._explain())
        cluster.changed.connect(self._explain)
        self._explain()
        parent.model.bridge.spawn(self._measure(), "measure a broker's directories", owner=self)

    async def _measure(self) -> None:
        directories = self._local.brokers[self._node_id].directories
        self._places = tuple([await asyncio.to_thread(measure_one, place) for place in directories])
        self._explain()

    def _explain(self) -> None:
        handles = self._local.brokers
        if self._node_id not in handles:
            self._say(self.tr("It is out of the cluster."))
            return
        phases = {node: handle.phase.value for node, handle in handles.items()}
        hindering = removal.hindrances(self._local.spec, self._node_id, phases, self._cluster.topics)
        self._hindrance.show_text("\n".join(hindering), "err")
        if len(handles) < 2:
            self._lowered.show_text("")
            self.lower_replication.hide()
            self._say(hindering[0])
            return
        found = removal.removal(self._local.spec, self._node_id, self._cluster.topics)
        self._what.setText(self._in_words(found))
        self._lowered.show_text(removal.lowered_in_words(found) if found.lowered else "", "warn")
        self.lower_replication.setVisible(bool(found.lowered))
        size = sum(place.size_bytes for place in self._places)
        shown = ", ".join(str(place.path) for place in self._places)
        self._place.setText(self.tr("{}, {}").format(shown, units.size(size)) if self._places else "")
        reason = hindering[0] if hindering else self._cluster.why_not_write()
        if not reason and found.lowered and not self.lower_replication.isChecked():
            reason = self.tr("{} do not fit on {}.").format(
                counts.replicas(len(found.left) + 1), counts.brokers(len(found.left))
            )
        if not reason and not self._places:
            reason = self.tr("Its directory is being measured.")
        self._say(reason)

    def _in_words(self, found: removal.Removal) -> str:
        if not found.moves:
            return self.tr("It holds no replica.")
        held = counted(
            len(found.moves),
            self.tr("{} partition has a replica on it, {}."),
            self.tr("{} partitions have a replica on it, {}."),
            counted(found.led, self.tr("{} is led by it"), self.tr("{} are led by it")),
        )
        if not any(move.added for move in found.moves):
            return self.tr("{} The others have them all: nothing is copied.").format(held)
        return self.tr("{} {} are copied to broker {}.").format(
            held, units.size(bytes_to_copy(found.moves)), self.tr(" or ").join(map(str, found.left))
        )

    def _say(self, reason: str) -> None:
        self._reason.setText(reason)
        self.go.explain(reason)

    def _plan(self) -> None:
        cluster, local = self._cluster, self._local
        found = removal.removal(local.spec, self._node_id, cluster.topics)
        delete = self.fate.value() == DELETE
        plan = own_broker_plans.take_out(
            cluster.name,
            cluster.bootstrap,
            found,
            local.brokers[self._node_id].address,
            self._places,
            delete=delete,
            refused=removal.refused_writes(found, cluster.min_insync),
            job=partial(cluster_work.take_out, cluster, self._node_id, delete),
        )
        self.accept()
        self._show_plan(cluster, plan)
