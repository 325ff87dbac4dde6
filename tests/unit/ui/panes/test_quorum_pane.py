"""The Quorum pane: replicas with lag, the metadata log's records, and nothing where there is no quorum."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.helpers.fake_session import FakeSession
from tests.helpers.played_window import opened, own_cluster
from tests.helpers.window_play import settle, until, window_play
from workbench.client.errors import ClientError
from workbench.cluster.policy import BrokerPhase
from workbench.records import NewRecord, build_batch
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.quorum_pane import _role_cell, _split_fields
from workbench.ui.view_models.metadata_records import METADATA_FOLDER
from workbench.ui.view_models.quorum_rows import quorum_rows
from workbench.wire.messages import NoOpRecord, TopicRecord
from workbench.wire.record_values import encode_metadata_record


def _write_log(folder: Path) -> None:
    (folder / METADATA_FOLDER).mkdir(parents=True)
    values = [encode_metadata_record(message, 0) for message in (TopicRecord(name="orders"), NoOpRecord())]
    batch = build_batch([NewRecord(1_000, None, value) for value in values], base_offset=40, leader_epoch=4)
    (folder / METADATA_FOLDER / f"{0:020}.log").write_bytes(bytes(batch))


async def test_replicas_and_the_decoded_log(tmp_path: Path) -> None:
    async with window_play(tmp_path / "data") as play:
        cluster, _session = await own_cluster(play)
        assert cluster.local is not None
        _write_log(tmp_path / "b1")
        cluster.local.handles[1].directories = (tmp_path / "b1",)
        pane: Any = await opened(play, "quorum")
        await until(lambda: bool(pane.records.table_model.rows), "the log is read")
        assert [(row.voter.node_id, row.role) for row in pane.replicas.table_model.rows] == [
            (1, "leader"),
            (2, "voter"),
            (3, "voter"),
        ]
        assert "leader 1, epoch 4" in pane.header.facts.text()
        assert [(row.offset, row.kind) for row in pane.records.table_model.rows] == [(40, "TopicRecord")]
        pane._which.choose("all")
        pane._show_records()
        assert [row.offset for row in pane.records.table_model.rows] == [41, 40]
        pane.filter.setText("ORDERS")
        pane._show_records()
        assert len(pane.records.table_model.rows) == 1
        pane.records.select_place(0)
        assert pane.inspected().title == "TopicRecord"
        assert not pane.grab().isNull()


async def test_a_lost_majority_is_told(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, session = await own_cluster(play)
        assert cluster.local is not None
        session.down = True
        for node in (2, 3):
            cluster.local.handles[node].phase = BrokerPhase.KILLED  # type: ignore[misc]
        pane: Any = await opened(play, "quorum")
        await until(lambda: not pane._asking, "it has asked")
        assert "no majority" in pane._notice.words()


async def test_a_cluster_without_a_quorum_says_so(tmp_path: Path) -> None:
    class Old(FakeSession):
        async def describe_quorum(self) -> Any:
            raise ClientError("The brokers do not speak DescribeQuorum.", "", "UNSUPPORTED_VERSION")

    async with window_play(tmp_path) as play:
        play.sessions["localhost:9092"] = Old()
        await play.add_cluster()
        play.window.open_document(DocumentKey("quorum", "staging"))
        await settle()
        await asyncio.sleep(0)
        pane: Any = play.window.documents.pane
        assert pane._stack.currentWidget() is pane._nothing
        assert "ZooKeeper" in pane._nothing._remedy.text()
        assert pane._log_part.isHidden(), "a foreign cluster's files are not here"


def test_fields_are_parted_outside_brackets_only() -> None:
    assert _split_fields("a=1, b=[2, 3], c=(d=4, e=5)") == ["a=1", "b=[2, 3]", "c=(d=4, e=5)"]
    assert _split_fields("") == []


def test_a_node_that_is_down_is_told_beside_its_role() -> None:
    quorum = FakeSession(brokers=3).quorum
    rows = {row.voter.node_id: row for row in quorum_rows(quorum, {}, frozenset({3}), 0)}
    assert (_role_cell(rows[3]).text, _role_cell(rows[3]).pill) == ("voter, down", "err")
    assert (_role_cell(rows[2]).text, _role_cell(rows[2]).pill) == ("voter", "ok")
