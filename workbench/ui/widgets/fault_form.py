"""The form that makes something go wrong: kind, broker, peer, how much, for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from workbench.broker_contract.messages import CLIENTS
from workbench.ui.theme import theme
from workbench.ui.view_models.faults_model import DURATIONS_S, FAULT_CHOICES, FaultChoice, FaultRequest
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, row
from workbench.ui.widgets.number_field import number_field

MAX_DELAY_MS = 24 * 3_600_000
FIELD_PX = 200


class FaultForm(QWidget):
    """`begin_wanted` carries a `FaultRequest`; `why_not` explains why the present one is impossible."""

    begin_wanted = Signal(object)

    def __init__(self, why_not: Callable[[FaultRequest], str]) -> None:
        super().__init__()
        self._why_not = why_not
        self._directories: Mapping[int, Sequence[str]] = {}
        self.kind = self._combo(self.tr("What goes wrong"))
        for choice in FAULT_CHOICES:
            self.kind.addItem(
                theme().icon(choice.icon), QCoreApplication.translate("faults", choice.title), choice.kind
            )
        self.broker = self._combo(self.tr("Broker"))
        self.peer = self._combo(self.tr("The other end of the link"))
        self.directory = self._combo(self.tr("Log directory"))
        self.delay = number_field(-MAX_DELAY_MS, MAX_DELAY_MS, "", value=0, width_px=FIELD_PX)
        self.delay.setSuffix(" ms")
        self.delay.setGroupSeparatorShown(True)
        self.delay.setSingleStep(100)
        self.duration = self._combo(self.tr("For how long"))
        for seconds, words in DURATIONS_S:
            self.duration.addItem(QCoreApplication.translate("faults", words), seconds)
        self.duration.setCurrentIndex(2)
        self._delay_label = label("", "label")
        self._lines = {
            "peer": (label(self.tr("To"), "label"), self.peer),
            "directory": (label(self.tr("Directory"), "label"), self.directory),
            "delay": (self._delay_label, self.delay),
        }
        self._expect = label("", "help", wrap=True)
        self._reason = label("", "dim", wrap=True)
        self.go = Button(self.tr("Begin"), "fault", primary=True, on_click=self._begin)
        box = column(gap=6)
        box.addLayout(self._line(label(self.tr("Fault"), "label"), self.kind))
        box.addLayout(self._line(label(self.tr("Broker"), "label"), self.broker))
        for name, field in self._lines.values():
            box.addLayout(self._line(name, field))
        box.addLayout(self._line(label(self.tr("For"), "label"), self.duration))
        box.addWidget(self._expect)
        box.addLayout(row(self.go, None))
        box.addWidget(self._reason)
        self.setLayout(box)
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self.broker.currentIndexChanged.connect(self._broker_changed)
        for combo in (self.peer, self.directory, self.duration):
            combo.currentIndexChanged.connect(self.explain)
        self.delay.valueChanged.connect(self.explain)
        self._kind_changed()

    def show_brokers(self, directories: Mapping[int, Sequence[str]]) -> None:
        """Brokers by node id with their log directories."""
        if dict(directories) == dict(self._directories):
            self.explain()
            return
        chosen = self.broker.currentData()
        self._directories = dict(directories)
        self.broker.blockSignals(True)
        self.broker.clear()
        for node in directories:
            self.broker.addItem(self.tr("broker {}").format(node), node)
        self.broker.setCurrentIndex(max(0, self.broker.findData(chosen)))
        self.broker.blockSignals(False)
        self._broker_changed()

    def choose(self, kind: str, node_id: int | None = None) -> None:
        """Chooses a kind, and a broker if one is named."""
        place = self.kind.findData(kind)
        if place >= 0:
            self.kind.setCurrentIndex(place)
        if node_id is not None and self.broker.findData(node_id) >= 0:
            self.broker.setCurrentIndex(self.broker.findData(node_id))
        self.kind.setFocus()

    def request(self) -> FaultRequest:
        """What the form says now."""
        choice = self._choice()
        return FaultRequest(
            choice.kind,
            self.broker.currentData(),
            self.peer.currentData() if choice.needs_peer else None,
            self.delay.value() if choice.needs_delay else 0,
            str(self.directory.currentData() or "") if choice.needs_directory else "",
            self.duration.currentData(),
        )

    def explain(self) -> None:
        """Tells beside the button why the fault cannot begin."""
        reason = self._why_not(self.request())
        self.go.explain(reason)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    def _begin(self) -> None:
        self.begin_wanted.emit(self.request())

    def _choice(self) -> FaultChoice:
        return FAULT_CHOICES[max(0, self.kind.currentIndex())]

    def _combo(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setFixedWidth(theme().px(FIELD_PX))
        return made

    def _line(self, name: QWidget, field: QWidget) -> QHBoxLayout:
        name.setFixedWidth(theme().px(64))
        return row(name, field, None, gap=8)

    def _kind_changed(self) -> None:
        choice = self._choice()
        wanted = {"peer": choice.needs_peer, "delay": choice.needs_delay, "directory": choice.needs_directory}
        for key, (name, field) in self._lines.items():
            name.setVisible(wanted[key])
            field.setVisible(wanted[key])
        if choice.needs_delay:
            words = QCoreApplication.translate("faults", choice.delay_words)
            self._delay_label.setText(words)
            self.delay.setAccessibleName(words)
            self.delay.setMinimum(-MAX_DELAY_MS if choice.kind == "clock skew" else 1)
            self.delay.setValue(choice.delay_ms)
        self._expect.setText(QCoreApplication.translate("faults", choice.expect))
        self.explain()

    def _broker_changed(self) -> None:
        node = self.broker.currentData()
        chosen = self.peer.currentData()
        self.peer.blockSignals(True)
        self.peer.clear()
        for other in self._directories:
            if other != node:
                self.peer.addItem(self.tr("broker {}").format(other), other)
        self.peer.addItem(self.tr("all clients"), CLIENTS)
        self.peer.setCurrentIndex(max(0, self.peer.findData(chosen)))
        self.peer.blockSignals(False)
        self.directory.blockSignals(True)
        self.directory.clear()
        for path in self._directories.get(node, ()):
            self.directory.addItem(path.rpartition("/")[2], path)
            self.directory.setItemData(self.directory.count() - 1, path, 3)
        self.directory.blockSignals(False)
        self.explain()
