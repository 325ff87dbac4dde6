"""What the tree shows of a cluster in each state."""

from __future__ import annotations

from tests.helpers.fake_session import FakeSession, partition, topic
from workbench.ui.bridge import Bridge
from workbench.ui.documents import DocumentKey
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.navigator_nodes import STATE_ICONS, cluster_nodes, expanded_at_first
from workbench.ui.view_models.rate_history import RateHistory


def _cluster(state: ClusterState = ClusterState.RUNNING) -> ClusterModel:
    session = FakeSession()
    made = ClusterModel(Bridge(), "staging", "a:9092", rank=5, rates=RateHistory("staging", None))
    made.state, made.seen_ms = state, 1
    made.topics, made.groups, made.description = tuple(session.topics), tuple(session.groups), session.description
    return made


def test_counts_and_children() -> None:
    node = cluster_nodes([_cluster()], show_internal=False)[0]
    assert (node.text, node.stripe, node.count, node.icon) == ("staging", 5, "1 topic", "ok")
    by_text = {child.text: child for child in node.children}
    assert by_text["Topics"].count == "1" and [one.text for one in by_text["Topics"].children] == ["orders"]
    assert [one.text for one in by_text["Groups"].children] == ["billing"]
    every = cluster_nodes([_cluster()], show_internal=True)[0]
    assert {child.text: child for child in every.children}["Topics"].count == "2"


def test_every_key_opens_a_document_and_folding_is_by_key() -> None:
    nodes = cluster_nodes([_cluster()], show_internal=True)
    for child in nodes[0].children:
        for line in (child, *child.children):
            key = DocumentKey.from_text(line.key)
            assert key is not None and key.cluster == "staging"
    assert expanded_at_first(nodes) == [nodes[0].key, nodes[0].children[1].key]


def test_trouble_is_marked_on_the_topic_and_on_the_cluster() -> None:
    cluster = _cluster()
    cluster.topics = (topic("lost", partition(0, None)), topic("short", partition(0, 1, (1, 2), (1,))))
    node = cluster_nodes([cluster], show_internal=False)[0]
    marks = {one.text: one.mark for one in node.children[1].children}
    assert marks == {"lost": "error", "short": "warning"}
    assert node.icon == "error"


def test_each_state_has_an_icon_and_a_word() -> None:
    assert set(STATE_ICONS) == set(ClusterState)
    stopped = cluster_nodes([_cluster(ClusterState.STOPPED)], show_internal=False)[0]
    assert stopped.count == "stopped"
