"""The whole window at work on its own cluster: what it takes to show any offset, to search, and never to stall.

Everything is as in real use: embedded broker, browsing process, garbage collection by timer, qasync. Run by
`window.py` in this process, since the rows that count are those in the table's model.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.benchmarks import big_topic
from tests.benchmarks.window_starts import PROJECT, environment
from workbench.client.browse.view_spec import Bound, BoundKind
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.ui.app import load_charts
from workbench.ui.bridge import Bridge
from workbench.ui.documents import DocumentKey
from workbench.ui.garbage import WindowThreadCollector
from workbench.ui.main_window import MainWindow
from workbench.ui.panes.messages_pane import MessagesPane
from workbench.ui.theme import ThemeChoice, theme
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.messages_model import Asked, MessagesState, Order
from workbench.ui.view_models.workbench_model import WorkbenchModel

BIG, BUSY = "orders", "busy"
RATE = 50_000
HEARTBEAT_MS = 5
SHOWN_S = 8.0
SETTLED_S = 3.0
LOOK_EVERY_S = 0.001


@dataclass
class Found:
    """Times in milliseconds; stalls by pane as (longest gap, processor time of the thread in it)."""

    filled_per_second: float = 0.0
    by_offset_ms: list[float] = field(default_factory=list)
    by_time_ms: list[float] = field(default_factory=list)
    by_scrolling_ms: list[float] = field(default_factory=list)
    scanned_per_second: float = 0.0
    matches: int = 0
    produced_per_second: int = 0
    stalls_ms: dict[str, tuple[float, float]] = field(default_factory=dict)


class Heartbeat(QObject):
    """A timer's longest gap beyond its interval since `begin`, and how long the thread itself computed in that gap."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(HEARTBEAT_MS)
        self._timer.timeout.connect(self._beat)
        self.begin()

    def begin(self) -> None:
        self.longest_ms = self.longest_cpu_ms = 0.0
        self._last, self._last_cpu = time.perf_counter(), time.thread_time()
        self._timer.start()

    def end(self) -> tuple[float, float]:
        self._timer.stop()
        return self.longest_ms, self.longest_cpu_ms

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1e3 - HEARTBEAT_MS)
        self.longest_cpu_ms = max(self.longest_cpu_ms, (cpu - self._last_cpu) * 1e3)
        self._last, self._last_cpu = now, cpu


