"""Where a topic's replicas should be: the brokers and how many; the plan shows the difference before anything moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox

from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.view_models import broker_plans
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.plan import Plan
from workbench.ui.view_models.reassignment import Move, bytes_to_copy, spread
from workbench.ui.widgets.badge import BrokerBadge
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, row
from workbench.ui.widgets.number_field import number_field

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow


class ReassignDialog(Dialog):
    """Chooses; the plan dialog does it."""

    def __init__(
        self, parent: MainWindow, cluster: ClusterModel, topic: str, show_plan: Callable[[ClusterModel, Plan], None]
    ) -> None:
        super().__init__(parent, self.tr("Move replicas of a topic"), "reassign", "accent", 520)
        self._cluster, self._show_plan = cluster, show_plan
        self._moves: tuple[Move, ...] = ()
        self.topic = QComboBox()
        self.topic.setAccessibleName(self.tr("Topic"))
        for known in cluster.topics:
            self.topic.addItem(known.name)
        wanted = topic or (cluster.user_topics[0].name if cluster.user_topics else "")
        self.topic.setCurrentText(wanted)
        most = max(1, len(cluster.brokers))
        self.copies = number_field(1, most, self.tr("Replicas of each partition"), width_px=72)
        self.brokers: dict[int, QCheckBox] = {}
        lines = column(gap=5)
        for broker in cluster.brokers:
            words = broker.address + (self.tr(", rack {}").format(broker.rack) if broker.rack else "")
            if broker.is_fenced:
                words += self.tr(", fenced")
            check = QCheckBox(words)
            check.setAccessibleName(self.tr("Broker {} may hold replicas").format(broker.node_id))
            check.setChecked(not broker.is_fenced)
            check.toggled.connect(self._work_out)
            self.brokers[broker.node_id] = check
            lines.addLayout(row(BrokerBadge(broker.node_id, cluster.series(broker.node_id)), check, None))
        self._found = label("", "help", wrap=True)
        self.go = Button(self.tr("Show the plan…"), "preview", primary=True, on_click=self._plan)
        body = column(
            label(self.tr("Topic"), "label"),
            self.topic,
            label(self.tr("Replicas of each partition"), "label"),
            row(self.copies, None),
            label(self.tr("On these brokers"), "label"),
            lines,
            4,
            self._found,
            gap=7,
        )
        self.build(body, [self.cancel_button(), self.go])
        self.topic.currentTextChanged.connect(self._topic_changed)
        self.copies.valueChanged.connect(self._work_out)
        self._topic_changed()

    def _topic_changed(self) -> None:
        topic = self._cluster.topic(self.topic.currentText())
        self.copies.setValue(topic.replication_factor if topic is not None else 1)
        self._work_out()

    def _work_out(self) -> None:
        topic = self._cluster.topic(self.topic.currentText())
        nodes = [node for node, check in self.brokers.items() if check.isChecked()]
        self._moves = ()
        if topic is None:
            self._say("", self.tr("Choose a topic."))
        elif self.copies.value() > len(nodes):
            chosen = counted(len(nodes), self.tr("{} is chosen"), self.tr("{} are chosen"))
            one, many = self.tr("{} replica needs a broker; {}."), self.tr("{} replicas need as many brokers; {}.")
            self._say("", counted(self.copies.value(), one, many, chosen))
        else:
            racks = {broker.node_id: broker.rack for broker in self._cluster.brokers}
            self._moves = spread(topic, nodes, self.copies.value(), racks)
            if not self._moves:
                self._say("", self.tr("Its replicas are laid out like this already."))
            else:
                words = counted(
                    len(self._moves),
                    self.tr("{} of {} changes, {} to copy."),
                    self.tr("{} of {} change, {} to copy."),
                    counts.partitions(topic.partition_count),
                    units.size(bytes_to_copy(self._moves)),
                )
                self._say(words, "")

    def _say(self, words: str, reason: str) -> None:
        self._found.setText(words or reason)
        self.go.explain(reason)

    def _plan(self) -> None:
        session = self._cluster.session
        if session is not None and self._moves:
            plan = broker_plans.reassign(session, self._cluster.bootstrap, self._moves)
            self.accept()
            self._show_plan(self._cluster, plan)
