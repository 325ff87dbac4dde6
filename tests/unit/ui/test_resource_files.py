"""Resource files are found beside the source."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from workbench.ui.resource_files import application_icon, resource


def test_the_icon_is_there_and_can_be_drawn(qapp: QApplication) -> None:
    assert resource("icons", "kafka-workbench.svg").is_file()
    assert not application_icon().pixmap(64, 64).isNull()
    assert not resource("no", "such").exists()
