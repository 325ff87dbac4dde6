"""The navigator's tree: nodes by key, brought up to date by comparing with what it should show.

`sync` inserts, removes and changes only what differs, so that expansion, selection and scroll place stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

NODE_ROLE = Qt.ItemDataRole.UserRole + 1
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One line: `stripe` is the series of a cluster's stripe, `mark` an icon before `count` in `mark_tone`."""

    key: str
    text: str
    icon: str = ""
    icon_tone: str = "t3"
    count: str = ""
    strong: bool = False
    dim: bool = False
    stripe: int | None = None
    mark: str = ""
    mark_tone: str = ""
    locked: bool = False
    tip: str = ""
    children: tuple[TreeNode, ...] = field(default=(), repr=False)

    def shallow(self) -> TreeNode:
        """The node without its children, to compare what it shows itself."""
        return replace(self, children=())


class _Item:
    __slots__ = ("children", "node", "parent")

    def __init__(self, node: TreeNode, parent: _Item | None) -> None:
        self.node, self.parent = node, parent
        self.children: list[_Item] = []


class TreeModel(QAbstractItemModel):
    """One column of `TreeNode`s under NODE_ROLE."""

    def __init__(self) -> None:
        super().__init__()
        self._root = _Item(TreeNode("", ""), None)
        self._items: dict[int, _Item] = {}

    def sync(self, nodes: Sequence[TreeNode]) -> None:
        """Shows these nodes and their children."""
        self._sync(self._root, nodes)

    def index_of(self, key: str) -> QModelIndex:
        """The index of a key anywhere in the tree, invalid if it is not there."""
        item = self._find(self._root, key)
        return self._index(item) if item is not None else QModelIndex()

    def node_at(self, index: QModelIndex | QPersistentModelIndex) -> TreeNode | None:
        """The node of an index."""
        return self._item(index).node if index.isValid() else None

    def index(self, row: int, column: int, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> QModelIndex:
        """The index of a child."""
        children = self._item(parent).children
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self._made(row, children[row])

    def parent(self, index: QModelIndex | QPersistentModelIndex = _ROOT) -> QModelIndex:  # type: ignore[override]
        """The index of the parent."""
        if not index.isValid():
            return QModelIndex()
        parent = self._item(index).parent
        return QModelIndex() if parent is None else self._index(parent)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """How many children."""
        return len(self._item(parent).children)

    def columnCount(self, _parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """One."""
        return 1

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The node, its text, its tool tip."""
        if not index.isValid():
            return None
        node = self._item(index).node
        if role == NODE_ROLE:
            return node
        if role == Qt.ItemDataRole.DisplayRole:
            return node.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{node.text} {node.count}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            return node.tip or None
        return None

    def _item(self, index: QModelIndex | QPersistentModelIndex) -> _Item:
        return self._items[index.internalId()] if index.isValid() else self._root

    def _made(self, row: int, item: _Item) -> QModelIndex:
        self._items[id(item)] = item
        return self.createIndex(row, 0, id(item))

    def _index(self, item: _Item) -> QModelIndex:
        if item.parent is None:
            return QModelIndex()
        return self._made(item.parent.children.index(item), item)

    def _find(self, item: _Item, key: str) -> _Item | None:
        for child in item.children:
            if child.node.key == key:
                return child
            found = self._find(child, key)
            if found is not None:
                return found
        return None

    def _sync(self, item: _Item, nodes: Sequence[TreeNode]) -> None:
        wanted = {node.key for node in nodes}
        where = self._index(item)
        for place in range(len(item.children) - 1, -1, -1):
            if item.children[place].node.key not in wanted:
                self._remove(item, where, place)
        for place, node in enumerate(nodes):
            present = item.children[place] if place < len(item.children) else None
            if present is None or present.node.key != node.key:
                old = next((at for at, child in enumerate(item.children) if child.node.key == node.key), None)
                if old is not None:
                    self._remove(item, where, old)
                self.beginInsertRows(where, place, place)
                present = _Item(node, item)
                item.children.insert(place, present)
                self.endInsertRows()
            elif present.node.shallow() != node.shallow():
                present.node = node
                index = self._made(place, present)
                self.dataChanged.emit(index, index)
            self._sync(present, node.children)

    def _remove(self, item: _Item, where: QModelIndex, place: int) -> None:
        self.beginRemoveRows(where, place, place)
        self._forget(item.children.pop(place))
        self.endRemoveRows()

    def _forget(self, item: _Item) -> None:
        self._items.pop(id(item), None)
        for child in item.children:
            self._forget(child)
