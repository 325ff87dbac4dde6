"""A snapshot that is to become a cluster of its own: its name, colour and ports."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from workbench.cluster.copies import Copy
from workbench.cluster.plan import DEFAULT_PORT
from workbench.cluster.ports import free_port_from, is_port_free
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.dialogs.new_cluster_dialog import CLUSTER_NAME
from workbench.ui.theme import theme
from workbench.ui.view_models import cluster_work, snapshot_plans
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.new_cluster import wanted_ports
from workbench.ui.view_models.plan import Plan
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.colour_choice import ColourChoice
from workbench.ui.widgets.labels import ElidedLabel, label, set_tone
from workbench.ui.widgets.layouts import column, panel, row

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow


class ForkDialog(Dialog):
    """Offers the first ports at which all of it fits, beside the cluster that it comes from."""

    def __init__(
        self, parent: MainWindow, cluster: ClusterModel, copy: Copy, show_plan: Callable[[ClusterModel, Plan], None]
    ) -> None:
        super().__init__(parent, self.tr("Fork “{}”").format(copy.name), "clone", "accent", 480)
        self._model, self._cluster, self._copy, self._show_plan = parent.model, cluster, copy, show_plan
        self._count = len(copy.spec.brokers)
        taken = {known.name for known in self._model.clusters}
        free_name = next(name for number in range(1, 1000) if (name := f"{cluster.name}-fork-{number}") not in taken)
        self.name = QLineEdit(free_name)
        self.name.setAccessibleName(self.tr("Name of the new cluster"))
        self.colour = ColourChoice((3, 5, 6, 7))
        self.port = QLineEdit(str(self._free_from(DEFAULT_PORT) or DEFAULT_PORT))
        self.port.setProperty("mono", True)
        self.port.setFixedWidth(theme().px(120))
        self.port.setAccessibleName(self.tr("First port"))
        self._ports = label("", "help", wrap=True)
        self._reason = ElidedLabel("", token="t2")
        self.go = Button(self.tr("Show the plan…"), "preview", primary=True, on_click=self._plan)
        body = column(
            label(self.tr("Name and colour"), "label"),
            row(self.name, self.colour, gap=8),
            label(self.tr("First port"), "label"),
            row(self.port, None),
            self._ports,
            gap=7,
        )
        self.build(body, [self.cancel_button(), self.go], panel(row(self._reason)))
        self.name.textChanged.connect(self._explain)
        self.port.textChanged.connect(self._explain)
        self._explain()

    def _known_ports(self) -> set[int]:
        """Of clusters in the list, stopped ones too: all of them shall be able to run side by side."""
        return {
            port
            for cluster in self._model.clusters
            if cluster.local is not None and cluster.local.cluster is not None
            for broker in cluster.local.cluster.spec.brokers
            for port in (broker.port, broker.controller_port)
        }

    def _free_from(self, first: int) -> int | None:
        known = self._known_ports()
        return free_port_from(
            first, lambda at: wanted_ports(at, self._count), lambda port: port not in known and is_port_free(port)
        )

    def _fault(self) -> str:
        name = self.name.text().strip()
        if not CLUSTER_NAME.fullmatch(name):
            return self.tr("A name of letters, digits, '.', '_' and '-', at most 40.")
        if self._model.cluster(name) is not None:
            return self.tr("A cluster of that name is in the list.")
        folder = self._model.clusters_dir / name
        if folder.exists() and any(folder.iterdir()):
            return self.tr("The folder {} is not empty.").format(folder)
        return ""

    def _port_fault(self) -> str:
        text = self.port.text().strip()
        if not text.isdigit() or not 1 <= int(text) <= 65_000:
            return self.tr("The port: a number from 1 to 65000.")
        known = self._known_ports()
        for port in wanted_ports(int(text), self._count):
            if port in known:
                return self.tr("Port {} belongs to a cluster in the list.").format(port)
            if not is_port_free(port):
                return self.tr("Port {} is in use.").format(port)
        return ""

    def _explain(self) -> None:
        fault, port_fault = self._fault(), self._port_fault()
        set_tone(self.name, "state", "err" if fault else "")
        set_tone(self.port, "state", "err" if port_fault else "")
        if not port_fault:
            ports = ", ".join(map(str, wanted_ports(int(self.port.text()), self._count)))
            self._ports.setText(self.tr("Brokers and controllers listen on {}.").format(ports))
        self._reason.setText(fault or port_fault)
        self.go.explain(fault or port_fault)

    def _plan(self) -> None:
        local = self._cluster.local
        assert local is not None
        name, port = self.name.text().strip(), int(self.port.text())
        plan = snapshot_plans.fork(
            local.folder,
            self._copy,
            self._model.clusters_dir / name,
            port,
            job=partial(
                cluster_work.fork, self._model, self._cluster, self._copy.name, name, port, self.colour.value()
            ),
        )
        self.accept()
        self._show_plan(self._cluster, plan)
