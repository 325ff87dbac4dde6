"""Overview: brokers as cards, partitions as a matrix under them, what is wrong in the inspector."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.overview_inspector import OverviewInspector
from workbench.ui.panes.pane import Inspected, Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.broker_cards import broker_cards
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.replica_rows import replica_rows
from workbench.ui.view_models.replication_traffic import replication_links
from workbench.ui.widgets.badge import ReplicaBadge, ReplicaMark
from workbench.ui.widgets.broker_card import HEIGHT_PX, BrokerCard
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import ScrollColumn, column, focus_next, hairline, panel, row
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.replica_matrix import NAME_PX, ReplicaMatrix, column_rects
from workbench.ui.widgets.replication_links import ReplicationLinks

MATRIX_ROWS = 5_000
FILLED_AFTER_MS = 15


class _CardRow(QWidget):
    """Legend at the left, cards over the columns of the matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[BrokerCard] = []
        marks = (
            (ReplicaMark.LEADER, self.tr("leader")),
            (ReplicaMark.IN_SYNC, self.tr("in sync")),
            (ReplicaMark.OUT_OF_SYNC, self.tr("out of sync")),
            (ReplicaMark.NO_LEADER, self.tr("no leader")),
        )
        lines = [row(ReplicaBadge(mark), label(words, "help"), None, gap=7) for mark, words in marks]
        self.legend = panel(column(label(self.tr("Replicas"), "label"), *lines, None, gap=3))
        self.legend.setParent(self)
        self.setFixedHeight(theme().px(HEIGHT_PX + 8))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()

    def place(self) -> None:
        """Puts every card over its column."""
        px = theme().px
        self.legend.setGeometry(px(12), px(4), px(NAME_PX - 6), px(HEIGHT_PX))
        for card, (left, width) in zip(self.cards, column_rects(self.width(), len(self.cards)), strict=True):
            card.setGeometry(left, px(4), width, px(HEIGHT_PX))
            card.show()

    def sizeHint(self) -> QSize:
        return QSize(600, theme().px(HEIGHT_PX + 8))


