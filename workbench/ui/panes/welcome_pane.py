"""The page where no cluster is there yet, or none could start: run one here, or connect to one."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QWidget

from workbench.cluster.ports import free_port_from, is_port_free
from workbench.ui import counts, units
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.data_plans import free_bytes
from workbench.ui.view_models.new_cluster import BROKER_COUNTS, MEMORY_OF_BROKER_MIB, wanted_ports
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.colour_choice import ColourChoice
from workbench.ui.widgets.labels import IconLabel, label
from workbench.ui.widgets.layouts import ScrollColumn, column, panel, row
from workbench.ui.widgets.notice import Notice

MOST_PORTS = 110
"""From the first client port to the last controller's, nine brokers at most."""


class WelcomePane(Pane):
    """Two cards; nothing leaves this computer."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.setObjectName("frame")
        self._failure = Notice()
        headline = label(self.tr("Kafka, in one window"), "headline")
        about = label(
            self.tr("Run a real cluster on this computer, or look into any other. Nothing leaves this computer."),
            "second",
        )
        cards = row(self._run_card(), self._connect_card(), gap=16)
        self._disk_icon = IconLabel("ok", "ok", 14)
        self._disk = label("", "help")
        computer = row(label(self.tr("This computer"), "label"), 8, self._disk_icon, self._disk, None, gap=6)
        body = column(headline, about, 10, self._failure, cards, 4, computer, gap=8)
        page = QWidget()
        page.setObjectName("canvas")
        page.setMaximumWidth(theme().px(860))
        page.setLayout(body)
        scroll = ScrollColumn(margins=(24, 40, 24, 24))
        scroll.box.addStretch(1)
        middle = row(None, gap=0)
        middle.addWidget(page, 10)
        middle.addStretch(1)
        scroll.box.addLayout(middle)
        scroll.box.addStretch(2)
        self.setLayout(column(scroll, gap=0))
        self.port.textChanged.connect(lambda _text: self._check_port())
        self.address.textChanged.connect(lambda _text: self._explain())
        context.model.clusters_changed.connect(self._explain)
        self._explain()

    def shown(self) -> None:
        """Looks at ports, disk and what failed."""
        super().shown()
        self._show_count()
        self._check_port()
        self.context.bridge.spawn(self._look_at_disk(), "look at the disk", owner=self)
        failed = [cluster for cluster in self.context.model.clusters if cluster.state is ClusterState.FAILED]
        if failed and failed[0].failure is not None:
            error = failed[0].failure
            self._failure.show_text(f"{error.sentence} {error.remedy}".strip(), "err")
            free = getattr(error, "free_port", None)
            if free is not None:
                self.port.setText(str(free))
        else:
            self._failure.show_text("")

    def _run_card(self) -> QFrame:
        self.port = QLineEdit(self.context.model.preferences.get("first_port"))
        self.port.setProperty("mono", True)
        self.port.setFixedWidth(theme().px(120))
        self.port.setAccessibleName(self.tr("Port of the broker"))
        choices = tuple((str(count), str(count)) for count in BROKER_COUNTS)
        self.brokers = Segmented(choices, self.context.model.preferences.get("brokers"), self.tr("Brokers"))
        self.brokers.chosen.connect(self._count_changed)
        self._why_so_many = label("", "help", wrap=True)
        self._why_so_many.hide()
        self._costs = label(self._costs_of(self.brokers.value()), "dim")
        self._port_icon = IconLabel("ok", "ok", 14)
        self._port_words = label("", "help")
        folder = QLineEdit(str(self.context.model.clusters_dir / "local"))
        folder.setProperty("mono", True)
        folder.setReadOnly(True)
        folder.setCursorPosition(0)  # where it begins says more than where it ends
        folder.setToolTip(folder.text())
        folder.setAccessibleName(self.tr("Data folder, to be changed in the settings"))
        change = Button(
            self.tr("Change it in the settings"),
            link=True,
            on_click=lambda: self.context.run_action("settings.open", ""),
        )
        self._start = Button(self.tr("Start the cluster"), "start", primary=True, on_click=self._start_local)
        box = column(
            row(IconLabel("run", "accent", 20), label(self.tr("Run a cluster here"), "title"), None, gap=9),
            label(
                self.tr(
                    "Real brokers with Kafka's own protocol and files. Stop or kill one and see what follows. "
                    "No Docker, no Java."
                ),
                "second",
                wrap=True,
            ),
            6,
            label(self.tr("Brokers"), "label"),
            row(self.brokers, None),
            self._why_so_many,
            label(self.tr("First port"), "label"),
            row(self.port, self._port_icon, self._port_words, None),
            label(self.tr("Data folder"), "label"),
            folder,
            row(change, None),
            None,
            row(self._start, None),
            self._costs,
            gap=7,
            margins=(24, 20, 24, 18),
        )
        card = panel(box, "card")
        card.setProperty("chosen", True)
        card.setMinimumHeight(theme().px(400))
        return card

    def _connect_card(self) -> QFrame:
        self.address = QLineEdit()
        self.address.setProperty("mono", True)
        self.address.setPlaceholderText("host1:9092,host2:9092")
        self.address.setAccessibleName(self.tr("Bootstrap servers"))
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("staging"))
        self.name.setAccessibleName(self.tr("Name of the cluster"))
        self.colour = ColourChoice((3, 5, 6, 7))
        self.locked = QCheckBox(self.tr("Read-only until I unlock it"))
        self.locked.setAccessibleName(self.locked.text())
        self.locked.setChecked(True)
        self._connect = Button(self.tr("Connect"), "connect", on_click=self._add_remote)
        box = column(
            row(IconLabel("connect", "t2", 20), label(self.tr("Connect to a cluster"), "title"), None, gap=9),
            label(
                self.tr("Apache Kafka, Redpanda, Confluent, MSK, Strimzi: whatever speaks Kafka's protocol."),
                "second",
                wrap=True,
            ),
            6,
            label(self.tr("Bootstrap servers"), "label"),
            self.address,
            label(self.tr("Name and colour"), "label"),
            row(self.name, self.colour, gap=8),
            4,
            self.locked,
            None,
            row(self._connect, None),
            label(self.tr("Says what is wrong, advertised listeners included"), "dim"),
            gap=7,
            margins=(24, 20, 24, 18),
        )
        card = panel(box, "card")
        card.setMinimumHeight(theme().px(400))
        return card

    def _present_count(self) -> int | None:
        """How many brokers the cluster here has; None while that can still be chosen."""
        cluster = self.context.model.cluster(self.context.model.local_name)
        opened = cluster.local.cluster if cluster is not None and cluster.local is not None else None
        return len(opened.spec.brokers) if opened is not None and opened.was_started else None

    def _show_count(self) -> None:
        present = self._present_count()
        self.brokers.setEnabled(present is None)
        self._why_so_many.setVisible(present is not None)
        if present is not None:
            self.brokers.choose(str(present))
            words = self.tr("The cluster in this folder has {}; when it runs, add some or take some out.")
            self._why_so_many.setText(words.format(counts.brokers(present)))
            self.brokers.setToolTip(self._why_so_many.text())
        self._costs.setText(self._costs_of(str(present or self.brokers.value())))

    def _count_changed(self, count: str) -> None:
        self._costs.setText(self._costs_of(count))
        self._check_port()

    def _costs_of(self, count: str) -> str:
        seconds = 1 if int(count) <= 3 else 2
        return self.tr("About {} s, {} MB of memory").format(seconds, int(count) * MEMORY_OF_BROKER_MIB)

    def _port(self) -> int | None:
        text = self.port.text().strip()
        return int(text) if text.isdigit() and 1 <= int(text) <= 65_535 - MOST_PORTS else None

    def _check_port(self) -> None:
        port = self._port()
        if port is None:
            self._say_port("error", "err", self.tr("a number from 1 to {}").format(65_535 - MOST_PORTS))
            return
        count = self._present_count() or int(self.brokers.value())
        if all(is_port_free(number) for number in wanted_ports(port, count)):
            self._say_port("ok", "ok", self.tr("free"))
            return
        free = free_port_from(port + 1, lambda first: wanted_ports(first, count), is_port_free)
        words = self.tr("in use; {} is free").format(free) if free is not None else self.tr("in use")
        self._say_port("error", "err", words)

    def _say_port(self, icon: str, tone: str, words: str) -> None:
        self._port_icon.show_icon(icon, tone)
        self._port_words.setText(words)
        self._start.explain("" if tone == "ok" else self.tr("The port: {}").format(words))

    async def _look_at_disk(self) -> None:
        free = await asyncio.to_thread(free_bytes, self.context.model.data_dir)
        enough = free is not None and free > 1024**3
        self._disk_icon.show_icon(*(("ok", "ok") if enough else ("warning", "warn")))
        self._disk.setText(self.tr("{} of disk free").format(units.size(free)))

    def _explain(self) -> None:
        taken = {cluster.name for cluster in self.context.model.clusters}
        reason = ""
        if ":" not in self.address.text():
            reason = self.tr("Bootstrap servers are host:port, several separated by commas.")
        elif self._name() in taken:
            reason = self.tr("A cluster of that name is in the list.")
        self._connect.explain(reason)

    def _name(self) -> str:
        return self.name.text().strip() or self.address.text().split(",")[0].strip()

    def _start_local(self) -> None:
        port = self._port()
        if port is None:
            return
        self.context.model.preferences.put("first_port", str(port))
        self.context.model.preferences.put("brokers", self.brokers.value())
        count = self._present_count() or int(self.brokers.value())
        cluster = self.context.model.add_local(port=port, brokers=count)
        self.context.open_document(DocumentKey("overview", cluster.name))

    def _add_remote(self) -> None:
        cluster = self.context.model.add_remote(
            self._name(),
            self.address.text().strip(),
            read_only=self.locked.isChecked(),
            rank=self.colour.value(),
            keep=True,
        )
        self.context.open_document(DocumentKey("overview", cluster.name))
