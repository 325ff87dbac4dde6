"""Rows of topics and partitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.fake_session import lag, partition, topic
from workbench.ui.bridge import Bridge
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.rate_history import RateHistory
from workbench.ui.view_models.topic_rows import matching, partition_rows, topic_rows


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterModel:
    return ClusterModel(Bridge(), "c", "localhost:9092", rank=4, rates=RateHistory("c", None))


def test_a_row_counts_troubles_and_readers(cluster: ClusterModel) -> None:
    cluster.lags = {"g1": (lag("a", 0, 1, 2),), "g2": (lag("a", 0, 1, 2), lag("b", 0, 1, 2))}
    parts = (partition(0, None), partition(1, 1, (1, 2), (1,)), partition(2, latest_offset=None))
    row = topic_rows(cluster, [topic("a", *parts)], 0)[0]
    assert (row.groups, row.leaderless, row.under_replicated, row.partitions) == (2, 1, 1, 3)
    assert row.messages is None, "an unknown offset makes the sum unknown"
    assert row.replication == 2


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", ["Orders", "orders.dlq", "clicks"]),
        ("ord", ["Orders", "orders.dlq"]),
        ("DLQ ord", ["orders.dlq"]),
        ("x", []),
    ],
)
def test_filter_by_words(words: str, names: list[str]) -> None:
    topics = [topic("Orders"), topic("orders.dlq"), topic("clicks")]
    assert [found.name for found in matching(topics, words)] == names


def test_partition_rows_share_the_largest(cluster: ClusterModel) -> None:
    parts = (partition(0, 2, (2, 1), (2,), latest_offset=50), partition(1, None, (1,), (), latest_offset=200))
    rows = partition_rows(cluster, topic("a", *parts))
    assert [row.share for row in rows] == [0.25, 1.0]
    assert [node for node, _rank in rows[0].out_of_sync] == [1]
    assert rows[1].leader == ()
