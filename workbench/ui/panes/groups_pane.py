"""Groups: all of a cluster, or those that read one topic; state, what they read, lag."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLineEdit, QStackedWidget

from workbench.ui import counts, units
from workbench.ui.bridge import Throttle
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.group_rows import STATE_TONES, GroupRow, group_rows
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.menus import context_menu
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.table import Table


class GroupsPane(Pane):
    """A document of its own, or a part of a topic's page (then without a head)."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._topic = key.subject if key.kind == "topic" else ""
        self.header = PaneHeader(self.tr("Groups"), "group")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find a group"))
        self.filter.setAccessibleName(self.tr("Find a group by its name"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(theme().px(260))
        self._delete = Button(self.tr("Delete"), "delete", tone="err", on_click=self._delete_chosen)
        strip = panel(row(self.filter, None, self._delete, margins=(12, 0, 12, 0)), height=40)
        columns: tuple[Column[GroupRow], ...] = (
            Column(
                self.tr("Group"),
                lambda g: Cell(g.group_id or '""', strong=True, icon="group", tip=g.group_id),
                order=lambda g: g.group_id,
            ),
            Column(self.tr("State"), _state_cell, 170, order=lambda g: g.state),
            Column(self.tr("Protocol"), lambda g: Cell(g.kind, "t2"), 90, order=lambda g: g.kind),
            Column(self.tr("Reads"), _topics_cell, 240),
            Column(
                self.tr("Lag"),
                lambda g: Cell(units.number(g.lag), "t3" if g.lag is None else "t1"),
                110,
                True,
                lambda g: g.lag,
                self.tr("Messages written but not committed, over all its partitions"),
            ),
            Column(
                self.tr("Coordinator"),
                lambda g: Cell(badges=((g.coordinator, g.coordinator_rank),)),
                96,
                order=lambda g: g.coordinator,
            ),
        )
        self.table = Table(TableModel(columns, lambda g: g.group_id), self.tr("Groups"))
        self._nothing = EmptyState("group", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing)
        self.setLayout(column(self.header, strip, self._stack, gap=0))
        self.header.setVisible(not self._topic)
        self.table.opened.connect(self._open)
        self.table.chosen.connect(lambda _group: self._explain())
        self.table.menu_wanted.connect(self._menu)
        self.filter.textChanged.connect(Throttle(120, self._refresh, self).ask)
        for signal in (self.cluster.changed, self.cluster.groups_changed):
            signal.connect(self._refresh_if_shown)
        self._refresh()

    def shown(self) -> None:
        """Lags are asked for while it is shown."""
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

    def chosen_group(self) -> str:
        """The selected group, "" for none."""
        chosen = self.table.current_row()
        return chosen.group_id if chosen is not None else ""

    def _open(self, group: GroupRow) -> None:
        self.context.open_document(DocumentKey("group", self.cluster.name, group.group_id))

    def _delete_chosen(self) -> None:
        if self.chosen_group():
            self.context.run_action("group.delete", self.chosen_group())

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _refresh(self) -> None:
        cluster = self.cluster
        ranks = {node: cluster.series(node) for node in cluster.node_ids}
        rows = group_rows(cluster.groups, cluster.lags, {}, ranks, self._topic)
        words = self.filter.text().lower().split()
        found = [group for group in rows if all(word in group.group_id.lower() for word in words)]
        self.table.table_model.set_rows(found)
        lag = sum(group.lag or 0 for group in rows)
        self.header.show_facts(self.tr("{}, lag {}").format(counts.groups(len(rows)), counts.messages(lag)))
        self._stack.setCurrentIndex(0 if found else 1)
        if not found and rows:
            self._nothing.show_text(
                "search", self.tr("No group is called that"), self.tr("Look for another part of its name.")
            )
        elif not found and self._topic:
            self._nothing.show_text(
                "group",
                self.tr("No group reads {}").format(self._topic),
                self.tr("A group stands here once it has committed an offset in this topic."),
            )
        elif not found:
            self._nothing.show_text(
                "group",
                self.tr("No groups yet"),
                self.tr("A consumer with a group id makes its group by itself when it joins."),
            )
        buttons = (
            []
            if rows
            else [
                Button(
                    self.tr("Connect your program"),
                    "code",
                    on_click=lambda: self.context.run_action("program.connect", ""),
                )
            ]
        )
        self._nothing.set_buttons(buttons)
        self._explain()

    def _explain(self) -> None:
        chosen = self.table.current_row()
        reason = self.cluster.why_not_write()
        if not reason and chosen is None:
            reason = self.tr("Choose a group in the list first.")
        elif not reason and chosen is not None and chosen.state not in ("Empty", "Dead"):
            reason = self.tr("The group has members; stop its consumers first.")
        self._delete.explain(reason)

    def _menu(self, group: GroupRow, place: QPoint) -> None:
        menu = context_menu(self)
        menu.addAction(self.tr("Open")).triggered.connect(lambda: self._open(group))
        menu.addAction(self.tr("Delete group…")).triggered.connect(
            lambda: self.context.run_action("group.delete", group.group_id)
        )
        menu.popup(place)


def _state_cell(group: GroupRow) -> Cell:
    tone, icon = STATE_TONES.get(group.state, ("off", "unknown"))
    return Cell(group.state, pill=tone, icon=icon)


def _topics_cell(group: GroupRow) -> Cell:
    return Cell(", ".join(group.topics), "t2", tip=", ".join(group.topics))
