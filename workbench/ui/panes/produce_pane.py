"""Produce: one message at a time, where it landed, and what was sent before. Ctrl+Enter sends."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QSplitter, QWidget

from workbench.client.errors import ClientError
from workbench.client.model import ProduceResult
from workbench.ui import units
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.panes.produce_headers import HeaderLines
from workbench.ui.theme import theme
from workbench.ui.view_models.produce_model import (
    ACKS,
    COMPRESSIONS,
    EDITABLE_CHARS,
    Draft,
    ProduceModel,
    Sent,
    take_draft,
)
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.code_colours import CodeColours
from workbench.ui.widgets.labels import ElidedLabel, label, set_tone
from workbench.ui.widgets.layouts import ScrollColumn, column, panel, row
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.table import Table

LONG_SHOWN_CHARS = 4_000
SLOW_MS = 400


class ValueField(QPlainTextEdit):
    """Text of a value; what is pasted and too long goes to `long_text` instead of into the field."""

    long_text = Signal(str)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pasting and dropping."""
        if len(source.text()) > EDITABLE_CHARS:
            self.long_text.emit(source.text())
        else:
            super().insertFromMimeData(source)


class ProducePane(Pane):
    """The form at the top, the messages sent in this run of the window below."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.setObjectName("pane")
        self.cluster = context.the_cluster()
        self.topic = key.subject
        self.produce = ProduceModel(self.topic, self._produce)
        self._filling = False
        self.key_field = QLineEdit()
        self.key_null = QCheckBox(self.tr("null"))
        self.value_field = ValueField()
        self.value_null = QCheckBox(self.tr("null"))
        self.header_lines = HeaderLines()
        self.partition = QComboBox()
        self.compression = QComboBox()
        self.acks = QComboBox()
        self._predicted = ElidedLabel("", token="t2", font=theme().text(12))
        self._value_words = ElidedLabel("", token="t2", font=theme().text(12))
        self._anew = Button(self.tr("Begin anew"), small=True, on_click=lambda: self.produce.edit(value=""))
        self._indent = Button(self.tr("Indent"), "code", small=True, on_click=self.produce.indent)
        self.send_button = Button(self.tr("Send"), "produce", primary=True, on_click=self.send)
        self._outcome = Notice()
        self._outcome_box = panel(column(self._outcome, margins=(0, 4, 0, 0)))
        self.history = self._made_history()
        self._again = Button(self.tr("Use again"), "undo", small=True, on_click=self._use_again)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self._form())
        split.addWidget(self._below())
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        self.setLayout(column(split, gap=0))
        self._connect()
        self._show_draft()

    # -- building -----------------------------------------------------------------------------------------------

    def _form(self) -> QWidget:
        self.key_field.setProperty("mono", True)
        self.key_field.setAccessibleName(self.tr("Key"))
        self.value_field.setProperty("mono", True)
        self.value_field.setProperty("field", True)
        self.value_field.setFont(theme().mono())
        self.value_field.setAccessibleName(self.tr("Value"))
        self.value_field.setTabChangesFocus(True)
        self.value_field.setMinimumHeight(theme().px(120))
        self._colours = CodeColours(self.value_field.document())
        self.compression.addItems(COMPRESSIONS)
        self.compression.setAccessibleName(self.tr("Compression"))
        for value, words in ACKS:
            self.acks.addItem(self.tr(words), value)
        self.acks.setAccessibleName(self.tr("acks"))
        self.partition.setAccessibleName(self.tr("Partition"))
        self.partition.setMinimumWidth(theme().px(120))
        form = ScrollColumn(gap=4, margins=(12, 10, 12, 10))
        key_line = row(self.key_field, self.key_null)
        key_line.setStretch(0, 1)
        form.box.addWidget(label(self.tr("Key"), "label"))
        form.box.addLayout(key_line)
        form.box.addSpacing(6)
        head = row(label(self.tr("Value"), "label"), self._value_words, self._anew, self._indent, self.value_null)
        head.setStretch(1, 1)
        form.box.addLayout(head)
        form.box.addWidget(self.value_field, 1)
        form.box.addSpacing(6)
        form.box.addWidget(label(self.tr("Headers"), "label"))
        form.box.addWidget(self.header_lines)
        choices = row(
            column(label(self.tr("Partition"), "label"), self.partition, gap=3),
            column(label(self.tr("Compression"), "label"), self.compression, gap=3),
            column(label(self.tr("acks"), "label"), self.acks, gap=3),
            gap=12,
        )
        self._predicted.setFixedHeight(theme().px(26))
        choices.addLayout(column(label("", "label"), self._predicted, gap=3), 1)
        form.box.addSpacing(6)
        form.box.addLayout(choices)
        hint = label(self.tr("Ctrl+Enter sends"), "dim")
        foot = panel(
            column(row(self.send_button, hint, None, gap=10), self._outcome_box, gap=0, margins=(12, 7, 12, 7)),
            "footer",
        )
        holder = QWidget()
        layout = column(gap=0)
        layout.addWidget(form, 1)
        layout.addWidget(foot)
        holder.setLayout(layout)
        return holder

    def _below(self) -> QWidget:
        self._sent_words = label(
            self.tr("Nothing sent yet: what is sent stands here with its partition and offset"), "dim"
        )
        head = panel(row(self._sent_words, None, self._again, margins=(12, 0, 12, 0)), "sectionHead", height=28)
        holder = QWidget()
        layout = column(head, gap=0)
        layout.addWidget(self.history, 1)
        holder.setLayout(layout)
        return holder

    def _made_history(self) -> Table[Sent]:
        def landed(sent: Sent) -> Cell:
            if sent.error is not None:
                return Cell(sent.error.sentence, "err", icon="error", icon_tone="err", tip=sent.error.remedy)
            assert sent.result is not None
            offset = sent.result.offset
            where = (
                self.tr("no answer asked") if offset is None else f"{self.topic}-{sent.result.partition} @ {offset:,}"
            )
            return Cell(where, mono=True, icon="ok", icon_tone="ok")

        columns = (
            Column[Sent](self.tr("Sent"), lambda s: Cell(units.clock(s.sent_ms, millis=True), "t2", mono=True), 110),
            Column[Sent](self.tr("Landed"), landed, 230),
            Column[Sent](self.tr("Key"), lambda s: _text_cell(s.draft.key), 160),
            Column[Sent](self.tr("Value"), lambda s: _text_cell(s.draft.value)),
            Column[Sent](
                self.tr("Took"),
                lambda s: Cell(_took(s.result) if s.result is not None else "", "t2"),
                80,
                right=True,
            ),
        )
        table: Table[Sent] = Table(
            TableModel(columns, lambda sent: sent.number), self.tr("Sent messages"), sortable=False
        )
        table.opened.connect(lambda sent: self.produce.load(sent.draft))
        table.chosen.connect(lambda _sent: self._refresh())
        return table

    def _connect(self) -> None:
        produce = self.produce
        produce.changed.connect(self._show_draft)
        produce.sent_changed.connect(self._show_sent)
        self.key_field.textEdited.connect(lambda text: self._edit(key=text))
        self.key_null.toggled.connect(lambda on: self._edit(key=None if on else self.key_field.text()))
        self.value_field.textChanged.connect(self._value_typed)
        self.value_field.long_text.connect(lambda text: produce.edit(value=text))
        self.value_null.toggled.connect(lambda on: self._edit(value=None if on else self.value_field.toPlainText()))
        self.header_lines.edited.connect(lambda headers: self._edit(headers=headers))
        self.partition.activated.connect(lambda _place: self._edit(partition=self.partition.currentData()))
        self.compression.activated.connect(lambda _place: self._edit(compression=self.compression.currentText()))
        self.acks.activated.connect(lambda _place: self._edit(acks=self.acks.currentData()))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.send)
        self.cluster.changed.connect(self._refresh_if_shown)

    # -- the frame ----------------------------------------------------------------------------------------------

    def shown(self) -> None:
        """Takes a draft that was left for it."""
        super().shown()
        draft = take_draft(self.cluster.name, self.topic)
        if draft is not None:
            self.produce.load(draft)
        self._refresh()
        (self.key_field if self.key_field.isEnabled() else self.value_field).setFocus()

    # -- showing ------------------------------------------------------------------------------------------------

    def _edit(self, **changes: object) -> None:
        if not self._filling:
            if "key" in changes:
                changes["key_is_hex"] = self.produce.draft.key_is_hex and changes["key"] is not None
            if "value" in changes:
                changes["value_is_hex"] = self.produce.draft.value_is_hex and changes["value"] is not None
            self.produce.edit(**changes)

    def _value_typed(self) -> None:
        if not self.value_field.isReadOnly():
            self._edit(value=self.value_field.toPlainText())

    def _partition_count(self) -> int:
        topic = self.cluster.topic(self.topic)
        return topic.partition_count if topic is not None else 0

    def _show_draft(self) -> None:
        draft = self.produce.draft
        self._filling = True
        self.key_null.setChecked(draft.key is None)
        self.key_field.setEnabled(draft.key is not None)
        self.key_field.setPlaceholderText(self.tr("null") if draft.key is None else self.tr("empty"))
        if draft.key is not None and self.key_field.text() != draft.key:
            self.key_field.setText(draft.key)
        self.value_null.setChecked(draft.value is None)
        self.value_field.setEnabled(draft.value is not None)
        too_long = self.produce.is_too_long_to_edit
        self.value_field.setReadOnly(too_long)
        self._anew.setVisible(too_long)
        shown = (draft.value or "")[:LONG_SHOWN_CHARS] + "…" if too_long else draft.value
        if shown is not None and self.value_field.toPlainText() != shown:
            self.value_field.setPlainText(shown)
        self.header_lines.show_headers(draft.headers)
        self.compression.setCurrentText(draft.compression)
        self.acks.setCurrentIndex(self.acks.findData(draft.acks))
        self._filling = False
        self._refresh()

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _refresh(self) -> None:
        count, draft = self._partition_count(), self.produce.draft
        if self.partition.count() != count + 1:
            self.partition.clear()
            self.partition.addItem(self.tr("by key"), None)
            for number in range(count):
                self.partition.addItem(str(number), number)
        self.partition.setCurrentIndex(0 if draft.partition is None else min(draft.partition + 1, count))
        predicted = self.produce.predicted_partition(count)
        if draft.partition is not None:
            words = ""
        elif predicted is not None:
            words = self.tr("this key goes to partition {}").format(predicted)
        else:
            words = self.tr("without a key: the partitions in turn")
        self._predicted.setText(words)
        text, tone = self.produce.value_words()
        if self.produce.is_too_long_to_edit:
            text = self.tr("{}; too long to edit here, it is sent as it is").format(text)
        self._value_words.setText(text)
        self._value_words.set_token(tone)
        looks_like_json = (draft.value or "")[:200].lstrip()[:1] in ("{", "[")
        self._indent.setVisible(looks_like_json and not self.produce.is_too_long_to_edit)
        self.send_button.explain(self.cluster.why_not_write() or self.produce.why_not(count))
        self._again.explain("" if self.history.current_row() is not None else self.tr("Select a sent message first."))

    def _show_sent(self) -> None:
        self.history.table_model.set_rows(self.produce.sent)
        set_tone(self._sent_words, "role", "name")
        self._sent_words.setText(self.tr("Sent, {}").format(units.number(len(self.produce.sent))))

    # -- doing --------------------------------------------------------------------------------------------------

    def send(self) -> None:
        """Sends the draft, if it can be sent."""
        if self.send_button.isEnabled():
            self.context.bridge.spawn(self._send(), f"produce to {self.topic}")

    async def _send(self) -> None:
        slow = QTimer(self)
        slow.setSingleShot(True)
        slow.timeout.connect(lambda: self._outcome.show_text(self._waiting_words(), "info"))
        slow.start(SLOW_MS)
        try:
            sent = await self.produce.send()
        finally:
            slow.stop()
            slow.deleteLater()
        if sent.error is not None:
            words = f"{sent.error.sentence} {sent.error.remedy}".strip()
            self._outcome.show_text(words, "err", sent.error.code)
            return
        assert sent.result is not None
        if sent.result.offset is None:
            words = self.tr("Sent to partition {}; with acks none nobody tells whether it arrived.")
            self._outcome.show_text(words.format(sent.result.partition), "info")
        else:
            words = self.tr("Partition {}, offset {}, in {}.")
            offset, took = units.number(sent.result.offset), _took(sent.result)
            self._outcome.show_text(words.format(sent.result.partition, offset, took), "ok")
        self.cluster.refresh()

    def _waiting_words(self) -> str:
        """What a message waits for that is not answered at once."""
        topic, chosen = self.cluster.topic(self.topic), self.produce.draft.partition
        parts = topic.partitions if topic is not None else ()
        if any(part.partition == chosen and part.leader is None for part in parts):
            return self.tr("Partition {} has no leader: the message waits until it has one.").format(chosen)
        return self.tr("On its way: the broker has not answered yet.")

    async def _produce(self, draft: Draft) -> ProduceResult:
        session = self.cluster.session
        if session is None:
            raise ClientError(
                self.tr("The cluster is not connected."), self.tr("Start it or try again."), "DISCONNECTED"
            )
        return await session.produce(
            self.topic,
            draft.value_bytes(),
            key=draft.key_bytes(),
            headers=draft.header_bytes(),
            partition=draft.partition,
            timestamp_ms=draft.timestamp_ms,
            compression=draft.compression,
            acks=draft.acks,
        )

    def _use_again(self) -> None:
        sent = self.history.current_row()
        if sent is not None:
            self.produce.load(sent.draft)


def _took(result: ProduceResult) -> str:
    return f"{result.took_ms:.1f} ms" if result.took_ms < 1000 else units.span(result.took_ms / 1000)


def _text_cell(text: str | None) -> Cell:
    if text is None:
        return Cell("null", "t3", mono=True)
    return Cell(text[:300].replace("\n", " "), mono=True)
