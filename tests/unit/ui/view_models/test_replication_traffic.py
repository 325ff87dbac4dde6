"""Rates between brokers, derived from what leaders take in."""

from __future__ import annotations

from tests.helpers.fake_session import partition, topic
from tests.helpers.played_cluster import played_model
from workbench.cluster.policy import BrokerPhase
from workbench.cluster.rates import BrokerRates, TopicRates
from workbench.ui.view_models.replication_traffic import rate_between, replication_links

TOPICS = (topic("a", partition(0, 1, (1, 2)), partition(1, 1, (1, 3)), partition(2, 2, (2, 1))),)


def test_a_follower_takes_its_share_of_the_leaders_partitions() -> None:
    assert rate_between(1, 2, TOPICS, {"a": 100.0}) == 50.0
    assert rate_between(1, 3, TOPICS, {"a": 100.0}) == 50.0
    assert rate_between(2, 1, TOPICS, {"a": 30.0}) == 30.0
    assert rate_between(3, 1, TOPICS, {"a": 30.0}) == 0.0
    assert rate_between(1, 2, TOPICS, {}) == 0.0


async def test_links_name_dead_brokers_and_faults() -> None:
    model = played_model(3)
    model.topics = TOPICS
    assert model.local is not None and model.local.cluster is not None
    model.local.handles[1].rates = BrokerRates(1000, topics={"a": TopicRates(bytes_in=100.0)})
    links = replication_links(model)
    assert [(link.left_id, link.right_id) for link in links] == [(1, 2), (2, 3), (1, 3)]
    assert (links[0].there, links[0].back) == (50.0, 0.0)
    model.local.cluster.faults.slow_link(1, 3, delay_ms=100)
    model.local.handles[2].phase = BrokerPhase.KILLED  # type: ignore[misc]
    links = replication_links(model)
    assert [link.dead for link in links] == [2, 2, None]
    assert links[2].cut == "slow link"


def test_a_single_broker_copies_nothing() -> None:
    assert replication_links(played_model(1)) == ()
