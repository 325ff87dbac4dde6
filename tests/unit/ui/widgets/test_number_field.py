"""The field keeps to its bounds, and its text does not touch the edge."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from workbench.ui.widgets.number_field import number_field


def test_a_number_between_two_bounds(qtbot: QtBot) -> None:
    field = number_field(1, 9, "Replicas", value=3)
    qtbot.addWidget(field)
    assert field.value() == 3 and field.accessibleName() == "Replicas"
    field.setValue(12)
    assert field.value() == 9


def test_its_text_stands_off_the_edge(qtbot: QtBot) -> None:
    field = number_field(4, 9, "Partitions")
    qtbot.addWidget(field)
    assert field.value() == 4
    assert field.lineEdit().textMargins().left() > 0
