"""A messages or produce pane on a topic held in memory, behind a broker on a real socket."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.browse.service import BrowseService
from workbench.records import NewRecord
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.ui.bridge import Bridge
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.pane import PaneContext
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import ProduceResponse


@dataclass
class Play:
    """What a test needs; `actions` are those that the pane ran."""

    topic: FakePartitions
    broker: TinyBroker
    model: WorkbenchModel
    context: PaneContext
    key: DocumentKey
    service: BrowseService
    actions: list[tuple[str, str]] = field(default_factory=list)

    async def until(self, condition: Callable[[], object], timeout_s: float = 10.0) -> None:
        """Turns both loops until something holds."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, "it did not come about"
            await asyncio.sleep(0.005)
            QApplication.processEvents()


def filled_topic(rows: int = 300) -> FakePartitions:
    """Orders of JSON in three partitions, a millisecond apart."""
    topic = FakePartitions()
    for start in range(0, rows, 10):
        records = [
            NewRecord(
                1_773_320_000_000 + at,
                b"ord-%d" % at,
                b'{"orderId": "ord-%d", "status": "%s", "total": %d, "note": {"a": [1, 2]}}'
                % (at, b"FAILED" if at % 5 == 0 else b"PAID", at),
                (("source", b"api"),),
            )
            for at in range(start, start + 10)
        ]
        topic.add(start // 10 % 3, records)
    return topic


@asynccontextmanager
async def playing(topic: FakePartitions, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    """Ends with every connection and task of it."""
    from workbench.ui.view_models import browsing

    # Widgets of the test must not be collected by one of the threads of broker and browser.
    gc.disable()
    service = BrowseService(in_process=True)
    monkeypatch.setattr(browsing, "_service", service)
    with TinyBroker() as broker:
        serve(topic, broker)

        def produce(request: Any) -> ProduceResponse:
            sent = request.topic_data[0]
            part = ProduceResponse.PartitionProduceResponse(
                index=sent.partition_data[0].index, base_offset=77, log_append_time_ms=-1
            )
            answer = ProduceResponse.TopicProduceResponse(name=sent.name, partition_responses=[part])
            return ProduceResponse(responses=[answer])

        broker.on(ApiKey.PRODUCE, produce)
        bridge = Bridge()
        model = WorkbenchModel(bridge, WorkspaceDatabase.in_memory(), folder)
        cluster = model.add_remote("local", broker.bootstrap, read_only=False, rank=4, keep=False)
        actions: list[tuple[str, str]] = []
        context = PaneContext(
            model=model,
            bridge=bridge,
            cluster=cluster,
            run_action=lambda action, argument: actions.append((action, argument)),
            show_plan=lambda _cluster, _plan: None,
            open_document=lambda _key: None,
        )
        play = Play(topic, broker, model, context, DocumentKey("topic", "local", "orders"), service, actions)
        await play.until(lambda: cluster.topic("orders") is not None and not cluster.why_not_write())
        try:
            yield play
        finally:
            await model.close()
            service.close()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            gc.collect()
            gc.enable()
