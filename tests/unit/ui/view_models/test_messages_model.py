"""Range, order, filter and brush of a messages pane, without a pane."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.pane_play import Play, filled_topic, playing
from workbench.client.browse.view_spec import Bound, BoundKind
from workbench.client.model import RecordRow
from workbench.records import NewRecord
from workbench.ui.view_models.messages_model import MessagesModel, MessagesState, Order

FIRST_MS = 1_773_320_000_000


@pytest.fixture
async def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    async with playing(filled_topic(), tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
async def messages(play: Play) -> AsyncIterator[MessagesModel]:
    made = MessagesModel("orders", lambda: play.broker.bootstrap, dict, play.service, play.context.bridge)
    yield made
    made.close()


def shown(messages: MessagesModel) -> list[RecordRow]:
    rows = [messages.source.row(place) for place in range(messages.source.count)]
    assert None not in rows
    return [row for row in rows if row is not None]


async def open_it(play: Play, messages: MessagesModel, state: MessagesState = MessagesState.SHOWING) -> None:
    await play.until(lambda: messages.state is state)


async def test_all_of_it_newest_first_a_page_at_a_time(play: Play, messages: MessagesModel) -> None:
    messages.reload()
    assert messages.state is MessagesState.OPENING
    await open_it(play, messages)
    assert messages.source.count == 300
    first, last = messages.source.row(0), messages.source.row(299)
    assert first is not None and first.timestamp_ms == FIRST_MS + 299
    assert last is None, "far pages are read when they are looked at"
    await play.until(lambda: messages.source.row(299) is not None)
    last = messages.source.row(299)
    assert last is not None and last.timestamp_ms == FIRST_MS
    await play.until(lambda: messages.histogram is not None)
    assert messages.histogram is not None and sum(messages.histogram.counts) == 300
    assert messages.decoding.columns == (("status",), ("total",))


async def test_oldest_first_from_an_offset_of_one_partition(play: Play, messages: MessagesModel) -> None:
    messages.change(order=Order.OLDEST, start=Bound(BoundKind.OFFSET, 95), partitions=(2,))
    await open_it(play, messages)
    assert [(row.partition, row.offset) for row in shown(messages)] == [(2, at) for at in range(95, 100)]


async def test_a_filter_scans_and_its_matches_are_counted_over_time(play: Play, messages: MessagesModel) -> None:
    messages.reload()
    await open_it(play, messages)
    await play.until(lambda: messages.histogram is not None)
    assert messages.run_filter('value.status == "FAILED" and value.total >= 100')
    await open_it(play, messages, MessagesState.FOUND)
    rows = shown(messages)
    assert [row.timestamp_ms - FIRST_MS for row in rows] == list(range(295, 99, -5))
    assert messages.progress is not None
    assert (messages.progress.scanned, messages.progress.matches) == (300, 40)
    assert sum(messages.match_counts) == 40


async def test_an_invalid_filter_changes_nothing(play: Play, messages: MessagesModel) -> None:
    messages.reload()
    await open_it(play, messages)
    source = messages.source
    assert not messages.run_filter("value.totl > 5")
    assert messages.source is source
    validity = messages.validate("value.totl > 5")
    assert (validity.verdict, validity.start, validity.length) == ("err", 0, 10)
    assert "did you mean `total`?" in validity.words
    row = messages.source.row(0)
    assert messages.validate("value.total == 299", row).words == "valid; true for the selected message"
    assert messages.validate("value.total == 1", row).words == "valid; false for the selected message"
    assert messages.validate(" ").verdict == ""


async def test_the_brush_narrows_and_leaves_the_histogram(play: Play, messages: MessagesModel) -> None:
    messages.reload()
    await open_it(play, messages)
    await play.until(lambda: messages.histogram is not None)
    whole = messages.histogram
    messages.change(brush_ms=(FIRST_MS + 50, FIRST_MS + 60))
    await open_it(play, messages)
    assert [row.timestamp_ms - FIRST_MS for row in shown(messages)] == list(range(59, 49, -1))
    assert messages.histogram is whole


async def test_live_shows_what_came_before_and_what_comes(play: Play, messages: MessagesModel) -> None:
    messages.change(order=Order.LIVE)
    await open_it(play, messages, MessagesState.LIVE)
    before = messages.source.count
    play.topic.add(0, [NewRecord(FIRST_MS + 400, b"new", b"{}")])
    await play.until(lambda: messages.live_seen == 1)
    assert messages.source.count == before + 1
    first = messages.source.row(0)
    assert first is not None and first.key == b"new"
    messages.pause()
    assert messages.paused
    messages.stop()
    assert messages.state is MessagesState.FOUND


async def test_reload_reaches_the_new_end(play: Play, messages: MessagesModel) -> None:
    messages.reload()
    await open_it(play, messages)
    play.topic.add(0, [NewRecord(FIRST_MS + 400, None, b"{}")])
    assert messages.source.count == 300
    messages.reload()
    await play.until(lambda: messages.state is MessagesState.SHOWING)
    assert messages.source.count == 301


async def test_failures_are_shown_and_can_be_overcome(play: Play) -> None:
    addresses = [""]
    messages = MessagesModel("orders", lambda: addresses[0], dict, play.service, play.context.bridge)
    messages.reload()
    await play.until(lambda: messages.state is MessagesState.FAILED)
    assert messages.error is not None and messages.error.code == "NO_BROKER"
    addresses[0] = play.broker.bootstrap
    messages.reload()
    await play.until(lambda: messages.state is MessagesState.SHOWING)
    assert messages.error is None
    messages.close()
    assert messages.state is MessagesState.IDLE


async def test_long_values_are_read_whole_for_one_record(play: Play, messages: MessagesModel) -> None:
    play.topic.add(0, [NewRecord(FIRST_MS + 500, b"k", b"x" * 200_000)])
    messages.reload()
    await open_it(play, messages)
    row = messages.source.row(0)
    assert row is not None and row.is_cut
    whole = await messages.whole_record(row)
    assert len(whole.value or b"") == 200_000
