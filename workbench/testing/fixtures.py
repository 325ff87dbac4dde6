"""pytest fixtures: a real embedded cluster in a temporary folder, on free ports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.testing.running_cluster import RunningCluster


@pytest.fixture
def kafka_cluster(tmp_path: Path) -> Iterator[RunningCluster]:
    """A new cluster of one broker for this test alone."""
    with RunningCluster(tmp_path / "kafka") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def shared_kafka_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """One cluster of one broker for the whole test run; tests share it and use topics of their own."""
    with RunningCluster(tmp_path_factory.mktemp("kafka") / "cluster") as cluster:
        yield cluster
