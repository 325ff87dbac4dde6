"""The produce pane: a form, Ctrl+Enter, where it landed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest

from tests.helpers.fake_session import partition, topic
from tests.helpers.pane_play import Play, filled_topic, playing
from workbench.records import iterate_batches
from workbench.ui.panes.produce_pane import ProducePane
from workbench.ui.view_models.produce_model import Draft, Sent, put_draft


@pytest.fixture
async def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    async with playing(filled_topic(), tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
async def pane(play: Play) -> AsyncIterator[ProducePane]:
    made = ProducePane(play.context, play.key)
    made.resize(900, 700)
    made.show()
    made.activateWindow()
    made.shown()
    yield made
    made.close()
    made.deleteLater()


async def test_typing_and_sending_by_keyboard(play: Play, pane: ProducePane) -> None:
    assert pane.key_null.isChecked() and not pane.key_field.isEnabled()
    pane.key_null.setChecked(False)
    QTest.keyClicks(pane.key_field, "ord-1")
    pane.value_field.setPlainText('{"a": 1}')
    name, value = pane.header_lines._lines[0]
    QTest.keyClicks(name, "source")
    QTest.keyClicks(value, "test")
    pane.compression.setCurrentText("gzip")
    pane.compression.activated.emit(pane.compression.currentIndex())
    assert pane._predicted.text().startswith("this key goes to partition ")
    assert pane._value_words.text() == "JSON, 8 bytes"
    QTest.keyClick(pane.value_field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await play.until(lambda: pane.produce.sent)
    (request,) = play.broker.asked("ProduceRequest")
    (batch,) = iterate_batches(request.topic_data[0].partition_data[0].records)
    (record,) = batch.records()
    assert (record.key, record.value, record.headers) == (b"ord-1", b'{"a": 1}', (("source", b"test"),))
    assert batch.compression.config_name == "gzip"
    assert "offset 77" in pane._outcome.words()
    assert pane.history.table_model.rowCount() == 1
    assert len(pane.header_lines._lines) == 2, "an empty line follows the last used one"


async def test_null_key_and_tombstone(play: Play, pane: ProducePane) -> None:
    pane.value_null.setChecked(True)
    assert pane._value_words.text().startswith("null: a tombstone")
    pane.send()
    await play.until(lambda: pane.produce.sent)
    (request,) = play.broker.asked("ProduceRequest")
    (batch,) = iterate_batches(request.topic_data[0].partition_data[0].records)
    (record,) = batch.records()
    assert (record.key, record.value) == (None, None)


async def test_a_draft_left_for_it_is_taken(play: Play, pane: ProducePane) -> None:
    draft = Draft(key="k", value="v", headers=(("a", "1"), ("b", "2")), partition=1, compression="lz4", acks=1)
    put_draft("local", "orders", draft)
    pane.shown()
    assert (pane.key_field.text(), pane.value_field.toPlainText()) == ("k", "v")
    assert pane.header_lines.headers() == (("a", "1"), ("b", "2"))
    assert (pane.partition.currentText(), pane.compression.currentText()) == ("1", "lz4")
    assert pane.acks.currentData() == 1
    pane.send()
    await play.until(lambda: pane.produce.sent)
    assert pane.produce.sent[0].draft == draft


async def test_sent_messages_can_be_used_again(play: Play, pane: ProducePane) -> None:
    pane.produce.load(Draft(key="first", value="1"))
    pane.send()
    await play.until(lambda: pane.produce.sent)
    pane.produce.load(Draft(key="second", value="2"))
    assert not pane._again.isEnabled()
    pane.history.select_place(0)
    assert pane._again.isEnabled()
    pane._again.click()
    assert pane.key_field.text() == "first"


async def test_a_refusal_is_told_and_kept(play: Play, pane: ProducePane) -> None:
    good = play.broker.answers[0]

    def refuse(request):  # type: ignore[no-untyped-def]
        answer = good(request)
        answer.responses[0].partition_responses[0].error_code = 10
        return answer

    play.broker.answers[0] = refuse
    pane.send()
    await play.until(lambda: pane.produce.sent)
    assert "larger than the topic allows" in pane._outcome.words()
    cell = pane.history.table_model.columns[1].cell(pane.produce.sent[0])
    assert cell.tone == "err"


async def test_sending_is_explained_away_when_it_cannot_be(play: Play, pane: ProducePane) -> None:
    pane.produce.load(Draft(key="xyz", key_is_hex=True))
    assert not pane.send_button.isEnabled()
    assert "not hex" in pane.send_button.toolTip()
    pane.send()
    assert play.broker.asked("ProduceRequest") == []


async def test_a_long_value_is_sent_whole_though_only_its_beginning_is_shown(play: Play, pane: ProducePane) -> None:
    long = "x" * 600_000
    source = QMimeData()
    source.setText(long)
    pane.value_field.insertFromMimeData(source)
    assert pane.produce.draft.value == long
    assert pane.value_field.isReadOnly() and len(pane.value_field.toPlainText()) < 10_000
    assert "too long to edit here" in pane._value_words.text()
    pane.send()
    await play.until(lambda: pane.produce.sent)
    (request,) = play.broker.asked("ProduceRequest")
    (batch,) = iterate_batches(request.topic_data[0].partition_data[0].records)
    (record,) = batch.records()
    assert record.value == long.encode()
    pane._anew.click()
    assert pane.produce.draft.value == "" and not pane.value_field.isReadOnly()


async def test_a_message_that_is_not_answered_says_what_it_waits_for(play: Play, pane: ProducePane) -> None:
    answered = asyncio.Event()
    sent = pane.produce.send

    async def slow() -> Sent:
        await answered.wait()
        return await sent()

    pane.produce.send = slow  # type: ignore[method-assign]
    pane.value_field.setPlainText("a")
    pane.send()
    await play.until(lambda: "has not answered yet" in pane._outcome.words())
    pane.cluster.topics = (topic(pane.topic, partition(0, None, (3,), ()), partition(1)),)
    pane._edit(partition=0)
    assert pane._waiting_words() == "Partition 0 has no leader: the message waits until it has one."
    pane._edit(partition=None)
    answered.set()
    await play.until(lambda: "offset 77" in pane._outcome.words())
