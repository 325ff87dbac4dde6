"""Topics: all of them with size, rate and state; create, add partitions, purge, delete."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLineEdit, QStackedWidget

from workbench.ui import counts, units
from workbench.ui.bridge import Throttle
from workbench.ui.commands import title_of
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.topic_rows import TopicRow, matching, topic_rows
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.menus import context_menu
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.table import Table

MENU_ACTIONS = ("topic.produce", "topic.configuration", "topic.partitions", "topic.purge", "topic.delete")


class TopicsPane(Pane):
    """A table; Enter opens a topic's page."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._create = Button(
            self.tr("Create topic"), "add", primary=True, on_click=lambda: context.run_action("topic.create", "")
        )
        self.header = PaneHeader(self.tr("Topics"), "topic", (self._create,))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find a topic"))
        self.filter.setAccessibleName(self.tr("Find a topic by its name"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(theme().px(260))
        internal = context.model.preferences.is_on("show_internal")
        self._which = Segmented(
            (("user", self.tr("Yours")), ("all", self.tr("With internal"))),
            "all" if internal else "user",
            self.tr("Which topics"),
        )
        self._found = label("", "dim")
        self._partitions = Button(
            self.tr("Add partitions"), "partition", on_click=lambda: self._on_chosen("topic.partitions")
        )
        self._purge = Button(self.tr("Purge"), "purge", on_click=lambda: self._on_chosen("topic.purge"))
        self._delete = Button(self.tr("Delete"), "delete", tone="err", on_click=lambda: self._on_chosen("topic.delete"))
        strip = panel(
            row(
                self.filter,
                self._which,
                self._found,
                None,
                self._partitions,
                self._purge,
                self._delete,
                margins=(12, 0, 12, 0),
            ),
            height=40,
        )
        self.table = Table(TableModel(self._columns(), lambda topic: topic.name), self.tr("Topics"))
        self._nothing = EmptyState("topic", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing)
        self.setLayout(column(self.header, strip, self._stack, gap=0))
        self.table.opened.connect(lambda topic: self._open(topic.name))
        self.table.chosen.connect(lambda _topic: self._explain())
        self.table.menu_wanted.connect(self._menu)
        self.filter.textChanged.connect(Throttle(120, self._refresh, self).ask)
        self._which.chosen.connect(
            lambda which: context.model.preferences.put("show_internal", "yes" if which == "all" else "no")
        )
        context.model.preferences.changed.connect(self._preference_changed)
        for signal in (self.cluster.changed, self.cluster.topics_changed, self.cluster.state_changed):
            signal.connect(self._refresh_if_shown)
        self._refresh()

    def shown(self) -> None:
        """Who reads a topic is told beside it."""
        super().shown()
        self.cluster.watch_lag(self)
        self._refresh()

    def left(self) -> None:
        """Nobody looks."""
        super().left()
        self.cluster.unwatch_lag(self)

    def focus_filter(self) -> None:
        """The field above the table."""
        self.filter.setFocus()
        self.filter.selectAll()

    def chosen_topics(self) -> list[str]:
        """Names of the selected rows, for the actions."""
        return [topic.name for topic in self.table.selected_rows()]

    def _columns(self) -> tuple[Column[TopicRow], ...]:
        return (
            Column(self.tr("Topic"), _name_cell, order=lambda topic: topic.name),
            Column(self.tr("Partitions"), lambda t: Cell(str(t.partitions)), 84, True, lambda t: t.partitions),
            Column(self.tr("Replicas"), lambda t: Cell(str(t.replication), "t2"), 78, True, lambda t: t.replication),
            Column(self.tr("State"), _state_cell, 160, order=lambda t: (-t.leaderless, -t.under_replicated)),
            Column(
                self.tr("Messages"),
                lambda t: _known(units.number(t.messages), t.messages),
                116,
                True,
                lambda t: t.messages,
                self.tr("Latest minus earliest offset; fewer where the topic is compacted"),
            ),
            Column(
                self.tr("Size"),
                lambda t: _known(units.size(t.size_bytes), t.size_bytes),
                90,
                True,
                lambda t: t.size_bytes,
                self.tr("On the leaders' disks"),
            ),
            Column(self.tr("Written"), lambda t: Cell(spark=t.curve), 76),
            Column(self.tr("Rate"), _rate_cell, 92, True, lambda t: t.rate, self.tr("Over the last ten seconds")),
            Column(
                self.tr("Groups"),
                lambda t: Cell(str(t.groups) if t.groups else "", "t2"),
                72,
                True,
                lambda t: t.groups,
                self.tr("Groups that have committed offsets in it"),
            ),
        )

    def _open(self, name: str) -> None:
        self.context.open_document(DocumentKey("topic", self.cluster.name, name))

    def _on_chosen(self, action: str) -> None:
        names = self.chosen_topics()
        if names:
            self.context.run_action(action, "\t".join(names) if action == "topic.delete" else names[0])

    def _preference_changed(self, _key: str) -> None:
        self._refresh()

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _refresh(self) -> None:
        cluster = self.cluster
        internal = self.context.model.preferences.is_on("show_internal")
        self._which.choose("all" if internal else "user")
        topics = cluster.topics if internal else cluster.user_topics
        found = matching(topics, self.filter.text())
        self.table.table_model.set_rows(topic_rows(cluster, found, time.time_ns() // 1_000_000))
        self._found.setText(self.tr("{} of {}").format(len(found), len(topics)) if self.filter.text() else "")
        partitions = sum(topic.partition_count for topic in topics)
        sizes = [size for size in map(cluster.size_of, topics) if size is not None]
        total = sum(sizes) if sizes or not topics else None
        self.header.show_facts(f"{counts.topics(len(topics))}, {counts.partitions(partitions)}, {units.size(total)}")
        self._show_nothing(len(topics), len(found))
        self._explain()

    def _explain(self) -> None:
        refused = self.cluster.why_not_write()
        chosen = len(self.table.selected_rows())
        self._create.explain(refused)
        none = self.tr("Choose a topic in the list first.")
        one = self.tr("Choose a single topic.")
        for button, single in ((self._partitions, True), (self._purge, True), (self._delete, False)):
            button.explain(refused or (none if not chosen else one if single and chosen > 1 else ""))

    def _show_nothing(self, whole: int, found: int) -> None:
        self._stack.setCurrentIndex(0 if found else 1)
        if found:
            return
        if whole:
            self._nothing.show_text(
                "search", self.tr("No topic is called that"), self.tr("Look for another part of its name.")
            )
            self._nothing.set_buttons([Button(self.tr("Show all"), on_click=self.filter.clear)])
        elif self.cluster.state is ClusterState.RUNNING:
            self._nothing.show_text(
                "topic",
                self.tr("No topics yet"),
                self.tr("A program that writes to {} creates its topic by itself; or create one here.").format(
                    self.cluster.bootstrap
                ),
            )
            self._nothing.set_buttons(
                [
                    Button(
                        self.tr("Connect your program"),
                        "code",
                        on_click=lambda: self.context.run_action("program.connect", ""),
                    )
                ]
            )
        else:
            self._nothing.show_text("topic", self.tr("No topics known"), self.cluster.why_not_write())
            self._nothing.set_buttons([])

    def _menu(self, topic: TopicRow, place: QPoint) -> None:
        menu = context_menu(self)
        menu.addAction(self.tr("Open")).triggered.connect(lambda: self._open(topic.name))
        for action in MENU_ACTIONS:
            menu.addAction(title_of(action)).triggered.connect(
                lambda _checked=False, name=action: self.context.run_action(name, topic.name)
            )
        menu.popup(place)


def _name_cell(topic: TopicRow) -> Cell:
    return Cell(topic.name, "t2" if topic.internal else "t1", strong=not topic.internal, icon="topic", tip=topic.name)


def _state_cell(topic: TopicRow) -> Cell:
    if topic.error:
        return Cell(topic.error, "err", icon="error", icon_tone="err")
    if topic.leaderless:
        return Cell(f"{topic.leaderless} without leader", "err", icon="error", icon_tone="err")
    if topic.under_replicated:
        return Cell(f"{topic.under_replicated} under-replicated", "warn", icon="out-of-isr", icon_tone="warn")
    return Cell("in sync", "t2", icon="ok", icon_tone="ok")


def _rate_cell(topic: TopicRow) -> Cell:
    return Cell("–" if topic.rate is None else units.rate(topic.rate, "msg/s"), "t1" if topic.rate else "t3")


def _known(text: str, value: object) -> Cell:
    return Cell(text, "t3" if value is None else "t1")
