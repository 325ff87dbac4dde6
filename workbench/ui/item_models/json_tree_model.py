"""Decoded JSON as a tree whose branches are made when they are unfolded, so that a large value costs what is seen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.system.counting import counted
from workbench.ui.view_models.messages_rows import literal

NODE_ROLE = Qt.ItemDataRole.UserRole + 1
MOST_CHILDREN = 20_000
_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex
KINDS = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    type(None): "null",
    dict: "object",
    list: "array",
}


class JsonNode:
    """A value in its place; children are made at first need, at most `MOST_CHILDREN`, the rest counted in one."""

    __slots__ = ("_children", "name", "parent", "place", "value")

    def __init__(self, name: str | int | None, value: Any, parent: JsonNode | None, place: int) -> None:
        self.name = name
        self.value = value
        self.parent = parent
        self.place = place
        self._children: list[JsonNode] | None = None

    @property
    def kind(self) -> str:
        """JSON's word for the kind of value."""
        return KINDS.get(type(self.value), "string")

    @property
    def is_branch(self) -> bool:
        """An object or array with something in it."""
        return isinstance(self.value, dict | list) and bool(self.value)

    @property
    def children(self) -> list[JsonNode]:
        """Fields or elements."""
        if self._children is None:
            pairs: list[tuple[str | int, Any]] = []
            if isinstance(self.value, dict):
                pairs = list(self.value.items())
            elif isinstance(self.value, list):
                pairs = list(enumerate(self.value))
            shown = pairs[:MOST_CHILDREN]
            self._children = [JsonNode(name, inner, self, at) for at, (name, inner) in enumerate(shown)]
            if len(pairs) > len(shown):
                self._children.append(JsonNode("…", f"{len(pairs) - len(shown):,} more", self, len(shown)))
        return self._children

    @property
    def summary(self) -> str:
        """What a folded branch says: `3 fields`, `2 objects`."""
        count = len(self.value)
        if isinstance(self.value, dict):
            return counted(count, "{} field", "{} fields")
        kinds = {KINDS.get(type(item), "string") for item in self.value[:50]}
        kind = kinds.pop() if len(kinds) == 1 else "element"
        kind = "null value" if kind == "null" else kind
        return counted(count, "{} {}", "{} {}s", kind)

    @property
    def text(self) -> str:
        """The value on one line."""
        if self.is_branch:
            return self.summary
        if isinstance(self.value, dict | list):
            return "{}" if isinstance(self.value, dict) else "[]"
        return literal(self.value)

    @property
    def path(self) -> tuple[str | int, ...]:
        """Names and indexes from the root."""
        return () if self.parent is None or self.name is None else (*self.parent.path, self.name)


class JsonTreeModel(QAbstractItemModel):
    """One column; the delegate paints name, value and kind from NODE_ROLE."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._top = JsonNode(None, {}, None, 0)

    def show_value(self, value: Any) -> None:
        """Shows another value; a scalar is one line without a name."""
        self.beginResetModel()
        self._top = JsonNode(None, value if isinstance(value, dict | list) else {"": value}, None, 0)
        self.endResetModel()

    def node_of(self, index: Index) -> JsonNode:
        """The node of an index, the root for an invalid one."""
        if not index.isValid():
            return self._top
        node: JsonNode = index.internalPointer()
        return node

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        """The index of a child."""
        children = self.node_of(parent).children
        return (
            self.createIndex(row, column, children[row]) if 0 <= row < len(children) and column == 0 else QModelIndex()
        )

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        """The index of the branch a node is in."""
        above = self.node_of(index).parent if index.isValid() else None
        return QModelIndex() if above is None or above is self._top else self.createIndex(above.place, 0, above)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Children of a node."""
        return len(self.node_of(parent).children) if not parent.isValid() or self.node_of(parent).is_branch else 0

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        """Whether it can be unfolded, without unfolding it."""
        return not parent.isValid() or self.node_of(parent).is_branch

    def columnCount(self, parent: Index = _ROOT) -> int:
        """One."""
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The node, or its line for accessibility."""
        if not index.isValid():
            return None
        node = self.node_of(index)
        if role == NODE_ROLE:
            return node
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{node.name}: {node.text} ({node.kind})"
        return None
