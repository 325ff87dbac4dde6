"""The metadata quorum of three: voters and observers, changes of voters, feature levels; dynamic and static."""

from __future__ import annotations

import uuid
from typing import Any

from tests.conformance.three_nodes.cluster_conversation import ClusterConversation
from tests.conformance.three_nodes.registry import scenario

STRANGER = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
_ASKED = [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 0}]}]


def _steady(body: dict[str, Any]) -> dict[str, Any]:
    """The answer without what moves, and without who leads."""
    return {
        **body,
        "topics": [
            {**topic, "partitions": [_partition(part) for part in topic["partitions"]]} for topic in body["topics"]
        ],
    }


def _partition(part: dict[str, Any]) -> dict[str, Any]:
    shown = {**part}
    for name in ("leader_id", "leader_epoch", "high_watermark"):
        shown[name] = "<number>" if part[name] > 0 else part[name]
    for kind in ("current_voters", "observers"):
        shown[kind] = [_replica(replica) for replica in sorted(part[kind], key=lambda one: one["replica_id"])]
    return shown


def _replica(replica: dict[str, Any]) -> dict[str, Any]:
    moving = ("log_end_offset", "last_fetch_timestamp", "last_caught_up_timestamp")
    return {name: "<number>" if name in moving and value > 0 else value for name, value in replica.items()}


def _quorum(talk: ClusterConversation) -> dict[str, Any]:
    found: dict[str, Any] = talk.setup("DescribeQuorum", 2, topics=_ASKED)["topics"][0]["partitions"][0]
    return found


def _voters(talk: ClusterConversation) -> dict[int, uuid.UUID]:
    return {voter["replica_id"]: voter["replica_directory_id"] for voter in _quorum(talk)["current_voters"]}


def _caught_up(talk: ClusterConversation) -> bool:
    """Whether the leader has heard of everyone, and everyone of the log's end."""
    part = _quorum(talk)
    return part["error_code"] == 0 and all(
        replica["log_end_offset"] > 0 and replica["last_caught_up_timestamp"] > 0
        for replica in [*part["current_voters"], *part["observers"]]
    )


@scenario(static=True)
def described(talk: ClusterConversation) -> None:
    """Every node tells the same three voters."""
    talk.until(lambda: _caught_up(talk), "all voters to follow")
    talk.ask_each("DescribeQuorum", range(3), {"topics": _ASKED}, only=_steady)
    for node_id in (2, 3):
        talk.at(node_id).ask("DescribeQuorum", 2, topics=_ASKED, only=_steady)


@scenario(static=True)
def features(talk: ClusterConversation) -> None:
    """Finalised levels, and updates that are refused or change nothing."""

    def finalised(body: dict[str, Any]) -> dict[str, Any]:
        kept = [one for one in body["finalized_features"] if one["name"] in ("metadata.version", "kraft.version")]
        return {"finalized_features": kept}

    def update(name: str, level: int, kind: int = 1, *, validate_only: bool = True) -> None:
        wanted = [{"feature": name, "max_version_level": level, "upgrade_type": kind}]
        talk.ask("UpdateFeatures", 2, timeout=10_000, feature_updates=wanted, validate_only=validate_only)

    for node_id in (1, 2, 3):
        talk.at(node_id).ask("ApiVersions", 4, client_software_name="t", client_software_version="1", only=finalised)
    update("metadata.version", 30)
    update("metadata.version", 31)
    update("metadata.version", 7, 3)
    update("metadata.version", 29, 2)
    update("eligible.leader.replicas.version", 1)
    update("eligible.leader.replicas.version", 2)
    update("kraft.version", 2)
    update("kraft.version", 0, 2)
    update("kraft.version", 0, 3)
    update("kraft.version", 0)