class WindowAtWork:
    """`run` opens the window over `folder` and measures."""

    def __init__(self, folder: Path, port: int, messages: int, rounds: int) -> None:
        self._folder, self._port, self._messages, self._rounds = folder, port, messages, rounds
        self._chance = random.Random(3)
        self.found = Found()
        self._model: WorkbenchModel
        self._window: MainWindow
        self._cluster: ClusterModel

    def run(self) -> Found:
        import qasync

        os.environ.setdefault("QT_API", "pyside6")
        application = QApplication.instance() or QApplication(sys.argv[:1])
        loop = qasync.QEventLoop(application)
        asyncio.set_event_loop(loop)
        theme().install(ThemeChoice.LIGHT)
        bridge = Bridge()
        failures: list[tuple[str, BaseException]] = []
        bridge.failed.connect(lambda name, error: failures.append((name, error)))
        self._model = WorkbenchModel(bridge, WorkspaceDatabase.open(self._folder), self._folder)
        self._window = MainWindow(self._model)
        self._window.resize(1440, 900)
        collector = WindowThreadCollector(self._window)
        self._window.show()

        async def measure() -> None:
            charts = asyncio.create_task(load_charts())
            await self._measure()
            await charts

        with loop:
            loop.run_until_complete(measure())
        collector.stop()
        assert not failures, failures
        return self.found

    async def _measure(self) -> None:
        try:
            self._cluster = self._model.add_local(port=self._port, brokers=1)
            await self._until(lambda: self._cluster.state in (ClusterState.RUNNING, ClusterState.FAILED), "a cluster")
            assert self._cluster.state is ClusterState.RUNNING, self._cluster.failure
            assert self._cluster.session is not None
            for topic in (BIG, BUSY):
                await self._cluster.session.create_topic(topic, big_topic.PARTITIONS, 1)
            await self._fill()
            await self._until(lambda: self._cluster.topic(BUSY) is not None, "the topics")
            pane = await self._messages_of(BIG)
            await self._show_offsets(pane)
            await self._search(pane)
            await self._be_busy()
        finally:
            self._window.hide()
            await self._model.close()

    async def _until(self, condition: Callable[[], bool], what: str, timeout_s: float = 120.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
            await asyncio.sleep(LOOK_EVERY_S)

    async def _fill(self) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.big_topic", self._cluster.bootstrap, BIG]
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command, str(self._messages), cwd=PROJECT, stdout=subprocess.PIPE, env=environment()
        )
        out, _ = await process.communicate()
        self.found.filled_per_second = int(out) / (time.perf_counter() - began)

    async def _messages_of(self, topic: str) -> MessagesPane:
        self._window.open_document(DocumentKey("topic", "local", topic))
        pane: Any = self._window.documents.pane
        pane.show_tab("messages")
        made: MessagesPane = pane._front
        assert isinstance(made, MessagesPane)
        await self._until(lambda: made.messages.state is MessagesState.SHOWING, "the messages")
        return made

    # -- any offset ---------------------------------------------------------------------------------------------

    async def _show_offsets(self, pane: MessagesPane) -> None:
        messages, info = pane.messages, pane.messages.info
        assert info is not None and info.total >= self._messages and info.span_ms is not None
        first_ms, last_ms = info.span_ms
        for _ in range(self._rounds):
            place = self._chance.randrange(info.total)
            begun = time.perf_counter()
            pane.table.scrollTo(pane.table.records.index(place, 0))
            await self._until(lambda at=place: messages.source.row(at) is not None, "a row scrolled to")
            self.found.by_scrolling_ms.append((time.perf_counter() - begun) * 1e3)
            await asyncio.sleep(0.05)
        for _ in range(self._rounds):
            partition = self._chance.randrange(big_topic.PARTITIONS)
            offset = self._chance.randrange(info.ends[partition] - 200)
            asked = Asked(Bound(BoundKind.OFFSET, offset), partitions=(partition,), order=Order.OLDEST)
            row = await self._ask(pane, asked, self.found.by_offset_ms)
            assert (row.partition, row.offset) == (partition, offset), row
            time_ms = self._chance.randrange(first_ms, last_ms - 1000)
            asked = Asked(Bound(BoundKind.TIMESTAMP, time_ms), order=Order.OLDEST)
            row = await self._ask(pane, asked, self.found.by_time_ms)
            assert row.timestamp_ms == time_ms, row

    async def _ask(self, pane: MessagesPane, asked: Asked, times_ms: list[float]) -> Any:
        messages = pane.messages
        before = messages.source
        begun = time.perf_counter()
        messages.ask(asked)
        await self._until(lambda: messages.source is not before and messages.source.row(0) is not None, "the rows")
        assert pane.table.records.source is messages.source
        times_ms.append((time.perf_counter() - begun) * 1e3)
        # The histogram of the new range comes after the rows; a user looks at both.
        await asyncio.sleep(0.3)
        return messages.source.row(0)

    # -- a filter -----------------------------------------------------------------------------------------------

    async def _search(self, pane: MessagesPane) -> None:
        messages = pane.messages
        messages.ask(Asked(order=Order.OLDEST))
        await self._until(lambda: messages.state is MessagesState.SHOWING, "everything")
        begun = time.perf_counter()
        assert messages.run_filter(f'"{big_topic.SOUGHT}"')
        await self._until(lambda: messages.state is MessagesState.FOUND, "the end of the search", 600)
        assert messages.progress is not None and messages.info is not None
        self.found.scanned_per_second = messages.info.total / (time.perf_counter() - begun)
        self.found.matches = messages.progress.matches
        expected = messages.info.total // (big_topic.TEMPLATES * big_topic.BATCH_RECORDS)
        assert abs(self.found.matches - expected) <= big_topic.PARTITIONS, (self.found.matches, expected)

    # -- many messages ------------------------------------------------------------------------------------------

    async def _be_busy(self) -> None:
        producer = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "tests.benchmarks.steady_producer", self._cluster.bootstrap, BUSY, str(RATE)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )
        try:
            await asyncio.sleep(SETTLED_S)
            live = await self._messages_of(BUSY)
            shows: dict[str, Callable[[], Awaitable[None]]] = {
                "Live": lambda: self._show_live(live),
                "Overview": lambda: self._show("overview"),
                "Throughput": lambda: self._show("throughput"),
            }
            heartbeat = Heartbeat()
            for name, show in shows.items():
                heartbeat.begin()
                await show()
                await asyncio.sleep(SHOWN_S)
                self.found.stalls_ms[name] = heartbeat.end()
                if name == "Live":
                    assert live.messages.live_seen > RATE * SHOWN_S / 4, live.messages.live_seen
        finally:
            assert producer.stdin is not None
            producer.stdin.close()
            out, _ = await producer.communicate()
        self.found.produced_per_second = int(out)

    async def _show_live(self, pane: MessagesPane) -> None:
        pane.messages.change(order=Order.LIVE)
        await self._until(lambda: pane.messages.state is MessagesState.LIVE, "live")

    async def _show(self, kind: str) -> None:
        self._window.open_document(DocumentKey(kind, "local"))
