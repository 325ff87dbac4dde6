"""A value as a tree: unfolded while it fits, copied by keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from workbench.ui.panes.messages_value_tree import ValueTree


@pytest.fixture
def tree(qtbot) -> ValueTree:  # type: ignore[no-untyped-def]
    made = ValueTree("Value")
    qtbot.addWidget(made)
    made.resize(320, 400)
    made.show()
    return made


def test_small_values_are_unfolded_large_ones_are_not(tree: ValueTree) -> None:
    tree.show_value({"small": {"a": 1}, "large": list(range(10_000))})
    assert tree.isExpanded(tree.values.index(0, 0))
    assert not tree.isExpanded(tree.values.index(1, 0))
    tree.grab()


def test_copying_a_branch(tree: ValueTree) -> None:
    tree.show_value({"a": {"b": 1}, "text": "plain"})
    tree.setCurrentIndex(tree.values.index(0, 0))
    QTest.keyClick(tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == '{\n  "b": 1\n}'
    tree.setCurrentIndex(tree.values.index(1, 0))
    QTest.keyClick(tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "plain"
