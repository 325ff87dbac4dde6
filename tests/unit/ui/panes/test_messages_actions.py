"""Menus over a record and over a header, without a cluster's answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from tests.helpers.pane_play import Play, filled_topic, playing
from workbench.client.browse.batch_rows import rows_of
from workbench.records import BatchView, NewRecord, build_batch
from workbench.ui.panes.messages_pane import MessagesPane
from workbench.ui.view_models.messages_model import MessagesState

popping_up = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
async def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    async with playing(filled_topic(), tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
async def pane(play: Play) -> AsyncIterator[MessagesPane]:
    made = MessagesPane(play.context, play.key)
    made.shown()
    await play.until(lambda: made.messages.state is MessagesState.SHOWING and made.table.currentIndex().isValid())
    yield made
    made.messages.close()
    made.deleteLater()  # its own signals keep it: each would cost every later change of the theme


def menu(pane: MessagesPane) -> dict[str, bool]:
    found = pane.table.findChildren(QMenu)[-1]
    found.hide()
    return {action.text(): action.isEnabled() for action in found.actions() if action.text()}


@popping_up
async def test_the_menu_over_a_cell(pane: MessagesPane) -> None:
    record = pane.table.current_record()
    status = next(column for column in pane.table.columns if column.title == "status")
    pane.actions_of_records.show_row_menu(record, status, QPoint())
    lines = menu(pane)
    assert list(lines)[:2] == ['Filter: value.status == "PAID"', 'Filter: not value.status == "PAID"']
    assert lines["Resend"] and lines["Edit and resend"]


@popping_up
async def test_control_records_are_not_sent_again(pane: MessagesPane) -> None:
    batch = build_batch([NewRecord(1, b"\x00\x00\x00\x01", b"")], control=True)
    (marker,) = rows_of(BatchView(batch), "orders", 0)
    pane.actions_of_records.show_row_menu(marker, pane.table.columns[3], QPoint())
    lines = menu(pane)
    assert not lines["Resend"] and not lines["Edit and resend"]


@popping_up
async def test_the_menu_over_the_header(pane: MessagesPane) -> None:
    status = next(column for column in pane.table.columns if column.title == "status")
    pane.actions_of_records.show_header_menu(status, QPoint())
    assert set(menu(pane)) == {"Remove column status", "Show orderId", "Show note"}
