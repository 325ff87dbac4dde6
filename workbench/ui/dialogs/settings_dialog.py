"""Settings: theme, time zone, data folder, ports; each with what it does; kept as soon as they are changed."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import available_timezones

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QCompleter, QFileDialog, QLineEdit, QWidget

from workbench.cluster.ports import is_port_free
from workbench.system.directories import user_data_directory
from workbench.ui.data_folder import choose_data_dir
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.theme import theme
from workbench.ui.view_models.new_cluster import BROKER_COUNTS
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.labels import label, set_tone
from workbench.ui.widgets.layouts import column, hairline, row
from workbench.ui.widgets.notice import Notice


class SettingsDialog(Dialog):
    """What needs a new start says so."""

    def __init__(self, parent: QWidget, model: WorkbenchModel) -> None:
        super().__init__(parent, self.tr("Settings"), "settings", "t2", 600)
        self._model = model
        preferences = model.preferences
        self._restart = Notice()
        look = Segmented(
            (("system", self.tr("As the desktop")), ("light", self.tr("Light")), ("dark", self.tr("Dark"))),
            preferences.get("theme"),
            self.tr("Theme"),
        )
        look.chosen.connect(lambda value: preferences.put("theme", value))
        self.zone = QLineEdit(preferences.get("time_zone"))
        self.zone.setAccessibleName(self.tr("Time zone"))
        self.zone.setPlaceholderText(self.tr("the computer's own"))
        self.zone.setFixedWidth(theme().px(240))
        self._zones = available_timezones()
        completer = QCompleter(sorted(self._zones), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.zone.setCompleter(completer)
        self._zone_note = label("", "help", tone="err")
        self.zone.textChanged.connect(self._zone_changed)
        self.folder = QLineEdit(str(model.data_dir))
        self.folder.setReadOnly(True)
        self.folder.setProperty("mono", True)
        self.folder.setAccessibleName(self.tr("Data folder"))
        choose = Button(self.tr("Choose…"), "folder", on_click=self._choose_folder)
        self.port = QLineEdit(preferences.get("first_port"))
        self.port.setProperty("mono", True)
        self.port.setFixedWidth(theme().px(96))
        self.port.setAccessibleName(self.tr("First port"))
        self._port_note = label("", "help")
        self.port.textChanged.connect(self._port_changed)
        self.brokers = Segmented(
            tuple((str(count), str(count)) for count in BROKER_COUNTS),
            preferences.get("brokers"),
            self.tr("Brokers of the cluster local"),
        )
        self.brokers.chosen.connect(lambda value: preferences.put("brokers", value))
        start = QCheckBox(self.tr("Start the cluster local with the window"))
        start.setAccessibleName(start.text())
        start.setChecked(preferences.is_on("start_clusters"))
        start.toggled.connect(lambda on: preferences.put("start_clusters", "yes" if on else "no"))
        internal = QCheckBox(self.tr("Show topics that Kafka keeps for itself"))
        internal.setAccessibleName(internal.text())
        internal.setChecked(preferences.is_on("show_internal"))
        internal.toggled.connect(lambda on: preferences.put("show_internal", "yes" if on else "no"))
        forget = Button(self.tr("Forget the layout"), "undo", on_click=self._forget_layout)
        folder_row = row(gap=8)
        folder_row.addWidget(self.folder, 1)
        folder_row.addWidget(choose)
        body = column(
            _setting(self.tr("Theme"), row(look, None)),
            _setting(
                self.tr("Time zone"),
                row(self.zone, self._zone_note, None),
                self.tr("For every time in the window; empty means the computer's own. Example: Europe/Berlin."),
            ),
            hairline(),
            _setting(
                self.tr("Data folder"),
                folder_row,
                self.tr("Clusters, settings and the log file lie in it. What is in the present one is not moved."),
            ),
            _setting(
                self.tr("First port of the cluster local"),
                row(self.port, self._port_note, None),
                self.tr("Brokers listen here and on the ports after it; their controllers 101 higher."),
            ),
            _setting(
                self.tr("Brokers of the cluster local"),
                row(self.brokers, None),
                self.tr("Counts when the cluster is made; one that is there keeps those it has."),
            ),
            hairline(),
            column(start, internal, gap=8),
            row(forget, None),
            self._restart,
            gap=12,
        )
        self.build(body, [self.cancel_button(self.tr("Close"))])
        self._port_changed(self.port.text())
        self._restart.show_text("")

    def _zone_changed(self, text: str) -> None:
        known = not text or text in self._zones
        self._zone_note.setText("" if known else self.tr("no zone is called that"))
        set_tone(self.zone, "state", "" if known else "err")
        if known:
            self._model.preferences.put("time_zone", text)

    def _port_changed(self, text: str) -> None:
        valid = text.isdigit() and 1 <= int(text) <= 65_400
        set_tone(self.port, "state", "" if valid else "err")
        if not valid:
            self._port_note.setText(self.tr("a number from 1 to 65,400"))
            return
        changed = text != self._model.preferences.get("first_port")
        self._model.preferences.put("first_port", text)
        own = any(text in cluster.bootstrap for cluster in self._model.clusters if cluster.embedded)
        free = own or is_port_free(int(text))
        self._port_note.setText(
            self.tr("in use by the cluster")
            if own
            else self.tr("free")
            if free
            else self.tr("in use by another program")
        )
        if changed:
            self._restart.show_text(self.tr("The port takes effect when the window is opened the next time."), "info")

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Data folder"), str(self._model.data_dir))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._folder_chosen)
        dialog.open()

    def _folder_chosen(self, text: str) -> None:
        try:
            choose_data_dir(user_data_directory(), Path(text))
        except OSError as error:
            self._restart.show_text(self.tr("The folder cannot be used: {}").format(error), "err")
            return
        self.folder.setText(text)
        self._restart.show_text(self.tr("The folder takes effect when the window is opened the next time."), "info")

    def _forget_layout(self) -> None:
        self._model.layouts.forget_all()
        self._restart.show_text(self.tr("The next start shows the window as at first."), "info")


def _setting(title: str, control: object, help_text: str = "") -> QWidget:
    box = column(label(title, "name"), gap=5)
    box.addLayout(control)  # type: ignore[arg-type]
    if help_text:
        box.addWidget(label(help_text, "help", wrap=True))
    frame = QWidget()
    frame.setLayout(box)
    return frame
