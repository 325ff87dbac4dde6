"""A main window whose current cluster is embedded and played, with a fake session behind it."""

from __future__ import annotations

from tests.helpers.fake_session import FakeSession
from tests.helpers.played_cluster import played_model
from tests.helpers.window_play import WindowPlay, settle
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.pane import Pane
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState


async def own_cluster(play: WindowPlay, count: int = 3) -> tuple[ClusterModel, FakeSession]:
    """Adds it as the current cluster, described and running."""
    cluster = played_model(count, play.bridge)
    session = FakeSession(brokers=count)
    cluster.session = session  # type: ignore[assignment]
    cluster.description, cluster.quorum = session.description, session.quorum
    cluster.topics, cluster.state, cluster.seen_ms = tuple(session.topics), ClusterState.RUNNING, 1
    play.model.clusters.append(cluster)
    play.model.make_current(cluster)
    play.model.clusters_changed.emit()
    await settle()
    return cluster, session


async def opened(play: WindowPlay, kind: str) -> Pane:
    """Brings a document of the played cluster to the front."""
    play.window.open_document(DocumentKey(kind, "local"))
    await settle()
    pane = play.window.documents.pane
    assert pane is not None
    return pane
