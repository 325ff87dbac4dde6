"""A topic's page: Messages, Produce, Partitions, Groups, Configuration under inner tabs.

Tabs are made when first shown. Messages and Produce are panes of their own, given the topic and the session.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from workbench.ui import counts, units
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.pane import Inspected, Pane, PaneContext
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.pane_header import PaneHeader

TABS = ("messages", "produce", "partitions", "groups", "configuration")


class TopicPane(Pane):
    """`show_tab` takes a name of TABS."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self.topic = key.subject
        self._parts: dict[str, QWidget] = {}
        self._front: QWidget | None = None

        def act(action: str) -> Callable[[], None]:
            return lambda: context.run_action(action, self.topic)

        self._partitions = Button(self.tr("Add partitions"), "partition", on_click=act("topic.partitions"))
        self._purge = Button(self.tr("Purge"), "purge", on_click=act("topic.purge"))
        self._delete = Button(self.tr("Delete"), "delete", tone="err", on_click=act("topic.delete"))
        self.header = PaneHeader(self.topic, "topic", (self._partitions, self._purge, self._delete))
        self.tabs = QTabBar()
        self.tabs.setProperty("inner", True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("Parts of the topic's page"))
        titles = (
            self.tr("Messages"),
            self.tr("Produce"),
            self.tr("Partitions"),
            self.tr("Groups"),
            self.tr("Configuration"),
        )
        self.stack = QStackedWidget()
        self._nothing = EmptyState(
            "topic", self.tr("{} is not there").format(self.topic), self.tr("It was deleted, or never existed.")
        )
        self._nothing.set_buttons(
            [
                Button(self.tr("Close tab"), on_click=lambda: context.run_action("document.close", "")),
                Button(self.tr("Open the list of topics"), on_click=lambda: context.run_action("topics.open", "")),
            ]
        )
        self.stack.addWidget(self._nothing)
        for title in titles:
            self.tabs.addTab(title)
        strip = panel(row(self.tabs, None, margins=(4, 0, 12, 0)), "strip", height=32)
        self.setLayout(column(self.header, strip, self.stack, gap=0))
        self.tabs.currentChanged.connect(lambda place: self.show_tab(TABS[place]))
        self.cluster.changed.connect(self._refresh_if_shown)
        self.cluster.topics_changed.connect(self._refresh_if_shown)

    def show_tab(self, name: str) -> None:
        """Brings a part to the front, making it if needed."""
        place = TABS.index(name)
        if self.tabs.currentIndex() != place:
            self.tabs.setCurrentIndex(place)
            return
        self._show_front()

    def shown(self) -> None:
        """Shows the part in front."""
        super().shown()
        self._refresh()
        self._show_front()

    def left(self) -> None:
        """Tells the part in front."""
        super().left()
        self._tell(self._front, "left")

    def inspected(self) -> Inspected | None:
        """What the part in front shows beside it."""
        ask = getattr(self._front, "inspected", None)
        found: Inspected | None = ask() if ask is not None else None
        return found

    def focus_filter(self) -> None:
        """The filter of the part in front."""
        self._tell(self._front, "focus_filter")

    def _show_front(self) -> None:
        if self.cluster.topic(self.topic) is None and self.cluster.seen_ms is not None:
            part: QWidget = self._nothing
        else:
            name = TABS[self.tabs.currentIndex()]
            found = self._parts.get(name)
            if found is None:
                found = self._made(name)
                self._parts[name] = found
                self.stack.addWidget(found)
                changed = getattr(found, "inspector_changed", None)
                if changed is not None:
                    changed.connect(self.inspector_changed)
            part = found
        if part is not self._front:
            self._tell(self._front, "left")
            self._front = part
            self.stack.setCurrentWidget(part)
            if self.is_shown:
                self._tell(part, "shown")
        self.inspector_changed.emit()

    def _made(self, name: str) -> QWidget:
        if name == "messages":
            from workbench.ui.panes.messages_pane import MessagesPane

            return MessagesPane(self.context, self.key)
        if name == "produce":
            from workbench.ui.panes.produce_pane import ProducePane

            return ProducePane(self.context, self.key)
        if name == "partitions":
            from workbench.ui.panes.partitions_part import PartitionsPart

            return PartitionsPart(self.context, self.key)
        if name == "groups":
            from workbench.ui.panes.groups_pane import GroupsPane

            return GroupsPane(self.context, self.key)
        from workbench.ui.panes.configuration_part import ConfigurationPart

        return ConfigurationPart(self.context, self.key)

    def _tell(self, part: QWidget | None, what: str) -> None:
        tell = getattr(part, what, None)
        if tell is not None:
            tell()

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _refresh(self) -> None:
        topic = self.cluster.topic(self.topic)
        if (topic is None) != (self._front is self._nothing) and self.cluster.seen_ms is not None:
            self._show_front()
        refused = self.cluster.why_not_write() or (self.tr("The topic is not there.") if topic is None else "")
        for button in (self._partitions, self._purge, self._delete):
            button.explain(refused)
        if topic is None:
            self.header.show_facts("")
            return
        parts = [
            counts.partitions(topic.partition_count),
            self.tr("replication {}").format(topic.replication_factor),
        ]
        if topic.message_count is not None:
            parts.append(counts.messages(topic.message_count))
        size = self.cluster.size_of(topic)
        if size is not None:
            parts.append(units.size(size))
        rate = self.cluster.message_rates.rate(self.topic, time.time_ns() // 1_000_000)
        if rate is not None:
            parts.append(units.rate(rate, "msg/s"))
        self.header.show_facts(", ".join(parts))
