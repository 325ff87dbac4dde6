"""The list of brokers, and replicas on their way."""

from __future__ import annotations

from tests.helpers.fake_session import FakeSession, partition, topic
from tests.helpers.played_cluster import played_model
from workbench.client.model import BrokerInfo, ClusterDescription, LogDirectory, Reassignment
from workbench.cluster.policy import BrokerPhase
from workbench.ui.bridge import Bridge
from workbench.ui.view_models.broker_rows import broker_rows, moving_rows
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.rate_history import RateHistory


def _foreign() -> ClusterModel:
    model = ClusterModel(Bridge(), "c", "localhost:9092", rank=4, rates=RateHistory("c", None))
    model.quorum = FakeSession(brokers=1).quorum
    infos = (BrokerInfo(1, "localhost", 9092, "r1"), BrokerInfo(2, "localhost", 9093, is_fenced=True))
    model.description = ClusterDescription("id", 1, infos)
    model.topics = (topic("a", partition(0, 1, (2, 1), (1,)), partition(1, 1, (1, 3), (1,))),)
    return model


def test_foreign_brokers_with_rack_roles_and_leaders_away() -> None:
    one, two, three = broker_rows(_foreign(), {1: (LogDirectory("/d", 70, 2), LogDirectory("/e", 30, 0))})
    assert (one.state, one.rack, one.roles, one.is_controller) == ("answers", "r1", "broker, controller", True)
    assert (one.leaders, one.away, one.in_sync, one.replicas, one.size_bytes) == (2, 1, 2, 2, 100)
    assert (two.state, two.tone, two.roles, two.size_bytes) == ("fenced", "err", "broker", None)
    assert (three.state, three.address) == ("gone", "")


def test_own_brokers_tell_their_process() -> None:
    model = played_model(3)
    assert model.local is not None
    model.local.handles[2].phase = BrokerPhase.KILLED  # type: ignore[misc]
    assert [(row.state, row.tone) for row in broker_rows(model, {})] == [
        ("running", "ok"),
        ("killed", "err"),
        ("running", "ok"),
    ]


def test_a_move_tells_how_far_it_is() -> None:
    model = _foreign()
    model.topics = (topic("a", partition(0, 1, (1, 2), (1,), replica_sizes_bytes={1: 100, 2: 40})),)
    rows = moving_rows(model, [Reassignment("a", 0, (1, 2), (2,), (1,)), Reassignment("gone", 0, (1,), (2,), ())])
    assert rows[0].fraction == 0.4 and rows[0].adding == ((2, 1),) and rows[0].removing == ((1, 0),)
    assert rows[1].fraction is None
