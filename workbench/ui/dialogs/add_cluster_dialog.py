"""Connects to a foreign cluster: bootstrap servers, name, colour, read-only."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit

from workbench.client.errors import ClientError
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.documents import DocumentKey
from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.colour_choice import ColourChoice
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, row
from workbench.ui.widgets.notice import Notice


class AddClusterDialog(Dialog):
    """Tests the connection before the cluster is added; what is wrong is said here."""

    def __init__(self, parent: MainWindow, model: WorkbenchModel) -> None:
        super().__init__(parent, self.tr("Connect to a cluster"), "connect", "accent", 480)
        self._window, self._model = parent, model
        self.address = QLineEdit()
        self.address.setProperty("mono", True)
        self.address.setPlaceholderText("host1:9092,host2:9092")
        self.address.setAccessibleName(self.tr("Bootstrap servers"))
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("staging"))
        self.name.setAccessibleName(self.tr("Name of the cluster"))
        self.colour = ColourChoice((3, 5, 6, 7, 0, 1, 2))
        self.locked = QCheckBox(self.tr("Read-only until I unlock it"))
        self.locked.setAccessibleName(self.locked.text())
        self.locked.setChecked(True)
        self._answer = Notice()
        self._go = Button(self.tr("Test and connect"), "connect", primary=True, on_click=self._test)
        body = column(
            label(self.tr("Bootstrap servers"), "label"),
            self.address,
            4,
            label(self.tr("Name and colour"), "label"),
            row(self.name, self.colour),
            4,
            self.locked,
            4,
            self._answer,
            gap=5,
        )
        self.build(body, [self.cancel_button(), self._go])
        self.address.textChanged.connect(lambda _text: self._explain())
        self.name.textChanged.connect(lambda _text: self._explain())
        self._explain()
        self.address.setFocus()

    def _name(self) -> str:
        return self.name.text().strip() or self.address.text().split(",")[0].strip()

    def _explain(self) -> None:
        reason = ""
        if ":" not in self.address.text():
            reason = self.tr("Bootstrap servers are host:port, several separated by commas.")
        elif self._model.cluster(self._name()) is not None:
            reason = self.tr("A cluster of that name is in the list.")
        self._go.explain(reason)

    def _test(self) -> None:
        self._go.explain(self.tr("Connecting."))
        self._answer.show_text(self.tr("Connecting to {}").format(self.address.text().strip()), "info")
        self._model.bridge.spawn(self._connect(), "test of a connection", on_error=self._failed)

    async def _connect(self) -> None:
        from workbench.client.session import ClusterSession

        session = ClusterSession(self.address.text().strip())
        try:
            await session.connect()
        finally:
            await session.close()
        if not self.is_there():
            return
        cluster = self._model.add_remote(
            self._name(),
            self.address.text().strip(),
            read_only=self.locked.isChecked(),
            rank=self.colour.value(),
            keep=True,
        )
        self.accept()
        self._window.open_document(DocumentKey("overview", cluster.name))

    def _failed(self, error: BaseException) -> None:
        if not self.is_there():
            return
        self._explain()
        if isinstance(error, ClientError):
            self._answer.show_text(f"{error.sentence} {error.remedy}".strip(), "err", error.code)
        else:
            self._answer.show_text(str(error), "err")
