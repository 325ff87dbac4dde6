"""Creates a topic: name, partitions, replication, configs with what they do; then its plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.theme import theme
from workbench.ui.view_models import topic_plans
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.config_rows import in_words
from workbench.ui.view_models.plan import Plan
from workbench.ui.view_models.topic_configs import BY_KEY, OFFERED
from workbench.ui.widgets.buttons import Button, IconButton
from workbench.ui.widgets.labels import label, set_tone
from workbench.ui.widgets.layouts import clear, column, row
from workbench.ui.widgets.number_field import number_field

MAX_PARTITIONS = 10_000
ShowPlan = Callable[[ClusterModel, Plan], None]


class CreateTopicDialog(Dialog):
    """The plan is shown when the form is whole; the broker checks it there before anything is written."""

    def __init__(self, parent: QWidget, cluster: ClusterModel, show_plan: ShowPlan) -> None:
        super().__init__(parent, self.tr("Create topic"), "add", "accent", 620)
        self._cluster, self._show_plan = cluster, show_plan
        self._configs: dict[str, str] = {}
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the topic"))
        self.name.setPlaceholderText(self.tr("orders"))
        self._fault = label("", "help", tone="err", wrap=True)
        self.partitions = number_field(
            1, MAX_PARTITIONS, self.tr("Partitions"), value=1 if len(cluster.brokers) <= 1 else 3
        )
        brokers = max(1, len(cluster.brokers))
        self.replication = number_field(1, brokers, self.tr("Replication"), value=min(3, brokers))
        replicas_note = (
            self.tr("The cluster has one broker, so one replica.")
            if brokers == 1
            else self.tr("At most {}, one for each broker.").format(brokers)
        )
        self.key = QComboBox()
        self.key.setEditable(True)
        self.key.setAccessibleName(self.tr("Configuration key"))
        self.key.setMinimumWidth(theme().px(240))
        self.key.addItems([config.key for config in OFFERED])
        self.value = QComboBox()
        self.value.setEditable(True)
        self.value.setAccessibleName(self.tr("Value of the configuration key"))
        self.value.setMinimumWidth(theme().px(150))
        self._add = Button(self.tr("Add"), "add", on_click=self._add_config)
        self._about = label("", "help", wrap=True)
        self._about.setMinimumHeight(theme().px(34))
        self._chosen = column(gap=4)
        self._go = Button(self.tr("See the plan"), "preview", primary=True, on_click=self._plan)
        body = column(
            label(self.tr("Name"), "label"),
            self.name,
            self._fault,
            4,
            row(
                column(label(self.tr("Partitions"), "label"), self.partitions, gap=4),
                column(label(self.tr("Replication"), "label"), self.replication, gap=4),
                None,
                gap=16,
            ),
            label(
                self.tr("Consumers of a group share partitions: as many can read at once. More can be added later, ")
                + self.tr("never fewer. ")
                + replicas_note,
                "help",
                wrap=True,
            ),
            6,
            label(self.tr("Configuration, where it shall differ from Kafka's defaults"), "label"),
            row(self.key, self.value, self._add, None),
            self._about,
            self._chosen,
            gap=5,
        )
        self.build(body, [self.cancel_button(), self._go])
        self.name.textChanged.connect(lambda _text: self._check())
        self.name.returnPressed.connect(self._plan)
        self.key.currentTextChanged.connect(self._show_key)
        self._show_key(self.key.currentText())
        self._check()
        self.name.setFocus()

    def _check(self) -> None:
        existing = frozenset(topic.name for topic in self._cluster.topics)
        text = self.name.text()
        fault = topic_plans.name_fault(text, existing)
        self._fault.setText(fault if text else "")
        self._fault.setVisible(bool(text and fault))
        set_tone(self.name, "state", "" if not text else "err" if fault else "ok")
        self._go.explain(fault)

    def _show_key(self, key: str) -> None:
        offered = BY_KEY.get(key.strip())
        self.value.clear()
        if offered is None:
            self._about.setText(self.tr("Any key that the broker knows can be typed; it checks key and value."))
            return
        self.value.addItems(list(offered.choices) or [offered.default])
        self.value.setCurrentText(offered.default)
        words = QCoreApplication.translate("topic_configs", offered.about)
        self._about.setText(self.tr("{} Default: {}.").format(words, in_words(offered.key, offered.default)))

    def _add_config(self) -> None:
        key, value = self.key.currentText().strip(), self.value.currentText().strip()
        if key:
            self._configs[key] = value
            self._show_configs()

    def _show_configs(self) -> None:
        clear(self._chosen)
        for key, value in self._configs.items():
            words = in_words(key, value)
            self._chosen.addLayout(
                row(
                    label(f"{key}={value}", mono=True),
                    label(words if words != value else "", "dim"),
                    None,
                    IconButton(
                        "close", self.tr("Leave {} at its default").format(key), on_click=partial(self._drop, key)
                    ),
                )
            )

    def _drop(self, key: str) -> None:
        self._configs.pop(key, None)
        self._show_configs()

    def _plan(self) -> None:
        session = self._cluster.session
        if session is None or not self._go.isEnabled():
            return
        plan = topic_plans.create_topic(
            session,
            self._cluster.bootstrap,
            self.name.text(),
            self.partitions.value(),
            self.replication.value(),
            dict(self._configs),
        )
        self.accept()
        self._show_plan(self._cluster, plan)
