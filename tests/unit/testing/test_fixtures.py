import pytest

import workbench.testing
from workbench.testing import kafka_cluster, shared_kafka_cluster
from workbench.testing.running_cluster import RunningCluster

__all__ = ["kafka_cluster", "shared_kafka_cluster"]


def test_each_test_has_its_own(kafka_cluster: RunningCluster, shared_kafka_cluster: RunningCluster) -> None:
    assert kafka_cluster.pids.keys() == shared_kafka_cluster.pids.keys() == {1}
    assert kafka_cluster.pids != shared_kafka_cluster.pids
    assert kafka_cluster.bootstrap != shared_kafka_cluster.bootstrap


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError):
        _ = workbench.testing.nonsense
