"""Asks how many partitions a topic shall have, then shows the plan."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from workbench.client.model import TopicInfo
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.view_models import topic_plans
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.plan import Plan
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, row
from workbench.ui.widgets.number_field import number_field

MAX_PARTITIONS = 10_000


class AddPartitionsDialog(Dialog):
    """The total is asked, as Kafka asks it."""

    def __init__(
        self, parent: QWidget, cluster: ClusterModel, topic: TopicInfo, show_plan: Callable[[ClusterModel, Plan], None]
    ) -> None:
        super().__init__(parent, self.tr("Add partitions to {}").format(topic.name), "partition", "accent", 440)
        self._cluster, self._topic, self._show_plan = cluster, topic, show_plan
        self.total = number_field(topic.partition_count + 1, MAX_PARTITIONS, self.tr("Partitions in all"))
        body = column(
            label(self.tr("Partitions in all"), "label"),
            row(self.total, label(self.tr("now {}").format(topic.partition_count), "help"), None),
            gap=5,
        )
        go = Button(self.tr("See the plan"), "preview", primary=True, on_click=self._plan)
        self.build(body, [self.cancel_button(), go])

    def _plan(self) -> None:
        session = self._cluster.session
        if session is None:
            return
        plan = topic_plans.add_partitions(session, self._cluster.bootstrap, self._topic, self.total.value())
        self.accept()
        self._show_plan(self._cluster, plan)