class OverviewPane(Pane):
    """The first document of a cluster."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self.setObjectName("pane")
        self._filled = False
        self._code = Button(self.tr("Connect your program"), "code", on_click=lambda: self._act("program.connect"))
        self._create = Button(self.tr("Create topic"), "add", on_click=lambda: self._act("topic.create"))
        self._faults = Button(self.tr("Faults"), "fault", on_click=lambda: self._act("faults.open"))
        self._roll = Button(self.tr("Rolling restart"), "restart", on_click=lambda: self._act("cluster.roll"))
        self._add = Button(self.tr("Add broker"), "add", on_click=lambda: self._act("broker.add"))
        actions = (self._code, self._create, self._faults, self._roll, self._add)
        self.header = PaneHeader(self.tr("Overview"), actions=actions)
        self.links = ReplicationLinks()
        self._notice = Notice()
        self._notice_box = panel(column(self._notice, margins=(12, 8, 12, 8)))
        self._card_row = _CardRow()
        self._cards: dict[int, BrokerCard] = {}
        self.matrix = ReplicaMatrix()
        self.matrix.opened.connect(lambda topic: context.open_document(DocumentKey("topic", self.cluster.name, topic)))
        scroll = ScrollColumn()
        scroll.box.addWidget(self.matrix)
        scroll.box.addStretch(1)
        self._nothing = EmptyState("topic", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll)
        self._stack.addWidget(self._nothing)
        self._help = ElidedLabel(
            self.tr("Number: end offset of the leader, or what a lost replica misses. Bar: how much it has."),
            token="t3",
            font=theme().text(12),
        )
        self._internal = Button("", link=True, on_click=lambda: self._act("view.internal"))
        self._internal.hide()
        foot = panel(row(self._help, None, self._internal, margins=(12, 0, 12, 0)), "footer", height=24)
        box = column(self.header, self._notice_box, self._card_row, self.links, hairline(), gap=0)
        box.addWidget(self._stack, 1)
        box.addWidget(foot)
        self.setLayout(box)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._show_cards)
        self._inspector = OverviewInspector(self.cluster, context.run_action, context.open_document)
        context.model.preferences.changed.connect(self._preference_changed)
        self.cluster.state_changed.connect(self._refresh_if_shown)
        self.cluster.changed.connect(self._refresh_if_shown)

    def shown(self) -> None:
        """Lags are shown beside it."""
        super().shown()
        self.cluster.watch_lag(self)
        self._clock.start()
        if self._filled:
            self._refresh()
        else:
            # Making the pane, filling and painting it all at once is a stall that an eye sees.
            QTimer.singleShot(FILLED_AFTER_MS, self, self._refresh_if_shown)

    def left(self) -> None:
        """Nobody looks at the lags here."""
        super().left()
        self.cluster.unwatch_lag(self)
        self._clock.stop()

    def inspected(self) -> Inspected:
        """Problems, or what was found well."""
        title, icon, tone, note = self._inspector.head()
        return Inspected(title, icon, tone, note, self._inspector)

    def _act(self, action: str, argument: str = "") -> None:
        self.context.run_action(action, argument)

    def _preference_changed(self, _key: str) -> None:
        self._refresh()

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _refresh(self) -> None:
        self._filled = True
        cluster = self.cluster
        self.header.show_facts(self._facts())
        self._show_notice()
        self._show_cards()
        internal = self.context.model.preferences.is_on("show_internal")
        topics = cluster.topics if internal else cluster.user_topics
        nodes = cluster.node_ids
        rows = replica_rows(topics, nodes, cluster.replica_memory)[:MATRIX_ROWS]
        self.links.show_links(replication_links(cluster), len(nodes))
        self.matrix.show_rows(rows, range(len(nodes)))
        hidden = sum(topic.partition_count for topic in cluster.topics if topic.internal)
        words = (
            self.tr("Hide internal partitions")
            if internal
            else counted(hidden, self.tr("Show {} internal partition"), self.tr("Show {} internal partitions"))
        )
        self._internal.setText(words)
        self._internal.setAccessibleName(words)
        self._internal.setVisible(bool(hidden))
        self._create.explain(cluster.why_not_write())
        handles = cluster.local.handles if cluster.local is not None else {}
        several = len(handles) > 1
        # With several brokers the pane is about them; a single one is for whoever writes a first program.
        self._faults.setVisible(cluster.local is not None)
        self._roll.setVisible(several)
        self._add.setVisible(several)
        self._code.setVisible(not several)
        self._create.setVisible(not several)
        down = [node for node, handle in handles.items() if handle.phase.value != "running"]
        reason = self.tr("Broker {} does not run.").format(down[0]) if down else ""
        self._roll.explain(reason)
        self._add.explain(reason)
        self._show_nothing(bool(rows))
        self._inspector.refresh()
        self.inspector_changed.emit()

    def _facts(self) -> str:
        cluster = self.cluster
        parts = []
        topics = cluster.user_topics
        if cluster.seen_ms is not None:
            count = sum(topic.partition_count for topic in topics)
            parts.append(f"{counts.topics(len(topics))}, {counts.partitions(count)}")
        if cluster.bootstrap:
            parts.append(units.addresses(cluster.bootstrap))
        if cluster.description is not None and cluster.description.cluster_id:
            # Last, since it is what a narrow window can do without.
            parts.append(self.tr("cluster {}").format(cluster.description.cluster_id))
        return " · ".join(parts)

    def _show_notice(self) -> None:
        cluster = self.cluster
        failure = cluster.failure
        remedy = ""
        on_click: Callable[[], object] = partial(self._act, "cluster.start")
        if cluster.state is ClusterState.FAILED and failure is not None:
            self._notice.show_text(f"{failure.sentence} {failure.remedy}".strip(), "err")
            port = getattr(failure, "free_port", None)
            remedy = self.tr("Try again")
            if port is not None:
                remedy = self.tr("Start at port {}").format(port)
                on_click = partial(self.context.model.add_local, cluster.name, port)
        elif cluster.state is ClusterState.STOPPED and cluster.topics:
            since = units.clock(cluster.seen_ms) if cluster.seen_ms else self.tr("its last start")
            self._notice.show_text(self.tr("The cluster is stopped. What you see was last known at {}.").format(since))
            remedy = self.tr("Start the cluster")
        elif cluster.state is ClusterState.UNREACHABLE and not cluster.embedded:
            self._notice.show_text(
                self.tr("{} What you see was last known at {}.").format(
                    cluster.unreachable, units.clock(cluster.seen_ms) if cluster.seen_ms else self.tr("no time")
                ),
                "err",
            )
        else:
            self._notice.show_text("")
        if remedy:
            self._notice.set_remedy(remedy, on_click)
        else:
            self._notice.drop_remedy()
        self._notice_box.setVisible(bool(self._notice.words()))

    def _show_cards(self) -> None:
        data = broker_cards(self.cluster)
        nodes = [card.node_id for card in data]
        if list(self._cards) != nodes:
            for old in self._cards.values():
                old.hide()
                old.deleteLater()
            self._cards = {
                card.node_id: BrokerCard(card.node_id, card.rank, lambda what, node: self._act(what, str(node)))
                for card in data
            }
            for made in self._cards.values():
                made.setParent(self._card_row)
            self._card_row.cards = list(self._cards.values())
            self._card_row.place()
            focus_next(self._add, *self._card_row.cards)
        for card in data:
            self._cards[card.node_id].show_data(card)
        self._card_row.setVisible(bool(data))

    def _show_nothing(self, any_rows: bool) -> None:
        cluster = self.cluster
        self._stack.setCurrentIndex(0 if any_rows else 1)
        if any_rows:
            return
        buttons: list[Button] = []
        if cluster.state is ClusterState.RUNNING:
            self._nothing.show_text(
                "topic",
                self.tr("No topics yet"),
                self.tr("A program that writes to {} creates its topic by itself; or create one here.").format(
                    units.addresses(cluster.bootstrap)
                ),
            )
            buttons = [
                Button(
                    self.tr("Connect your program"), "code", primary=True, on_click=lambda: self._act("program.connect")
                ),
                Button(self.tr("Create topic"), "add", on_click=lambda: self._act("topic.create")),
            ]
        elif cluster.state in (ClusterState.STARTING, ClusterState.CONNECTING):
            self._nothing.show_text("starting", cluster.state.value.capitalize(), units.addresses(cluster.bootstrap))
        elif cluster.embedded:
            self._nothing.show_text(
                "off", self.tr("The cluster is {}").format(cluster.state.value), self.tr("Its data is kept on disk.")
            )
            buttons = [
                Button(self.tr("Start the cluster"), "start", primary=True, on_click=lambda: self._act("cluster.start"))
            ]
        else:
            self._nothing.show_text("error", self.tr("The cluster does not answer"), cluster.unreachable)
            buttons = [Button(self.tr("Try again now"), "refresh", on_click=lambda: self._act("cluster.reconnect"))]
        self._nothing.set_buttons(buttons)
