"""The record inspector: value as a tree, raw bytes, headers, batch; copy, resend, edit and resend."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal, SignalInstance
from PySide6.QtGui import QFontMetrics, QGuiApplication, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QStackedWidget, QTabBar, QWidget

from workbench.client.decoders import HEX, JSON, Decoded, decode
from workbench.client.model import RecordRow
from workbench.ui import units
from workbench.ui.item_models.json_tree_model import JsonNode
from workbench.ui.panes.messages_table import menu_of
from workbench.ui.panes.messages_value_tree import ValueTree, node_json
from workbench.ui.theme import theme
from workbench.ui.view_models.messages_facts import batch_facts, copied_json, header_facts, hex_dump
from workbench.ui.widgets.buttons import Button, IconButton
from workbench.ui.widgets.labels import IconLabel, label
from workbench.ui.widgets.layouts import ScrollColumn, column, panel, row
from workbench.ui.widgets.notice import Notice

_TEXT_SHOWN = 48 << 10
"""Characters laid out at once; one wrapped line of megabytes would hold the window for seconds."""
_FACT_PX = 20
Fact = tuple[str, str, str]


class _PlainText(QPlainTextEdit):
    """Read-only bytes or text without colouring, which long lines could not bear."""

    def __init__(self, name: str, *, wrap: bool = False) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFont(theme().mono(11))
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        mode = QPlainTextEdit.LineWrapMode.WidgetWidth if wrap else QPlainTextEdit.LineWrapMode.NoWrap
        self.setLineWrapMode(mode)
        self.document().setDocumentMargin(theme().px(8))


class FactList(QWidget):
    """Labels and values under each other, painted at once: walking through records must not build widgets.

    A right click copies a value; what is cut is its line's tool tip.
    """

    def __init__(self) -> None:
        super().__init__()
        self._facts: Sequence[Fact] = ()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.setMouseTracking(True)
        theme().changed.connect(self.update)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Label, text, tone."""
        if facts != self._facts:
            self._facts = facts
            self.setAccessibleName(", ".join(f"{name}: {text}" for name, text, _ in facts))
            self.setFixedHeight(theme().px(_FACT_PX) * len(facts) + 2 * theme().px(6))
            self.update()

    def _fact_at(self, y: float) -> Fact | None:
        place = int((y - theme().px(6)) // theme().px(_FACT_PX))
        return self._facts[place] if 0 <= place < len(self._facts) else None

    def _menu(self, place: QPoint) -> None:
        fact = self._fact_at(place.y())
        if fact is not None:
            words = self.tr("Copy {}").format(fact[0] or self.tr("value"))
            menu_of(self, [(words, "copy", lambda: _to_clipboard(fact[1]))]).popup(self.mapToGlobal(place))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The whole text as a tool tip."""
        fact = self._fact_at(event.position().y())
        self.setToolTip("" if fact is None else fact[1])

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Every line."""
        current = theme()
        painter = QPainter(self)
        height, left, gap = current.px(_FACT_PX), current.px(12), current.px(106)
        middle = Qt.AlignmentFlag.AlignVCenter
        names, texts = QFontMetrics(current.text(12)), QFontMetrics(current.mono())
        for at, (name, text, tone) in enumerate(self._facts):
            y = current.px(6) + at * height
            start = left + gap if name else left
            painter.setFont(current.text(12))
            painter.setPen(current.color("t3"))
            shown = names.elidedText(name, Qt.TextElideMode.ElideRight, gap - current.px(8))
            painter.drawText(QRect(left, y, gap, height), middle, shown)
            room = self.width() - start - left - (current.px(18) if tone else 0)
            painter.setFont(current.mono())
            painter.setPen(current.color("t1"))
            shown = texts.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(start, y, room, height), middle, shown)
            if tone:
                icon = current.pixmap("check" if tone == "ok" else "error", tone, 13, self.devicePixelRatioF())
                painter.drawPixmap(start + texts.horizontalAdvance(shown) + current.px(6), y + current.px(3), icon)
        painter.end()


