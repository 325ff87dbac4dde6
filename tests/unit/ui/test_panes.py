"""Panes over a fake session: what they show of it, what their buttons do, how they meet nothing and failure."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from tests.helpers.fake_session import FakeSession, lag, member, partition, topic
from tests.helpers.played_window import opened, own_cluster
from tests.helpers.window_play import WindowPlay, opened_document, settle, until, window_play
from workbench.client.errors import ClientError
from workbench.client.model import GroupDescription, GroupType
from workbench.cluster.events import BrokerPhaseChanged
from workbench.cluster.policy import BrokerPhase
from workbench.storage.workspace.metrics import RateSample
from workbench.ui.documents import KINDS, DocumentKey
from workbench.ui.panes.configuration_part import ConfigurationPart
from workbench.ui.panes.topic_pane import TABS
from workbench.ui.theme import ThemeChoice, theme


async def _opened(play: WindowPlay, kind: str, subject: str = "", address: str = "localhost:9092") -> Any:
    if not play.model.clusters:
        await play.add_cluster(address=address)
    play.window.open_document(DocumentKey(kind, "staging", subject))
    return await opened_document(play.window)


async def _polled(play: WindowPlay) -> None:
    play.model.clusters[0].refresh()
    await settle()


async def test_overview_shows_each_replica_and_what_is_wrong(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = play.sessions.setdefault("localhost:9092", FakeSession(brokers=3))
        pane = await _opened(play, "overview")
        assert len(pane._cards) == 3
        assert [row.topic for row in pane.matrix._rows] == ["orders", "orders"]
        assert "fake-cluster-id" in pane.header.facts.text()
        session.topics = [topic("lost", partition(0, None, (2,), ()))]
        await _polled(play)
        pane._refresh()
        title, _icon, tone, note = pane._inspector.head()
        assert (title, tone) == ("Problems", "err") and "1 error" in note
        pane._internal.click() if pane._internal.isVisible() else None
        theme().choose(ThemeChoice.DARK)
        assert not pane.grab().isNull()


async def test_overview_of_an_empty_cluster_says_what_to_do(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.sessions["localhost:9092"] = FakeSession()
        play.sessions["localhost:9092"].topics = []
        pane = await _opened(play, "overview")
        assert pane._stack.currentWidget() is pane._nothing
        assert "localhost:9092" in pane._nothing._remedy.text()


async def test_overview_keeps_the_last_known_when_nobody_answers(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "overview")
        play.sessions["localhost:9092"].down = True
        await _polled(play)
        pane._refresh()
        assert "last known at" in pane._notice.words()
        assert len(pane.matrix._rows) == 2 and not pane._create.isEnabled()


async def test_topics_are_filtered_and_chosen_for_actions(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.sessions["localhost:9092"] = FakeSession()
        play.sessions["localhost:9092"].topics = [topic(name) for name in ("a-one", "a-two", "b")]
        pane = await _opened(play, "topics")
        assert [row.name for row in pane.table.table_model.rows] == ["a-one", "a-two", "b"]
        assert not pane._delete.isEnabled() and "Choose" in pane._delete.toolTip()
        pane.filter.setText("a-")
        pane._refresh()
        assert len(pane.table.table_model.rows) == 2 and pane._found.text() == "2 of 3"
        pane.table.selectAll()
        assert pane.chosen_topics() == ["a-one", "a-two"]
        assert pane._delete.isEnabled() and not pane._purge.isEnabled()
        pane.filter.setText("zzz")
        pane._refresh()
        assert pane._stack.currentWidget() is pane._nothing


async def test_internal_topics_show_only_when_asked(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "topics")
        assert [row.name for row in pane.table.table_model.rows] == ["orders"]
        play.window.commands.run("view.internal")
        assert [row.name for row in pane.table.table_model.rows] == ["orders", "__consumer_offsets"]


async def test_a_topic_that_goes_away_says_so(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "topic", "orders")
        pane.show_tab("partitions")
        assert "2 partitions" in pane.header.facts.text()
        play.sessions["localhost:9092"].topics = []
        await _polled(play)
        pane._refresh()
        assert pane.stack.currentWidget() is pane._nothing and not pane._delete.isEnabled()


async def test_partitions_tell_offsets_and_who_is_missing(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = play.sessions.setdefault("localhost:9092", FakeSession())
        session.topics = [topic("orders", partition(0, 1, (1, 2), (1,), earliest_offset=None, latest_offset=None))]
        pane = await _opened(play, "topic", "orders")
        pane.show_tab("partitions")
        table = pane._parts["partitions"].table.table_model
        cells = [table.data(table.index(0, column)) for column in range(table.columnCount())]
        assert cells[3] == "1 of 2, without 2" and cells[4] == "no data"


async def test_configuration_is_read_and_failures_are_told(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "topic", "orders")
        play.model.clusters[0].not_in_force = frozenset({"segment.bytes"})
        pane.show_tab("configuration")
        await settle()
        part = pane._parts["configuration"]
        keys = [row.key for row in part.table.table_model.rows if row.key]
        assert keys == ["retention.ms", "segment.bytes", "made.up"]
        marked = [row.key for row in part.table.table_model.rows if not row.in_force]
        assert marked == ["segment.bytes"]
        part._which.choose("set")
        part._show()
        assert [row.key for row in part.table.table_model.rows if row.key] == ["retention.ms"]
        part._failed(ClientError("Not authorized.", "Ask for DESCRIBE_CONFIGS.", "TOPIC_AUTHORIZATION_FAILED"))
        assert part._stack.currentWidget() is part._trouble


async def test_groups_of_a_cluster_and_of_a_topic(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "groups")
        await _polled(play)
        pane._refresh()
        assert [(row.group_id, row.lag) for row in pane.table.table_model.rows] == [("billing", 6)]
        pane.table.select_place(0)
        pane._explain()
        assert "members" in pane._delete.toolTip()
        page = await _opened(play, "topic", "__consumer_offsets")
        page.show_tab("groups")
        part = page._parts["groups"]
        assert part._stack.currentWidget() is part._nothing
        assert "__consumer_offsets" in part._nothing._missing.text()


async def test_a_group_draws_who_reads_what(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = play.sessions.setdefault("localhost:9092", FakeSession())
        session.group = GroupDescription(
            "billing", GroupType.CONSUMER, "consumer", "Stable", "uniform", 1,
            (member("1", "a", orders=(0,)), member("2", "b", orders=(1,))), epoch=8,
        )  # fmt: skip
        session.lags = {"billing": (lag("orders", 0, 4, 10, "1"), lag("orders", 1, 2, 10, "2"))}
        pane = await _opened(play, "group", "billing")
        assert pane._state.text() == "Stable" and pane._protocol.text() == "consumer protocol"
        assert "epoch 8, assignor uniform, coordinator broker 1, lag 14" in pane.header.facts.text()
        assert [box.name for box in pane.drawing._members] == ["a", "b"]
        assert "2 members" in pane._delete.toolTip()
        session.down = True
        pane.left()
        pane.shown()
        await settle()
        assert "No broker answers" in pane._notice.words()


async def test_throughput_without_samples_says_why_and_with_them_draws(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "throughput")
        await until(lambda: len(pane.charts) == 5, "every chart")
        assert pane._stack.currentWidget() is pane._nothing and pane.inspected() is None
        rates = play.model.clusters[0].rates
        now_ms = time.time_ns() // 1_000_000
        for ago in range(60, 0, -1):
            rates.add(RateSample(now_ms - ago * 1000, 1, 1024.0 * ago, 0.0, 5.0, 5.0, 2.0))
        pane._draw()
        assert pane._stack.currentWidget() is pane._stacked
        figures = {(line[0], line[1]): line for line in pane.figures.table_model.rows}
        line = figures["Bytes in", "broker 1"]
        assert line[5] is not None and abs(line[5] - 60.0) < 1.01
        pane._which.choose("messages")
        pane._choose_charts()
        shown = [key for key, place in pane._places.items() if not place.isHidden()]
        assert shown == ["messages_in", "messages_out"]
        pane._toggle_pause()
        assert "paused at" in pane.header.facts.text()
        assert pane.inspected() is not None
        pane._move_cursor(time.time() - 30)
        assert pane.inspected().title.startswith("Cursor at")
        pane._move_cursor(None)


async def test_connect_fills_address_and_topic_and_copies(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "connect")
        pane._topic.setCurrentText("orders")
        pane.list.setCurrentRow(1)
        pane._copy.click()
        copied = QGuiApplication.clipboard().text()
        assert "KafkaConsumer" in copied and '"orders"' in copied and "localhost:9092" in copied
        pane._copy_address.click()
        assert QGuiApplication.clipboard().text() == "localhost:9092"


async def test_a_foreign_cluster_has_no_data_here(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        pane = await _opened(play, "data")
        assert not pane._wipe.isEnabled() and "embedded" in pane._wipe.toolTip()


async def test_the_welcome_page_checks_ports_and_addresses(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.window.open_document(DocumentKey("welcome"))
        await settle()
        pane: Any = play.window.documents.pane
        assert pane.brokers.value() == "3", "as the settings say"
        pane.port.setText("99999999")
        assert not pane._start.isEnabled()
        assert not pane._connect.isEnabled() and "host:port" in pane._connect.toolTip()
        pane.address.setText("localhost:9092")
        assert pane._connect.isEnabled()
        pane.name.setText("mine")
        pane._connect.click()
        await settle()
        assert play.model.cluster("mine") is not None
        assert play.window.documents.current == DocumentKey("overview", "mine")


async def test_the_welcome_page_lets_choose_how_many_brokers_until_the_cluster_was_started(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local(brokers=3)
        await until(lambda: cluster.local.cluster is not None, "described")
        play.window.open_document(DocumentKey("welcome"))
        await settle()
        pane: Any = play.window.documents.pane
        assert pane.brokers.isEnabled() and pane._present_count() is None
        (cluster.local.folder / "broker-1").mkdir()
        pane.shown()
        assert not pane.brokers.isEnabled()
        assert "has 3 brokers" in pane._why_so_many.text() and pane._why_so_many.isVisible()


class _Windows(QObject):
    """Hears of every widget that becomes a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


