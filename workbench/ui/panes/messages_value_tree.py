"""A decoded value as a tree: name, value in its colour, kind at the right; unfolded as far as it fits."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from workbench.ui.item_models.json_tree_model import NODE_ROLE, JsonNode, JsonTreeModel
from workbench.ui.theme import theme
from workbench.ui.view_models.messages_rows import token_of

_UNFOLDED_LINES = 24


class ValueTree(QTreeView):
    """`menu_wanted` with a node on a right click."""

    menu_wanted = Signal(object, QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.values = JsonTreeModel(self)
        self.setModel(self.values)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(theme().px(16))
        self.setItemDelegate(_NodeDelegate(self))
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        theme().changed.connect(self.viewport().update)

    def show_value(self, value: Any) -> None:
        """Shows a value and unfolds its first branches while there is room."""
        self.values.show_value(value)
        lines = self.values.rowCount()
        waiting = [self.values.index(row, 0) for row in range(lines)]
        while waiting:
            index = waiting.pop(0)
            node = self.values.node_of(index)
            if not node.is_branch:
                continue
            if lines + len(node.value) > _UNFOLDED_LINES:
                continue
            lines += len(node.value)
            self.expand(index)
            waiting += [self.values.index(row, 0, index) for row in range(self.values.rowCount(index))]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy takes the value under the cursor."""
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy) and index.isValid():
            QGuiApplication.clipboard().setText(node_json(self.values.node_of(index)))
            return
        super().keyPressEvent(event)

    def _ask_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if index.isValid():
            self.menu_wanted.emit(self.values.node_of(index), self.viewport().mapToGlobal(place))


def node_json(node: JsonNode) -> str:
    """The value of a node as it is copied: text without quotes, the rest as JSON."""
    return node.value if isinstance(node.value, str) else json.dumps(node.value, ensure_ascii=False, indent=2)


class _NodeDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(theme().px(100), theme().px(20))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        current = theme()
        rect = QRectF(option.rect)
        state = option.state
        view = self.parent()
        assert isinstance(view, ValueTree)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, current.color("sel" if view.hasFocus() else "selin"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, current.color("hover"))
        node = index.data(NODE_ROLE)
        if not isinstance(node, JsonNode):
            return
        small, mono = current.text(11), current.mono()
        painter.setFont(small)
        painter.setPen(current.color("t3"))
        metrics = QFontMetricsF(small)
        right = rect.right() - current.px(8)
        width = metrics.horizontalAdvance(node.kind)
        painter.drawText(
            QRectF(right - width, rect.top(), width, rect.height()), Qt.AlignmentFlag.AlignVCenter, node.kind
        )
        painter.setFont(mono)
        letters = QFontMetricsF(mono)
        room = right - width - current.px(10) - rect.left()
        name = "" if node.name == "" else f"{node.name}: "
        painter.setPen(current.color("key"))
        shown = letters.elidedText(name, Qt.TextElideMode.ElideRight, room)
        area = QRectF(rect.left() + 2, rect.top(), room, rect.height())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
        used = letters.horizontalAdvance(shown)
        painter.setPen(current.color("t3" if isinstance(node.value, dict | list) else token_of(node.value)))
        text = letters.elidedText(node.text[:600], Qt.TextElideMode.ElideRight, room - used)
        painter.drawText(area.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
