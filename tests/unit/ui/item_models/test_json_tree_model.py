"""JSON as a tree that is made while it is unfolded."""

from PySide6.QtCore import QModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from workbench.ui.item_models import json_tree_model
from workbench.ui.item_models.json_tree_model import JsonNode, JsonTreeModel


def shown(model: JsonTreeModel, parent: QModelIndex | None = None) -> list[str]:
    above = parent or QModelIndex()
    lines = []
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        lines.append(model.data(index))
        lines += [f"  {line}" for line in shown(model, index)]
    return lines


def test_a_value_as_lines() -> None:
    model = JsonTreeModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_value({"a": 1, "b": {"c": [True, None]}, "empty": [], "text": "x"})
    assert shown(model) == [
        "a: 1 (number)",
        "b: 1 field (object)",
        "  c: 2 elements (array)",
        "    0: true (boolean)",
        "    1: null (null)",
        "empty: [] (array)",
        'text: "x" (string)',
    ]


def test_scalars_and_lists_at_the_top() -> None:
    model = JsonTreeModel()
    model.show_value(5)
    assert shown(model) == [": 5 (number)"]
    model.show_value([{"a": 1}, {"a": 2}])
    assert shown(model)[0] == "0: 1 field (object)"


def test_summaries_and_paths() -> None:
    top = JsonNode(None, {"items": [{"sku": "A"}]}, None, 0)
    items = top.children[0]
    assert items.summary == "1 object"
    assert items.children[0].children[0].path == ("items", 0, "sku")


def test_children_are_made_when_asked_for_and_not_without_end(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(json_tree_model, "MOST_CHILDREN", 3)
    node = JsonNode(None, list(range(10)), None, 0)
    assert node._children is None
    assert [child.name for child in node.children] == [0, 1, 2, "…"]
    assert node.children[-1].value == "7 more"