async def test_no_part_of_a_pane_flashes_up_as_a_window_of_its_own(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.model.preferences.put("start_clusters", "no")
        own: Any = play.model.add_local()
        await until(lambda: own.local.cluster is not None, "opened")
        windows = _Windows()
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(windows)
        try:
            for name in ("staging", "local"):
                for kind in KINDS:
                    subject = {"topic": "orders", "group": "order-billing"}.get(kind, "")
                    play.window.open_document(DocumentKey(kind, name, subject))
                    await settle()
            play.window.open_document(DocumentKey("topic", "staging", "orders"))
            for tab in TABS:
                play.window.commands.open_topic("orders", tab)
                await settle()
            configuration: Any = play.window.findChild(ConfigurationPart)
            for place in range(len(configuration.table.table_model.rows)):
                configuration.table.select_place(place)
            await settle()
        finally:
            application.removeEventFilter(windows)
        assert windows.names == []


async def test_throughput_marks_what_happened_in_the_strip_and_in_every_chart(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        now_ms = time.time_ns() // 1_000_000
        for ago in range(60, 0, -1):
            cluster.rates.add(RateSample(now_ms - ago * 1000, 1, 1024.0, 0.0, 5.0, 5.0, 2.0))
        pane: Any = await opened(play, "throughput")
        await until(lambda: len(pane.charts) == 5, "every chart")
        pane._draw()
        assert not pane.events.isVisible(), "nothing happened yet"
        for phase, ago in ((BrokerPhase.RUNNING, 40_000), (BrokerPhase.KILLING, 30_000)):
            cluster.local.timeline.take(BrokerPhaseChanged(2, phase, None, None, now_ms - ago))
        pane._draw()
        assert pane.events.isVisible() and "broker 2" in pane.events.accessibleDescription()
        assert [len(chart.plot._marks) for chart in pane.charts.values()] == [1] * 5
        (mark,) = pane.charts["requests"].plot._marks
        assert abs(mark.value() - (now_ms - 30_000) / 1000) < 0.01
