"""Configuration of a topic: every key with value, who set it and Kafka's default; documentation beside it."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QSplitter, QStackedWidget

from workbench.client.errors import ClientError
from workbench.client.model import ConfigEntry
from workbench.ui.bridge import Throttle
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.config_rows import ConfigRow, config_rows, in_words, layers
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import label, rich
from workbench.ui.widgets.layouts import ScrollColumn, clear, column, panel, row
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.table import Table


class ConfigurationPart(Pane):
    """Read in this form; what the broker does not heed yet is marked."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._entries: tuple[ConfigEntry, ...] = ()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find a key or a word"))
        self.filter.setAccessibleName(self.tr("Find a configuration key or a word of its documentation"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(theme().px(236))
        self._which = Segmented((("all", self.tr("All")), ("set", self.tr("Set here"))), "all", self.tr("Which keys"))
        self._again = Button(self.tr("Read again"), "refresh", quiet=True, on_click=self._read)
        strip = panel(row(self.filter, self._which, None, self._again, margins=(12, 0, 12, 0)), height=40)
        columns: tuple[Column[ConfigRow], ...] = (
            Column(self.tr("Key"), _key_cell, 260),
            Column(self.tr("Value"), _value_cell),
            Column(self.tr("Set by"), _source_cell, 150),
            Column(self.tr("Kafka default"), lambda line: Cell(line.default, "t2"), 130),
        )
        self.table = Table(
            TableModel(columns, lambda line: line.key or f"group {line.group}"),
            self.tr("Configuration"),
            sortable=False,
        )
        self._trouble = EmptyState("config", self.tr("The configuration could not be read"), "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._trouble)
        self._side = ScrollColumn(margins=(14, 12, 14, 12), gap=8)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.addWidget(panel(column(strip, self._stack, gap=0)))
        splitter.addWidget(self._side)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([700, theme().px(330)])
        splitter.setChildrenCollapsible(False)
        self.setLayout(column(splitter, gap=0))
        self.filter.textChanged.connect(Throttle(150, self._show, self).ask)
        self._which.chosen.connect(lambda _which: self._show())
        self.table.chosen.connect(self._show_entry)
        theme().changed.connect(self._show_chosen)
        self._show_entry(None)

    def shown(self) -> None:
        """Reads it again each time: others change it too."""
        super().shown()
        self._read()

    def focus_filter(self) -> None:
        """The field above the table."""
        self.filter.setFocus()
        self.filter.selectAll()

    def _read(self) -> None:
        self.context.bridge.spawn(
            self._read_all(), f"configuration of {self.key.subject}", on_error=self._failed, owner=self
        )

    async def _read_all(self) -> None:
        session = self.cluster.session
        if session is None:
            raise ClientError(self.cluster.why_not_write() or self.tr("Not connected."))
        self._entries = await session.topic_configs(self.key.subject)
        self._stack.setCurrentWidget(self.table)
        self._show()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, ClientError):
            self._trouble.show_text("config", error.sentence, error.remedy)
        else:
            self._trouble.show_text("config", self.tr("The configuration could not be read"), str(error))
        self._trouble.set_buttons([Button(self.tr("Read again"), "refresh", on_click=self._read)])
        self._stack.setCurrentWidget(self._trouble)

    def _show(self) -> None:
        waiting = self.cluster.not_in_force
        every = config_rows(self._entries, not_in_force=waiting)
        here = sum(1 for line in every if line.set_here)
        self._which.set_text("all", self.tr("All {}").format(sum(1 for line in every if line.key)))
        self._which.set_text("set", self.tr("Set here {}").format(here))
        rows = config_rows(self._entries, self.filter.text(), self._which.value(), waiting)
        chosen = self.table.current_row()
        self.table.table_model.set_rows(rows)
        if chosen is None and rows:
            first = next((place for place, line in enumerate(rows) if line.key), None)
            if first is not None:
                self.table.select_place(first)

    def _show_chosen(self) -> None:
        self._show_entry(self.table.current_row())

    def _show_entry(self, line: ConfigRow | None) -> None:
        clear(self._side.box)
        if line is None or line.entry is None:
            self._side.box.addWidget(
                label(self.tr("Choose a key to see what it does and where its value comes from."), "help", wrap=True)
            )
            self._side.box.addStretch(1)
            return
        entry = line.entry
        name = label(entry.name, "name", mono=True, wrap=True)
        self._side.box.addLayout(row(name, None, label(entry.type.value, "dim")))
        if not line.in_force:
            self._side.box.addWidget(
                Notice(
                    self.tr("Kept and answered as Kafka does, but not in force yet: this version does not act on it."),
                    "warn",
                )
            )
        if entry.documentation:
            self._side.box.addWidget(_documentation(entry.documentation))
        self._side.box.addSpacing(4)
        self._side.box.addWidget(label(self.tr("Value"), "label"))
        words = in_words(entry.name, entry.value)
        self._side.box.addLayout(
            row(label(words, "name"), label(f"= {entry.value}" if words != entry.value else "", "dim", mono=True), None)
        )
        self._side.box.addSpacing(4)
        self._side.box.addWidget(label(self.tr("Where the value comes from"), "label"))
        for place, (layer, value) in enumerate(layers(entry)):
            note = label(self.tr("in force") if place == 0 and line.in_force else "", tone="accent")
            shown = label(value, "dim", mono=True, wrap=True)
            self._side.box.addLayout(row(label(layer, "name" if place == 0 else "help"), None, note))
            self._side.box.addWidget(shown)
        self._side.box.addStretch(1)


def _documentation(text: str) -> QLabel:
    """The broker's documentation, in which Kafka writes a little HTML."""
    shown = text if "<" in text else escape(text)
    return rich(shown)


def _key_cell(line: ConfigRow) -> Cell:
    if not line.key:
        return Cell(line.group, "t1", strong=True)
    return Cell(line.key, mono=True, tip=line.key)


def _value_cell(line: ConfigRow) -> Cell:
    if not line.key:
        return Cell()
    if not line.in_force:
        # Only what somebody chose is a disappointment; a wall of warnings about defaults would hide it.
        tone, icon = ("warn", "warning") if line.set_here else ("t3", "advice")
        return Cell(f"{line.value}, not in force yet", tone, icon=icon, icon_tone=tone)
    return Cell(line.value, strong=line.set_here, tone="t1" if line.set_here else "t2", tip=line.raw or "")


def _source_cell(line: ConfigRow) -> Cell:
    if line.set_here:
        return Cell(line.source, pill="accent")
    return Cell(line.source, "t2") if line.source in ("default", "") else Cell(line.source, pill="off")
