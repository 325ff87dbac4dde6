"""Where replicas lie and how large they are."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeLogDirsRequest


@pytest.fixture(autouse=True)
def _space(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        total, free = 1_000, 400

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage)


def found(response: Any) -> dict[str, set[tuple[str, int]]]:
    return {
        result.log_dir: {(topic.name, one.partition_index) for topic in result.topics for one in topic.partitions}
        for result in response.results
    }


def test_every_directory_with_its_replicas_and_its_space() -> None:
    broker = ReplicaBroker(directories=2)
    broker.create("t", (1,), (2, 1))
    response = broker.ask(DescribeLogDirsRequest(topics=None), 5)
    shown = found(response)
    assert set(shown) == {"/logs0", "/logs1"} and set().union(*shown.values()) == {("t", 0), ("t", 1)}
    assert {(one.total_bytes, one.usable_bytes, one.error_code) for one in response.results} == {(1_000, 400, 0)}


def test_only_what_is_asked_for() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1,), (1,))
    topic = DescribeLogDirsRequest.DescribableLogDirTopic
    response = broker.ask(DescribeLogDirsRequest(topics=[topic(topic="t", partitions=[1, 7])]), 4)
    assert found(response) == {"/logs0": {("t", 1)}}
    assert found(broker.ask(DescribeLogDirsRequest(topics=[]), 4)) == {"/logs0": set()}


def test_sizes_and_lags() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1,), (2, 1))
    led.append_as_leader(batch(b"x" * 100), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)
    followed = broker.replicas.partitions["t", 1]
    followed.log.append_as_follower(batch(b"a", leader_epoch=0), leader_epoch=0)
    response = broker.ask(DescribeLogDirsRequest(topics=None), 5)
    sizes = {one.partition_index: one for topic in response.results[0].topics for one in topic.partitions}
    assert sizes[0].partition_size == led.log.size_bytes > 100
    assert sizes[0].offset_lag == 0 and not sizes[0].is_future_key


def test_directories_that_are_offline_are_told() -> None:
    broker = ReplicaBroker()
    broker.offline_directories.append("/broken")
    results = broker.ask(DescribeLogDirsRequest(topics=None), 5).results
    assert [(one.log_dir, one.error_code) for one in results] == [
        ("/broken", ErrorCode.KAFKA_STORAGE_ERROR),
        ("/logs0", ErrorCode.NONE),
    ]
