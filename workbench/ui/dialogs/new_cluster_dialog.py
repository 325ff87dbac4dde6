"""A further cluster on this computer: its name, how many brokers, at which ports, in which colour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from workbench.cluster.plan import DEFAULT_PORT
from workbench.cluster.ports import free_port_from, is_port_free
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.documents import DocumentKey
from workbench.ui.theme import theme
from workbench.ui.view_models.new_cluster import BROKER_COUNTS, about, wanted_ports
from workbench.ui.view_models.workbench_model import LOCAL_NAME, LOCAL_RANK, WorkbenchModel
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.colour_choice import ColourChoice
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, row

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow

CLUSTER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class NewClusterDialog(Dialog):
    """Starts it beside those that run."""

    def __init__(self, parent: MainWindow, model: WorkbenchModel) -> None:
        super().__init__(parent, self.tr("New cluster here"), "run", "accent", 480)
        self._window, self._model = parent, model
        taken = {cluster.name for cluster in model.clusters}
        free_name = next(
            name for name in (LOCAL_NAME, *(f"{LOCAL_NAME}-{n}" for n in range(2, 100))) if name not in taken
        )
        self.name = QLineEdit(free_name)
        self.name.setAccessibleName(self.tr("Name of the cluster"))
        self.colour = ColourChoice((LOCAL_RANK, 3, 5, 6))
        choices = tuple((str(count), str(count)) for count in BROKER_COUNTS)
        self.brokers = Segmented(choices, "3", self.tr("Brokers"))
        self.port = QLineEdit(str(self._free_port(DEFAULT_PORT, 3)))
        self.port.setProperty("mono", True)
        self.port.setFixedWidth(theme().px(120))
        self.port.setAccessibleName(self.tr("First port"))
        self._about = label("", "help", wrap=True)
        self._reason = label("", "dim", wrap=True)
        self.go = Button(self.tr("Start the cluster"), "start", primary=True, on_click=self._start)
        body = column(
            label(self.tr("Name and colour"), "label"),
            row(self.name, self.colour, gap=8),
            label(self.tr("Brokers"), "label"),
            row(self.brokers, None),
            label(self.tr("First port"), "label"),
            row(self.port, self._reason, None),
            4,
            self._about,
            gap=7,
        )
        self.build(body, [self.cancel_button(), self.go])
        self.name.textChanged.connect(self._explain)
        self.port.textChanged.connect(self._explain)
        self.brokers.chosen.connect(self._count_changed)
        self._explain()

    def _count(self) -> int:
        return int(self.brokers.value())

    def _free_port(self, first: int, count: int) -> int:
        return free_port_from(first, lambda at: wanted_ports(at, count), is_port_free) or first

    def _count_changed(self, _count: str) -> None:
        if self._port_fault():
            self.port.setText(str(self._free_port(DEFAULT_PORT, self._count())))
        self._explain()

    def _port_fault(self) -> str:
        text = self.port.text().strip()
        if not text.isdigit() or not 1 <= int(text) <= 65_000:
            return self.tr("A number from 1 to 65000.")
        busy = next((port for port in wanted_ports(int(text), self._count()) if not is_port_free(port)), None)
        return self.tr("Port {} is in use.").format(busy) if busy is not None else ""

    def _explain(self) -> None:
        name = self.name.text().strip()
        reason = ""
        if not CLUSTER_NAME.fullmatch(name):
            reason = self.tr("A name of letters, digits, '.', '_' and '-', at most 40.")
        elif self._model.cluster(name) is not None:
            reason = self.tr("A cluster of that name is in the list.")
        port_fault = self._port_fault()
        self._reason.setText(port_fault or self.tr("free"))
        self.go.explain(reason or port_fault)
        self._about.setText(reason or about(self._count(), str(self._model.clusters_dir / name)))

    def _start(self) -> None:
        name, port = self.name.text().strip(), int(self.port.text())
        cluster = self._model.add_local(name, port, brokers=self._count(), rank=self.colour.value())
        self.accept()
        self._window.open_document(DocumentKey("overview", cluster.name))
