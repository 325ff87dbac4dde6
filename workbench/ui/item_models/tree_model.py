"""The navigator's tree: nodes by key, brought up to date by comparing with what it should show.

`sync` inserts, removes and changes only what differs, so that expansion, selection and scroll place stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from workbench.system.quick_dataclass import dataclass

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
        if not nodes and not item.children:
            return
        where = self._index(item)
        self._remove_missing(item, where, {node.key for node in nodes})
        present = {child.node.key for child in item.children}
        place = 0
        while place < len(nodes):
            if nodes[place].key not in present:
                place = self._insert_run(item, where, nodes, place, present)
                continue
            if item.children[place].node.key != nodes[place].key:
                self._move_here(item, where, nodes[place].key, place)
            child = item.children[place]
            if child.node.shallow() != nodes[place].shallow():
                child.node = nodes[place]
                index = self._made(place, child)
                self.dataChanged.emit(index, index)
            self._sync(child, nodes[place].children)
            place += 1

    def _insert_run(
        self, item: _Item, where: QModelIndex, nodes: Sequence[TreeNode], first: int, present: set[str]
    ) -> int:
        last = first
        while last + 1 < len(nodes) and nodes[last + 1].key not in present:
            last += 1
        made = [_Item(node, item) for node in nodes[first : last + 1]]
        self.beginInsertRows(where, first, last)
        item.children[first:first] = made
        self.endInsertRows()
        for child in made:
            self._sync(child, child.node.children)
        return last + 1

    def _move_here(self, item: _Item, where: QModelIndex, key: str, place: int) -> None:
        old = next(at for at in range(place, len(item.children)) if item.children[at].node.key == key)
        self.beginMoveRows(where, old, old, where, place)
        item.children.insert(place, item.children.pop(old))
        self.endMoveRows()

    def _remove_missing(self, item: _Item, where: QModelIndex, wanted: set[str]) -> None:
        last = len(item.children) - 1
        while last >= 0:
            if item.children[last].node.key in wanted:
                last -= 1
                continue
            first = last
            while first > 0 and item.children[first - 1].node.key not in wanted:
                first -= 1
            self.beginRemoveRows(where, first, last)
            for gone in item.children[first : last + 1]:
                self._forget(gone)
            del item.children[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _forget(self, item: _Item) -> None:
        self._items.pop(id(item), None)
        for child in item.children:
            self._forget(child)
