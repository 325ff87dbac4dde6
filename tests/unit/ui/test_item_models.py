"""Tables and trees: brought up to date with as little as possible, keeping what the user chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from workbench.ui.item_models import table_model
from workbench.ui.item_models.table_model import CELL_ROLE, ROW_ROLE, Cell, Column, TableModel
from workbench.ui.item_models.tree_model import TreeModel, TreeNode


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    value: int | None


def _table() -> TableModel[Line]:
    columns = (
        Column[Line]("Name", lambda line: Cell(line.name), order=lambda line: line.name),
        Column[Line]("Value", lambda line: Cell(str(line.value)), 80, True, lambda line: line.value),
    )
    return TableModel(columns, lambda line: line.name)


def _lines(*names: str) -> list[Line]:
    return [Line(name, len(name)) for name in names]


names = st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=10)


@settings(deadline=None, max_examples=60)
@given(names, names)
def test_any_change_of_rows_is_told_rightly(before: list[str], after: list[str]) -> None:
    model = _table()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_rows(_lines(*before))
    marks = {name: QPersistentModelIndex(model.index(place, 0)) for place, name in enumerate(before)}
    model.set_rows(_lines(*after))
    assert [line.name for line in model.rows] == after
    for name, mark in marks.items():
        if name in after:
            assert mark.isValid() and mark.row() == after.index(name), "a selection stays with its row"
        else:
            assert not mark.isValid()
    tester.deleteLater()


def test_equal_rows_tell_nothing_and_a_changed_row_only_itself() -> None:
    model = _table()
    model.set_rows(_lines("a", "b", "c"))
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, *_: told.append((first.row(), last.row())))
    model.rowsInserted.connect(lambda *_: told.append((-1, -1)))
    model.layoutChanged.connect(lambda *_: told.append((-2, -2)))
    model.set_rows(_lines("a", "b", "c"))
    assert told == []
    model.set_rows([Line("a", 1), Line("b", 99), Line("c", 1)])
    assert told == [(1, 1)]


def test_sorting_keeps_later_rows_sorted_and_unknown_last() -> None:
    model = _table()
    model.set_rows([Line("a", 3), Line("b", None), Line("c", 1)])
    model.sort(1, Qt.SortOrder.AscendingOrder)
    assert [line.name for line in model.rows] == ["c", "a", "b"]
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert [line.name for line in model.rows] == ["a", "c", "b"]
    model.set_rows([Line("a", 3), Line("b", None), Line("c", 1), Line("d", 9)])
    assert [line.name for line in model.rows] == ["d", "a", "c", "b"]
    model.sort(-1)
    model.set_rows(_lines("z", "y"))
    assert [line.name for line in model.rows] == ["z", "y"]


def test_a_very_different_table_is_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_model, "RESET_FROM", 3)
    model = _table()
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    model.set_rows(_lines("a", "b"))
    model.set_rows(_lines(*"abcdefgh"))
    assert resets == [1] and model.rowCount() == 8


def test_roles() -> None:
    model = _table()
    model.set_rows(_lines("orders"))
    index = model.index(0, 1)
    assert model.data(index, CELL_ROLE) == Cell("6")
    assert model.data(index, ROW_ROLE) == Line("orders", 6)
    assert model.data(index, Qt.ItemDataRole.DisplayRole) == "6"
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Value"
    assert model.place_of("orders") == 0 and model.place_of("x") is None


def _node(key: str, *children: TreeNode, **more: Any) -> TreeNode:
    return TreeNode(key, key, children=children, **more)


trees = st.lists(st.tuples(st.sampled_from("abcd"), names), unique_by=lambda pair: pair[0], max_size=4)


@settings(deadline=None, max_examples=40)
@given(trees, trees)
def test_any_tree_becomes_any_other(before: Any, after: Any) -> None:
    model = TreeModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for shape in (before, after):
        nodes = [_node(key, *[_node(f"{key}.{name}") for name in inner]) for key, inner in shape]
        model.sync(nodes)
        shown = [
            (
                model.data(model.index(row, 0)),
                [
                    model.data(model.index(inner, 0, model.index(row, 0)))
                    for inner in range(model.rowCount(model.index(row, 0)))
                ],
            )
            for row in range(model.rowCount())
        ]
        assert shown == [(key, [f"{key}.{name}" for name in inner]) for key, inner in shape]
    tester.deleteLater()


def test_a_changed_count_keeps_the_place_of_its_node() -> None:
    model = TreeModel()
    model.sync([_node("a", _node("a.b", count="1"))])
    mark = QPersistentModelIndex(model.index_of("a.b"))
    told: list[str] = []
    model.dataChanged.connect(lambda first, *_: told.append(model.data(first)))
    model.sync([_node("a", _node("a.a"), _node("a.b", count="2"))])
    assert mark.isValid() and mark.row() == 1 and told == ["a.b"]
    node = model.node_at(model.index_of("a.b"))
    assert node is not None and node.count == "2"
    assert not model.index_of("missing").isValid()
