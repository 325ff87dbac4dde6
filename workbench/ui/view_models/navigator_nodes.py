"""What the navigator shows of each cluster (pure): only what is built, with counts and marks of trouble."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from workbench.client.model import TopicInfo
from workbench.ui import counts
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.tree_model import TreeNode
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState

translate = QCoreApplication.translate
STATE_ICONS: dict[ClusterState, tuple[str, str]] = {
    ClusterState.STOPPED: ("off", "off"),
    ClusterState.STARTING: ("starting", "accent"),
    ClusterState.CONNECTING: ("starting", "accent"),
    ClusterState.RUNNING: ("ok", "ok"),
    ClusterState.UNREACHABLE: ("error", "err"),
    ClusterState.FAILED: ("error", "err"),
}
"""Icon and tone of each state."""


def cluster_nodes(clusters: Sequence[ClusterModel], *, show_internal: bool) -> tuple[TreeNode, ...]:
    """One tree for each cluster."""
    return tuple(_cluster(cluster, show_internal) for cluster in clusters)


def expanded_at_first(nodes: Sequence[TreeNode]) -> list[str]:
    """Keys of what is open until the user folds it: clusters and their topics."""
    keys = [node.key for node in nodes]
    for node in nodes:
        keys += [child.key for child in node.children if child.key.startswith("topics\t")]
    return keys


def _cluster(cluster: ClusterModel, show_internal: bool) -> TreeNode:
    icon, tone = STATE_ICONS[cluster.state]
    errors, warnings = cluster.problem_counts()
    if cluster.state is ClusterState.RUNNING:
        icon, tone = ("error", "err") if errors else ("warning", "warn") if warnings else (icon, tone)
    return TreeNode(
        key=f"cluster\t{cluster.name}",
        text=cluster.name,
        icon=icon,
        icon_tone=tone,
        count=_about(cluster),
        strong=True,
        stripe=cluster.rank,
        locked=cluster.read_only,
        tip=f"{cluster.name}: {cluster.state.value}",
        children=_children(cluster, show_internal),
    )


def _about(cluster: ClusterModel) -> str:
    if cluster.state is not ClusterState.RUNNING:
        return translate("navigator", cluster.state.value)
    count = len(cluster.brokers)
    if cluster.embedded:
        return translate("navigator", "embedded · {}").format(count)
    return counts.topics(len(cluster.user_topics))


def _children(cluster: ClusterModel, show_internal: bool) -> tuple[TreeNode, ...]:
    def place(kind: str, subject: str = "") -> str:
        return DocumentKey(kind, cluster.name, subject).as_text()

    topics = cluster.topics if show_internal else cluster.user_topics
    nodes = [TreeNode(place("overview"), translate("documents", "Overview"), "overview")]
    if cluster.seen_ms is None:
        return tuple(nodes)
    topic_nodes = tuple(_topic(place("topic", topic.name), topic) for topic in topics)
    group_nodes = tuple(
        TreeNode(place("group", group.group_id), group.group_id, tip=group.group_id) for group in cluster.groups
    )
    nodes.append(
        TreeNode(
            place("topics"), translate("documents", "Topics"), "topic", count=str(len(topics)), children=topic_nodes
        )
    )
    nodes.append(
        TreeNode(
            place("groups"),
            translate("documents", "Groups"),
            "group",
            count=str(len(cluster.groups)),
            children=group_nodes,
        )
    )
    nodes += _of_brokers(cluster)
    nodes.append(TreeNode(place("throughput"), translate("documents", "Throughput"), "throughput"))
    if cluster.local is not None:
        nodes.append(_faults(cluster, place("faults")))
    nodes.append(TreeNode(place("connect"), translate("documents", "Connect your program"), "code"))
    return tuple(nodes)


def _of_brokers(cluster: ClusterModel) -> list[TreeNode]:
    """Brokers with how many of them answer, and the quorum where there is one."""
    known = len(cluster.node_ids)
    running = cluster.local.running_count if cluster.local is not None else len(cluster.brokers)
    count = str(known) if running >= known else translate("navigator", "{} of {}").format(running, known)
    key = DocumentKey("brokers", cluster.name).as_text()
    nodes = [TreeNode(key, translate("documents", "Brokers"), "broker", count=count)]
    if cluster.quorum is not None:
        key = DocumentKey("quorum", cluster.name).as_text()
        nodes.append(
            TreeNode(key, translate("documents", "Quorum"), "quorum", count=counts.voters(len(cluster.quorum.voters)))
        )
    return nodes


def _faults(cluster: ClusterModel, key: str) -> TreeNode:
    assert cluster.local is not None
    active = len(cluster.local.active_faults)
    count = translate("navigator", "{} active").format(active) if active else ""
    return TreeNode(key, translate("documents", "Faults"), "fault", count=count)


def _topic(key: str, topic: TopicInfo) -> TreeNode:
    mark, tone = "", ""
    if any(partition.leader is None for partition in topic.partitions):
        mark, tone = "error", "err"
    elif any(partition.under_replicated for partition in topic.partitions):
        mark, tone = "warning", "warn"
    return TreeNode(
        key, topic.name, count=str(topic.partition_count), mark=mark, mark_tone=tone, dim=topic.internal, tip=topic.name
    )