@scenario(static=True)
def voters_that_cannot_change(talk: ClusterConversation) -> None:
    """Voters that are there, that are unknown, of another cluster, without an address."""
    listener = {"name": "CONTROLLER", "host": "127.0.0.1", "port": 1}

    def add(voter: int, **more: Any) -> None:
        given = {"cluster_id": None, "timeout": 1000, "voter_id": voter, "voter_directory_id": STRANGER}
        talk.ask("AddRaftVoter", 1, **{**given, "listeners": [listener], **more})

    add(2)
    add(7, cluster_id="another")
    add(7, listeners=[])
    add(7, listeners=[{**listener, "name": "OTHER"}])
    add(7)
    for voter in (2, 7):
        talk.ask("RemoveRaftVoter", 0, cluster_id=None, voter_id=voter, voter_directory_id=STRANGER)
    talk.ask("RemoveRaftVoter", 0, cluster_id="another", voter_id=2, voter_directory_id=STRANGER)


@scenario()
def voters_that_change(talk: ClusterConversation) -> None:
    """Voter 3 is removed, follows as an observer, and is added again."""
    directory = _voters(talk)[3]
    gone = {"cluster_id": None, "voter_id": 3, "voter_directory_id": directory}
    talk.ask("RemoveRaftVoter", 0, **gone)
    talk.until(lambda: _quorum(talk)["error_code"] == 0 and 3 not in _voters(talk), "voter 3 to be removed")
    talk.until(lambda: [one["replica_id"] for one in _quorum(talk)["observers"]] == [3], "node 3 to observe")
    talk.until(lambda: _caught_up(talk), "all to follow")
    talk.ask("DescribeQuorum", 2, topics=_ASKED, only=_steady)
    talk.ask("RemoveRaftVoter", 0, **gone)
    port = int(talk.nodes.address(3).rsplit(":", 1)[1]) + 101
    listener = {"name": "CONTROLLER", "host": "127.0.0.1", "port": port}
    added = {**gone, "timeout": 10_000, "listeners": [listener]}

    def again() -> bool:
        answer = talk.setup("AddRaftVoter", 1, **added)
        return bool(answer["error_code"] == 0)

    talk.until(again, "voter 3 to be added", 30)
    talk.note("voters", sorted(_voters(talk)))
    talk.until(lambda: _caught_up(talk), "all to follow")
    talk.ask("DescribeQuorum", 2, topics=_ASKED, only=_steady)
    talk.ask("AddRaftVoter", 1, **{**added, "listeners": [{**listener, "port": 1}]})


@scenario(static=True, dynamic=False)
def to_dynamic_voters(talk: ClusterConversation) -> None:
    """Raising kraft.version puts static voters into the log, once all told their directories."""

    def update(level: int, kind: int, *, validate_only: bool) -> None:
        wanted = [{"feature": "kraft.version", "max_version_level": level, "upgrade_type": kind}]
        talk.ask("UpdateFeatures", 2, timeout=10_000, feature_updates=wanted, validate_only=validate_only)

    def finalised() -> Any:
        answer = talk.setup("ApiVersions", 4, client_software_name="t", client_software_version="1")
        return {one["name"]: one["max_version_level"] for one in answer["finalized_features"]}.get("kraft.version")

    def ready() -> bool:
        wanted = [{"feature": "kraft.version", "max_version_level": 1, "upgrade_type": 1}]
        answer = talk.setup("UpdateFeatures", 2, timeout=10_000, feature_updates=wanted, validate_only=True)
        return bool(answer["error_code"] == 0)

    talk.until(ready, "every voter to have told its directory")
    update(1, 2, validate_only=True)
    update(1, 1, validate_only=True)
    talk.note("kraft.version", finalised())
    update(1, 1, validate_only=False)
    talk.until(lambda: finalised() == 1, "kraft.version 1")
    talk.until(lambda: all(each.int for each in _voters(talk).values()), "directories of all voters")
    talk.ask("DescribeQuorum", 2, topics=_ASKED, only=_steady)
    update(1, 1, validate_only=False)
    update(0, 2, validate_only=False)
    talk.ask("RemoveRaftVoter", 0, cluster_id=None, voter_id=7, voter_directory_id=STRANGER)
