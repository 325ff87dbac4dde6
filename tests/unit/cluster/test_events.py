import pytest

from workbench.cluster.events import ClusterPhase, cluster_phase
from workbench.cluster.policy import BrokerPhase as B


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ([B.STOPPED], ClusterPhase.STOPPED),
        ([B.KILLED], ClusterPhase.STOPPED),
        ([B.STARTING], ClusterPhase.STARTING),
        ([B.WAITING], ClusterPhase.STARTING),
        ([B.RUNNING], ClusterPhase.RUNNING),
        ([B.PAUSED], ClusterPhase.DEGRADED),
        ([B.STOPPING], ClusterPhase.STOPPING),
        ([B.KILLING], ClusterPhase.STOPPING),
        ([B.FAILED], ClusterPhase.FAILED),
        ([B.RUNNING, B.RUNNING, B.RUNNING], ClusterPhase.RUNNING),
        ([B.RUNNING, B.STARTING, B.RUNNING], ClusterPhase.DEGRADED),
        ([B.RUNNING, B.STOPPING], ClusterPhase.DEGRADED),
        ([B.RUNNING, B.FAILED], ClusterPhase.DEGRADED),
        ([B.STOPPED, B.STOPPING], ClusterPhase.STOPPING),
        ([B.STOPPED, B.FAILED], ClusterPhase.FAILED),
        ([B.STOPPED, B.STARTING], ClusterPhase.STARTING),
        ([], ClusterPhase.STOPPED),
    ],
)
def test_the_cluster_as_a_whole(phases: list[B], expected: ClusterPhase) -> None:
    assert cluster_phase(phases) is expected
