"""The messages pane on a topic held in memory: what a user sees and does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.helpers.fake_partitions import FakePartitions
from tests.helpers.fake_session import partition, topic
from tests.helpers.pane_play import Play, filled_topic, playing
from workbench.client.browse.view_spec import Bound, BoundKind
from workbench.records import NewRecord
from workbench.ui.panes.messages_pane import MessagesPane
from workbench.ui.view_models.jobs import JobState
from workbench.ui.view_models.messages_model import MessagesState, Order
from workbench.ui.view_models.produce_model import take_draft


@pytest.fixture
async def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    async with playing(filled_topic(), tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
async def pane(play: Play) -> AsyncIterator[MessagesPane]:
    made = MessagesPane(play.context, play.key)
    made.resize(1_000, 700)
    made.show()
    made.shown()
    await play.until(lambda: made.messages.state is MessagesState.SHOWING and made.table.currentIndex().isValid())
    yield made
    made.messages.close()
    made.close()
    made.deleteLater()


def cell(pane: MessagesPane, row: int, title: str) -> str:
    titles = [column.title for column in pane.table.columns]
    model = pane.table.records
    return str(model.data(model.index(row, titles.index(title))))


def titles(pane: MessagesPane) -> list[str]:
    return [column.title for column in pane.table.columns]


async def run_filter(play: Play, pane: MessagesPane, text: str) -> None:
    pane.filter_bar.field.setText(text)
    QTest.keyClick(pane.filter_bar.field, Qt.Key.Key_Return)
    await play.until(lambda: pane.messages.state in (MessagesState.FOUND, MessagesState.SHOWING))


async def test_rows_columns_and_the_record_beside(play: Play, pane: MessagesPane) -> None:
    assert titles(pane) == ["P", "Offset", "Timestamp", "Key", "status", "total", "Value", "Size, B"]
    assert [cell(pane, 0, title) for title in ("P", "Offset", "Key", "status", "total")] == [
        "2", "99", "ord-299", "PAID", "299",
    ]  # fmt: skip
    assert cell(pane, 0, "Value") == '{"note": {"a": [1, 2]}, …}'
    inspected = pane.inspected()
    assert inspected is not None
    assert (inspected.title, inspected.widget) == ("orders-2 @ 99", pane.inspector)
    assert pane._count.text() == "300 messages"
    await play.until(lambda: not pane.histogram.isHidden())


async def test_the_cursor_moves_the_inspector(pane: MessagesPane) -> None:
    pane.table.setFocus()
    QTest.keyClick(pane.table, Qt.Key.Key_Down)
    assert pane.inspector.record is not None
    assert pane.inspector.record.key == b"ord-298"


async def test_a_filter_by_keyboard(play: Play, pane: MessagesPane) -> None:
    pane.focus_filter()
    await run_filter(play, pane, 'value.status == "FAILED"')
    await play.until(lambda: pane._count.text() == "60 matches")
    assert cell(pane, 0, "Key") == "ord-295"
    assert not pane.progress.isHidden()
    (job,) = play.model.jobs.all
    assert (job.state, job.note) == (JobState.DONE, "60 match")
    QTest.keyClick(pane.filter_bar.field, Qt.Key.Key_Escape)
    await play.until(lambda: pane.messages.state is MessagesState.SHOWING)
    assert pane.filter_bar.field.text() == ""
    assert pane.messages.source.count == 300


async def test_closing_the_tab_ends_its_search(play: Play, pane: MessagesPane) -> None:
    pane._set_filter("value.total >= 0")
    await play.until(lambda: play.model.jobs.all)
    pane.messages.close()
    (job,) = play.model.jobs.all
    assert job.state is not JobState.RUNNING


async def test_a_wrong_filter_is_marked_and_does_not_run(play: Play, pane: MessagesPane) -> None:
    pane.filter_bar.field.setText("value.totl > 5")
    QTest.keyClick(pane.filter_bar.field, Qt.Key.Key_Return)
    assert pane.filter_bar.field.property("state") == "err"
    assert "did you mean `total`?" in pane.filter_bar.field.accessibleDescription()
    assert pane.messages.source.count == 300


async def test_nothing_found_offers_to_clear(play: Play, pane: MessagesPane) -> None:
    await run_filter(play, pane, "absent-from-all")
    await play.until(lambda: pane.stack.currentWidget() is pane.empty)
    pane._set_filter("")
    await play.until(lambda: pane.stack.currentWidget() is pane.table)


async def test_order_by_the_header(play: Play, pane: MessagesPane) -> None:
    header = pane.table.horizontalHeader()
    section = titles(pane).index("Timestamp")
    place = QPoint(header.sectionPosition(section) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert pane.messages.asked.order is Order.OLDEST
    await play.until(lambda: pane.messages.state is MessagesState.SHOWING and cell(pane, 0, "Key") == "ord-0")
    await play.until(lambda: pane.range_bar.order.value() == "oldest")


async def test_decoders(play: Play, pane: MessagesPane) -> None:
    assert pane.range_bar.value_decoder.currentText() == "Auto: JSON"
    pane.range_bar.value_decoder.chosen.emit("hex")
    assert cell(pane, 0, "Value").startswith("7b 22")
    pane.range_bar.value_decoder.chosen.emit("int32")
    assert "instead of 4" in pane.inspector._trouble.words()


async def test_columns_come_and_go(pane: MessagesPane) -> None:
    pane.actions_of_records.add_column(("note", "a"))
    assert titles(pane)[4:7] == ["status", "total", "note.a"]
    assert cell(pane, 0, "note.a") == "[1, 2]"
    pane._choose_columns(())
    assert titles(pane) == ["P", "Offset", "Timestamp", "Key", "Value", "Size, B"]


async def test_a_cell_becomes_a_filter(play: Play, pane: MessagesPane) -> None:
    columns = {column.title: column for column in pane.table.columns}
    record = pane.table.current_record()
    assert record is not None
    tests = {
        title: pane.actions_of_records.test_of(record, columns[title]) for title in ("status", "Key", "P", "Size, B")
    }
    assert tests == {
        "status": 'value.status == "PAID"',
        "Key": 'key == "ord-299"',
        "P": "partition == 2",
        "Size, B": "",
    }
    pane._add_filter(tests["status"])
    await play.until(lambda: pane.messages.state is MessagesState.FOUND)
    pane._add_filter(tests["P"])
    assert pane.filter_bar.field.text() == 'value.status == "PAID" and partition == 2'


async def test_copying(pane: MessagesPane) -> None:
    pane.table.selectRow(0)
    pane.table.copy_values()
    assert QGuiApplication.clipboard().text().startswith('{"orderId": "ord-299"')
    pane.actions_of_records.copy_records()
    assert '"key": "ord-299"' in QGuiApplication.clipboard().text()


async def test_edit_and_resend(play: Play, pane: MessagesPane) -> None:
    record = pane.table.current_record()
    assert record is not None
    pane.inspector.edit_wanted.emit(record)
    await play.until(lambda: play.actions)
    assert play.actions == [("topic.produce", "orders")]
    draft = take_draft("local", "orders")
    assert draft is not None and (draft.key, draft.partition) == ("ord-299", 2)
    done: list[str] = []
    play.model.done.connect(lambda words, _undo: done.append(words))
    pane.inspector.resend_wanted.emit(record)
    await play.until(lambda: done)
    assert done == ["Sent again as orders-2 @ 77"]


async def test_around_a_record(play: Play, pane: MessagesPane) -> None:
    record = pane.messages.source.row(50)
    assert record is not None
    pane.actions_of_records.show_around(record, before=True)
    await play.until(lambda: pane.messages.state is MessagesState.SHOWING)
    assert cell(pane, 0, "Key") == "ord-248"
    assert pane.range_bar.end.text.text() != ""


async def test_new_messages_are_offered_and_shown(play: Play, pane: MessagesPane) -> None:
    play.topic.add(0, [NewRecord(1_773_320_009_000, b"late", b"{}")] * 2)
    play.context.the_cluster().refresh()
    await play.until(lambda: pane._news.text() == "2 new, show them")
    pane._news.click()
    await play.until(lambda: pane.messages.source.count == 302)
    await play.until(lambda: pane._news.isHidden())


async def test_live_is_held_while_another_tab_is_in_front(play: Play, pane: MessagesPane) -> None:
    pane.messages.change(order=Order.LIVE)
    await play.until(lambda: pane.messages.state is MessagesState.LIVE)
    pane.left()
    assert pane.messages.paused
    pane.shown()
    assert not pane.messages.paused


async def test_an_error_stands_with_its_remedy(play: Play, pane: MessagesPane) -> None:
    pane.messages.change(partitions=(9,))
    await play.until(lambda: pane.messages.state is MessagesState.FAILED)
    await play.until(lambda: not pane._notice_box.isHidden())
    assert "None of these partitions exists." in pane.notice.words()
    assert pane.notice.button is not None
    pane.messages.change(partitions=None)
    await play.until(lambda: pane._notice_box.isHidden() and pane.messages.state is MessagesState.SHOWING)


async def test_values_that_are_not_json_are_counted(play: Play, pane: MessagesPane) -> None:
    play.topic.add(0, [NewRecord(1_773_320_009_000, b"bad", b"{broken")])
    pane.messages.reload()
    await play.until(lambda: pane.messages.source.count == 301 and not pane._misfits.isHidden())
    assert pane._misfits.text() == "1 value is not JSON"


@pytest.mark.parametrize(
    ("bound", "words"),
    [(Bound(BoundKind.EARLIEST), "orders has no messages"), (Bound(BoundKind.OFFSET, 5), "No messages in this range")],
)
async def test_an_empty_topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: Bound, words: str) -> None:
    topic = FakePartitions()
    topic.log[0] = bytearray()
    async with playing(topic, tmp_path, monkeypatch) as play:
        pane = MessagesPane(play.context, play.key)
        pane.show()
        pane.messages.change(start=bound)
        await play.until(lambda: pane.stack.currentWidget() is pane.empty)
        assert pane.empty._missing.text() == words
        pane.messages.close()
        pane.deleteLater()


async def test_while_a_partition_has_no_leader_the_pane_says_what_it_waits_for(play: Play, pane: MessagesPane) -> None:
    pane.cluster.topics = (topic(pane.topic, partition(0, None, (3,), ())),)
    pane.messages.state = MessagesState.OPENING
    pane._show_notice()
    assert pane.notice.words() == "Partition 0 has no leader: reading waits until it has one."
    assert pane._notice_box.isVisible() and pane.notice.button is None
    pane.messages.state = MessagesState.SHOWING
    pane._show_notice()
    assert not pane._notice_box.isVisible()


async def test_a_partition_without_leader_is_left_out_until_it_has_one(play: Play, pane: MessagesPane) -> None:
    whole = pane.messages.source.count
    led = partition(1), partition(2)
    pane.cluster.topics = (topic(pane.topic, partition(0, None, (3,), ()), *led),)
    pane.messages.reload()
    await play.until(lambda: pane.messages.state is MessagesState.SHOWING and pane.messages.source.count < whole)
    assert pane.notice.words() == "Partition 0 has no leader: its messages are left out until it has one."
    pane.cluster.topics = (topic(pane.topic, partition(0), *led),)
    pane._cluster_changed()
    await play.until(lambda: pane.messages.state is MessagesState.SHOWING and pane.messages.source.count == whole)
    assert pane._notice_box.isHidden()
