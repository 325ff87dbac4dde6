"""The field of settings: names to choose from, lines underlined."""

from __future__ import annotations

from workbench.broker_contract.setting_faults import KnownSetting
from workbench.ui.widgets.settings_field import SettingsField


def test_a_chosen_name_comes_with_its_default() -> None:
    field = SettingsField("Settings")
    changes: list[int] = []
    field.changed.connect(lambda: changes.append(1))
    field.offer([KnownSetting("num.partitions", "int", "1"), KnownSetting("log.cleaner.x", "list", None)])
    assert not field._add.isEnabled()
    field.text.setPlainText("a=1")
    field.key.setText("num.partitions")
    assert field._about.text() == "int, 1"
    field._add.click()
    assert field.text.toPlainText() == "a=1\nnum.partitions=1" and field.key.text() == "" and changes
    field.key.setText("log.cleaner.x")
    assert field._about.text() == "list, no default"
    field.key.setText("nothing.like.it")
    field._insert()
    assert "nothing" not in field.text.toPlainText()
    field.deleteLater()


def test_the_line_at_fault_is_underlined() -> None:
    field = SettingsField("Settings")
    field.text.setPlainText("a=1\nb=2")
    field.show_fault("B is wrong.", 1, "err")
    (mark,) = field.text.extraSelections()
    assert mark.cursor.selectedText() == "b=2" and field.words() == "B is wrong."
    field.show_fault("Fine.", None, "ok")
    assert field.text.extraSelections() == []
    field.deleteLater()