class _Section(QWidget):
    """A head that folds its content away."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._arrow = IconLabel("down", "t3", 12)
        self._note = label("", "dim")
        head = panel(
            row(self._arrow, label(title, "name"), None, self._note, gap=6, margins=(12, 0, 12, 0)), "sectionHead"
        )
        head.setFixedHeight(theme().px(24))
        head.mousePressEvent = lambda _event: self._fold()  # type: ignore[method-assign]
        self.facts = FactList()
        self.setLayout(column(head, self.facts, gap=0))

    def show_facts(self, note: str, facts: Sequence[Fact]) -> None:
        """Content and the words at the right of the head."""
        self._note.setText(note)
        self.facts.show_facts(facts)

    def _fold(self) -> None:
        self.facts.setVisible(self.facts.isHidden())
        self._arrow.show_icon("right" if self.facts.isHidden() else "down", "t3")


class RecordInspector(QWidget):
    """Shows one record. `filter_wanted` with a test, `column_wanted` with a field's path."""

    filter_wanted = Signal(str)
    column_wanted = Signal(object)
    resend_wanted = Signal(object)
    edit_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pane")
        self._row: RecordRow | None = None
        self._raw_of: RecordRow | None = None
        self.tabs = QTabBar()
        self.tabs.setProperty("inner", True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(self.tr("Parts of the record"))
        for title in (self.tr("Value"), self.tr("Raw"), self.tr("Headers"), self.tr("Batch")):
            self.tabs.addTab(title)
        self.kind_words = ""
        strip = row(self.tabs, None, gap=0)
        self.tree = ValueTree(self.tr("Value"))
        self.tree.menu_wanted.connect(self._tree_menu)
        self.text = _PlainText(self.tr("Value as text"), wrap=True)
        self._trouble = Notice()
        self.value_stack = QStackedWidget()
        self.value_stack.addWidget(self.tree)
        self.value_stack.addWidget(self.text)
        self._headers = _Section(self.tr("Headers"))
        self._batch = _Section(self.tr("Batch"))
        value_page = QWidget()
        trouble = panel(column(self._trouble, margins=(12, 8, 12, 0)))
        self._trouble_box = trouble
        value_layout = column(trouble, gap=0)
        value_layout.addWidget(self.value_stack, 1)
        value_layout.addWidget(self._headers)
        value_layout.addWidget(self._batch)
        value_page.setLayout(value_layout)
        self.raw = _PlainText(self.tr("Raw bytes"))
        self.header_list, self.batch_list = FactList(), FactList()
        self.stack = QStackedWidget()
        for page in (value_page, self.raw, _scrolled(self.header_list), _scrolled(self.batch_list)):
            self.stack.addWidget(page)
        self.tabs.currentChanged.connect(self._tab)
        self._edit = Button(
            self.tr("Edit and resend"), "pending", small=True, on_click=lambda: self._emit(self.edit_wanted)
        )
        self._resend = Button(self.tr("Resend"), "produce", small=True, on_click=lambda: self._emit(self.resend_wanted))
        self._copy = IconButton("copy", self.tr("Copy"), on_click=self._copy_menu)
        foot = panel(
            row(self._edit, self._resend, None, self._copy, gap=6, margins=(12, 0, 12, 0)), "footer", height=40
        )
        layout = column(panel(strip, "strip", height=28), gap=0)
        layout.addWidget(self.stack, 1)
        layout.addWidget(foot)
        self.setLayout(layout)
        self.explain_writing("")

    @property
    def record(self) -> RecordRow | None:
        """What is shown."""
        return self._row

    def show_record(self, record: RecordRow, decoder: str) -> None:
        """Shows another record, its value read by `decoder`."""
        self._row, self._raw_of = record, None
        decoded = decode(record.value, decoder)
        self.kind_words = self._kind_words(record, decoded.kind)
        words, tone = self._remark(record, decoded)
        self._trouble.show_text(words, tone)
        self._trouble_box.setVisible(bool(words))
        if decoded.kind == JSON:
            self.tree.show_value(decoded.value)
            self.value_stack.setCurrentWidget(self.tree)
        else:
            self.text.setPlainText(_plain(decoded.kind, decoded.value, record))
            self.value_stack.setCurrentWidget(self.text)
        headers = tuple((name, text, "") for name, text in header_facts(record))
        batch = batch_facts(record)
        self._headers.show_facts(str(len(headers)), headers[:8])
        self._headers.setVisible(bool(headers))
        position = self.tr("record {} of {}").format(record.position_in_batch + 1, record.batch.record_count)
        self._batch.show_facts(position, batch)
        self.header_list.show_facts(headers)
        self.batch_list.show_facts((("", position, ""), *batch))
        self.tabs.setTabText(2, self.tr("Headers {}").format(len(headers)) if headers else self.tr("Headers"))
        self._tab(self.tabs.currentIndex())

    def _remark(self, record: RecordRow, decoded: Decoded) -> tuple[str, str]:
        if record.is_cut and decoded.kind != JSON:
            return self.tr("Reading the whole value …"), "info"
        if decoded.trouble:
            return decoded.trouble, "warn"
        if decoded.kind == "text" and len(decoded.value) > _TEXT_SHOWN:
            shown, whole = units.size(_TEXT_SHOWN), units.size(record.value_length)
            return self.tr("The first {} of {}; Copy takes all of it.").format(shown, whole), "info"
        return "", "info"

    def explain_writing(self, reason: str) -> None:
        """Why nothing can be sent, "" if it can."""
        self._edit.explain(reason)
        self._resend.explain(reason)

    def _kind_words(self, record: RecordRow, kind: str) -> str:
        if record.control_type is not None:
            return self.tr("control record")
        if record.value is None:
            return self.tr("null")
        words = {JSON: "JSON", HEX: self.tr("bytes")}.get(kind, kind)
        return f"{words}, {units.size(record.value_length)}"

    def _tab(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        if place == 1 and self._row is not None and self._raw_of is not self._row:
            self._raw_of = self._row
            self.raw.setPlainText(self._raw_text(self._row))

    def _raw_text(self, record: RecordRow) -> str:
        parts = []
        for title, data in ((self.tr("key"), record.key), (self.tr("value"), record.value)):
            parts.append(f"{title}  {self.tr('null') if data is None else units.size(len(data))}")
            if data:
                parts.append(hex_dump(data, per_line=self._bytes_per_line()))
            parts.append("")
        return "\n".join(parts)

    def _bytes_per_line(self) -> int:
        letter = max(1, self.raw.fontMetrics().horizontalAdvance("0"))
        return 16 if self.raw.viewport().width() > letter * 76 else 8

    def _tree_menu(self, node: JsonNode, place: QPoint) -> None:
        lines: list[tuple[str, str, Callable[[], object]] | None] = []
        if not isinstance(node.value, dict | list):
            test = _test_of(node)
            lines.append((self.tr("Filter: {}").format(_short(test)), "filter", lambda: self.filter_wanted.emit(test)))
        names = tuple(step for step in node.path if isinstance(step, str))
        if len(names) == len(node.path) and names != ("",):
            lines.append((self.tr("Show as column"), "columns", lambda: self.column_wanted.emit(names)))
        lines.append(None)
        lines.append((self.tr("Copy value"), "copy", lambda: _to_clipboard(node_json(node))))
        lines.append((self.tr("Copy path"), "copy", lambda: _to_clipboard(_path_text(node))))
        menu_of(self, lines).popup(place)

    def _copy_menu(self) -> None:
        record = self._row
        if record is None:
            return
        key, value = record.key or b"", record.value or b""
        menu = menu_of(
            self,
            [
                (self.tr("Value"), "copy", lambda: _to_clipboard(value.decode("utf-8", "replace"))),
                (self.tr("Key"), "copy", lambda: _to_clipboard(key.decode("utf-8", "replace"))),
                (self.tr("Whole record as JSON"), "copy", lambda: _to_clipboard(copied_json(record))),
                (self.tr("Value as hex"), "copy", lambda: _to_clipboard(value.hex(" "))),
            ],
        )
        menu.popup(self._copy.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _emit(self, signal: SignalInstance) -> None:
        if self._row is not None:
            signal.emit(self._row)


def _scrolled(inner: QWidget) -> ScrollColumn:
    area = ScrollColumn()
    area.box.addWidget(inner)
    area.box.addStretch(1)
    return area


def _plain(kind: str, value: object, record: RecordRow) -> str:
    if record.control_type is not None:
        return record.control_type
    if kind == "null":
        return "null"
    if kind == HEX:
        return hex_dump(record.value or b"", per_line=8)
    return str(value)[:_TEXT_SHOWN]


def _short(text: str) -> str:
    return text if len(text) < 60 else text[:57] + "…"


def _path_text(node: JsonNode) -> str:
    text = "value"
    for step in node.path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            plain = step.replace("_", "a").replace("-", "a").isalnum() and not step[:1].isdigit()
            text += f".{step}" if plain else f'["{step}"]'
    return text


def _test_of(node: JsonNode) -> str:
    path = _path_text(node)
    if node.value is None:
        return f"{path} is null"
    return f"{path} == {json.dumps(node.value, ensure_ascii=False)}"


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
