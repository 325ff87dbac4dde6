"""What an own broker is told: rack, port, log directories and settings; or the settings of every broker of the cluster.

Checked while it is typed, by the broker program itself; the plan shows the difference before anything is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.broker_contract.properties_file import PropertiesError, read_properties
from workbench.broker_contract.setting_faults import SettingFault
from workbench.client.errors import ClientError
from workbench.cluster.plan import own_settings, properties_path
from workbench.cluster.ports import is_port_free
from workbench.cluster.spec import BrokerSpec
from workbench.system.counting import counted
from workbench.system.known_error import KnownError
from workbench.ui import counts
from workbench.ui.bridge import Bridge
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.theme import theme
from workbench.ui.view_models import broker_form, cluster_work, own_broker_plans
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.plan import Plan
from workbench.ui.widgets.buttons import Button, IconButton, Segmented
from workbench.ui.widgets.labels import ElidedLabel, label, set_tone
from workbench.ui.widgets.layouts import clear, column, panel, row
from workbench.ui.widgets.settings_field import SettingsField

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow

CHECK_AFTER_MS = 200
ONE, EVERY = "one", "every"


class EditBrokerDialog(Dialog):
    """Changes nothing itself; the plan's job does."""

    def __init__(
        self, parent: MainWindow, cluster: ClusterModel, node_id: int, show_plan: Callable[[ClusterModel, Plan], None]
    ) -> None:
        super().__init__(parent, self.tr("Change broker {}").format(node_id), "config", "accent", 620)
        self._model, self._cluster, self._show_plan = parent.model, cluster, show_plan
        self._bridge: Bridge = parent.model.bridge
        self._local = cluster_work.opened(cluster)
        self._node_id = node_id
        self._before = self._local.spec.broker(node_id)
        self._own = own_settings(self._local.spec, self._before, self._written())
        self._chosen = list(self._before.log_directories)
        self._replicas: dict[str, int] | None = None
        self._faults: list[SettingFault] | None = None
        self.whose = Segmented(
            ((ONE, self.tr("Broker {}").format(node_id)), (EVERY, self.tr("Every broker"))),
            ONE,
            self.tr("Whom it concerns"),
        )
        self.rack = QLineEdit(self._before.rack or "")
        self.rack.setPlaceholderText(self.tr("none"))
        self.rack.setAccessibleName(self.tr("Rack"))
        self.port = QLineEdit(str(self._before.port))
        self.port.setProperty("mono", True)
        self.port.setFixedWidth(theme().px(96))
        self.port.setAccessibleName(self.tr("Port for clients"))
        self._port_note = label("", "help", tone="err")
        self._places = column(gap=4)
        self.place = QLineEdit()
        self.place.setProperty("mono", True)
        self.place.setPlaceholderText(f"broker-{node_id}-disk-2")
        self.place.setAccessibleName(self.tr("One more log directory"))
        self._place_note = label("", "help", tone="err", wrap=True)
        self.add_place = Button(self.tr("Add"), "add", on_click=self._add_place)
        self.settings = SettingsField(self.tr("Settings"))
        self._settings_note = label("", "help", wrap=True)
        self._reason = ElidedLabel("", token="t2")
        self.go = Button(self.tr("Show the plan…"), "preview", primary=True, on_click=self._plan)
        self._only_one = self._part_of_one()
        body = column(
            row(self.whose, None),
            self._only_one,
            label(self.tr("Settings"), "label"),
            self._settings_note,
            self.settings,
            gap=8,
        )
        self.build(body, [self.cancel_button(), self.go], panel(row(self._reason)))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(CHECK_AFTER_MS)
        self._later.timeout.connect(self._check)
        self.whose.chosen.connect(lambda _whose: self._show_whose())
        self.rack.textChanged.connect(self._explain)
        self.port.textChanged.connect(self._explain)
        self.place.textChanged.connect(self._explain)
        self.place.returnPressed.connect(self._add_place)
        self.settings.changed.connect(self._typed)
        self._show_places()
        self._show_whose()
        self._bridge.spawn(self._ask(), "what broker settings there are", owner=self)

    def _part_of_one(self) -> QWidget:
        add = row(gap=8)
        add.addWidget(self.place, 1)
        add.addWidget(self.add_place)
        rack = row(gap=8)
        rack.addWidget(self.rack, 1)
        return panel(
            column(
                row(
                    column(label(self.tr("Rack"), "label"), rack, gap=5),
                    column(label(self.tr("Port for clients"), "label"), row(self.port, self._port_note, None), gap=5),
                    gap=16,
                ),
                label(
                    self.tr("Replicas of a new topic are spread over racks; a consumer may read from its own rack."),
                    "help",
                    wrap=True,
                ),
                label(self.tr("Log directories"), "label"),
                self._places,
                add,
                self._place_note,
                gap=6,
            )
        )

    # -- what is there --------------------------------------------------------------------------------------------

    def _written(self) -> dict[str, str]:
        try:
            return read_properties(properties_path(self._local.folder, self._before))
        except (OSError, PropertiesError):
            return {}  # it never started: it has no file yet

    async def _ask(self) -> None:
        from workbench.cluster.settings_check import known_settings

        try:
            self.settings.offer(await known_settings())
        except KnownError as error:
            self.settings.show_fault(f"{error.sentence} {error.remedy}".strip(), None, "warn")
        session = self._cluster.session
        if session is None or len(self._chosen) < 2:
            return
        try:
            found = await session.log_directories()
        except ClientError:
            return
        if self._node_id in found:
            self._replicas = {place.path: place.replicas for place in found[self._node_id]}
            self._show_places()

    # -- what is typed --------------------------------------------------------------------------------------------

    @property
    def _whose(self) -> str:
        return self.whose.value()

    def _show_whose(self) -> None:
        one = self._whose == ONE
        self._only_one.setVisible(one)
        self._settings_note.setText(
            self.tr("For this broker alone, in its server.properties; they override those of every broker.")
            if one
            else counted(
                len(self._local.brokers),
                self.tr("In the server.properties of its only broker."),
                self.tr("In the server.properties of all {} brokers."),
            )
        )
        self.settings.text.setPlainText(broker_form.settings_text(self._own if one else self._local.spec.settings))
        self._typed()

    def _show_places(self) -> None:
        clear(self._places)
        for number, place in enumerate(self._chosen):
            shown = label(place, mono=True)
            shown.setToolTip(str((self._local.folder / place).absolute()))
            words = "" if place in self._before.log_directories else self.tr("new")
            line = row(gap=8)
            line.addWidget(shown, 1)
            line.addWidget(label(words or self._held(place), "dim"))
            drop = IconButton(
                "close", self.tr("Give the directory {} up").format(place), on_click=partial(self._drop_place, place)
            )
            drop.explain(broker_form.removal_fault(number, self._count(place)))
            line.addWidget(drop)
            self._places.addLayout(line)

    def _count(self, place: str) -> int | None:
        if place not in self._before.log_directories:
            return 0
        if self._replicas is None:
            return None
        return self._replicas.get(str((self._local.folder / place).absolute()))

    def _held(self, place: str) -> str:
        if place == self._chosen[0]:
            return self.tr("server.properties, metadata log")
        count = self._count(place)
        return "" if count is None else counts.replicas(count)

    def _add_place(self) -> None:
        text = self.place.text().strip()
        if not self._place_fault(text):
            self._chosen.append(text)
            self.place.clear()
            self._show_places()
            self._explain()

    def _drop_place(self, place: str) -> None:
        self._chosen.remove(place)
        self._show_places()
        self._explain()

    def _place_fault(self, text: str) -> str:
        if text in self._before.log_directories and text not in self._chosen:
            return ""  # just given up, taken back
        return broker_form.directory_fault(text, self._chosen, self._local.spec, self._local.folder)

    def _typed(self) -> None:
        self._faults = None
        self._later.start()
        self._explain()

    def _check(self) -> None:
        typed = broker_form.typed_settings(self.settings.text.toPlainText())
        self._bridge.spawn(self._judge(typed), "check broker settings", on_error=self._cannot_check, owner=self)

    async def _judge(self, typed: broker_form.TypedSettings) -> None:
        from workbench.cluster.settings_check import setting_faults

        beside = self._local.spec.settings
        found = await setting_faults(typed.settings, beside) if typed.settings else []
        if typed == broker_form.typed_settings(self.settings.text.toPlainText()):
            self._faults = found
            self._explain()

    def _cannot_check(self, error: BaseException) -> None:
        if self.is_there():
            self._faults = []
            self._explain()
            self.settings.show_fault(str(error), None, "warn")

    def _explain(self) -> None:
        place = self.place.text().strip()
        place_fault = self._place_fault(place)
        self._place_note.setText(place_fault if place else "")
        self._place_note.setVisible(bool(place and place_fault))
        self.add_place.explain(place_fault)
        port_fault = broker_form.port_fault(self.port.text().strip(), self._local.spec, self._node_id, is_port_free)
        self._port_note.setText(port_fault)
        set_tone(self.port, "state", "err" if port_fault else "")
        typed = broker_form.typed_settings(self.settings.text.toPlainText())
        sentence, line, refuses = broker_form.first_fault(typed, self._faults or ())
        if sentence:
            self.settings.show_fault(sentence, line, "err" if refuses else "warn")
        elif self._faults is not None:
            words = self.tr("Kafka accepts them.") if typed.settings else self.tr("Nothing beyond the defaults.")
            self.settings.show_fault(words, None, "ok")
        reason = ""
        if self._whose == ONE:
            reason = self.tr("The port: {}.").format(port_fault) if port_fault else ""
            rack = broker_form.rack_fault(self.rack.text())
            reason = reason or (self.tr("The rack: {}.").format(rack) if rack else "")
            if not reason and place:
                reason = self.tr("Add the directory, or empty its field.")
        if not reason and refuses:
            reason = self.tr("A setting is not acceptable.")
        if not reason and self._faults is None:
            reason = self.tr("The settings are being checked.")
        if not reason and self._is_same(typed):
            reason = self.tr("Nothing is changed yet.")
        self._reason.setText(reason)
        self.go.explain(reason)

    def _is_same(self, typed: broker_form.TypedSettings) -> bool:
        if self._whose == EVERY:
            return dict(typed.settings) == dict(self._local.spec.settings)
        return broker_form.is_same(self._before, self._described(typed), self._own)

    def _described(self, typed: broker_form.TypedSettings) -> BrokerSpec:
        text = self.port.text().strip()
        return replace(
            self._before,
            port=int(text) if text.isdigit() else self._before.port,
            rack=self.rack.text().strip() or None,
            log_directories=tuple(self._chosen),
            settings=dict(typed.settings),
        )

    # -- the plan -------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        typed = broker_form.typed_settings(self.settings.text.toPlainText())
        plan = self._plan_for_every(typed) if self._whose == EVERY else self._plan_for_one(typed)
        self.accept()
        self._show_plan(self._cluster, plan)

    def _plan_for_one(self, typed: broker_form.TypedSettings) -> Plan:
        after = self._described(typed)
        forgotten = broker_form.forgotten_settings(self._own, after.settings)
        folder = Path(self._local.folder)
        return own_broker_plans.change_broker(
            folder,
            self._before,
            after,
            self._own,
            self._cluster.topics,
            runs=self._local.brokers[self._node_id].phase.has_process,
            job=partial(cluster_work.change_broker, self._model, self._cluster, after, forgotten),
        )

    def _plan_for_every(self, typed: broker_form.TypedSettings) -> Plan:
        before = self._local.spec.settings
        running = [node for node, handle in self._local.brokers.items() if handle.phase.has_process]
        forgotten = broker_form.forgotten_settings(before, typed.settings)
        return own_broker_plans.change_every_broker(
            self._cluster.name,
            before,
            typed.settings,
            running,
            self._cluster.topics,
            job=partial(cluster_work.change_every_broker, self._cluster, dict(typed.settings), forgotten),
        )
