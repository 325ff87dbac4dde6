"""What an administrator asks beside topics and configs: elections, reassignments, features, voters, resources."""

from __future__ import annotations

import uuid
from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario

PREFERRED, UNCLEAN = 0, 1


@scenario
def elect_leaders(talk: Conversation) -> None:
    """A preferred or unclean election where nothing is to be elected, and where nothing is."""
    name = talk.create_topic("led", partitions=2)

    def fields(kind: int, topic: str, *partitions: int) -> dict[str, Any]:
        wanted = [{"topic": topic, "partitions": list(partitions)}]
        return {"election_type": kind, "topic_partitions": wanted, "timeout": 5000}

    talk.ask_each("ElectLeaders", range(3), fields(PREFERRED, name, 0, 1))
    talk.ask("ElectLeaders", 2, **fields(UNCLEAN, name, 0))
    talk.ask("ElectLeaders", 2, **fields(PREFERRED, name, 7))
    talk.ask("ElectLeaders", 2, **fields(PREFERRED, talk.name("unknown"), 0))
    talk.ask("ElectLeaders", 2, election_type=PREFERRED, topic_partitions=[], timeout=5000)


@scenario
def reassignments(talk: Conversation) -> None:
    """Reassigning to where the replicas are, to brokers that are not, and cancelling what is not under way."""
    name = talk.create_topic("moved")

    def fields(topic: str, partition: int, replicas: list[int] | None) -> dict[str, Any]:
        parts = [{"partition_index": partition, "replicas": replicas}]
        return {"timeout": 5000, "topics": [{"name": topic, "partitions": parts}]}

    for replicas in ([1], [2], [], [1, 1], [-1], None):
        talk.ask("AlterPartitionReassignments", 0, **fields(name, 0, replicas))
    talk.ask("AlterPartitionReassignments", 0, **fields(name, 5, [1]))
    talk.ask("AlterPartitionReassignments", 0, **fields(talk.name("unknown"), 0, [1]))
    for topic in (name, talk.name("unknown")):
        talk.ask("ListPartitionReassignments", 0, timeout=5000, topics=[{"name": topic, "partition_indexes": [0]}])
    talk.ask("ListPartitionReassignments", 0, timeout=5000, topics=None)


@scenario
def features(talk: Conversation) -> None:
    """Features are validated, not changed: same, unknown, too new and too old levels."""

    def fields(name: str, level: int, kind: int = 1) -> dict[str, Any]:
        update = {"feature": name, "max_version_level": level, "upgrade_type": kind, "allow_downgrade": kind > 1}
        return {"timeout": 5000, "feature_updates": [update], "validate_only": True}

    for version in (1, 2):
        talk.ask("UpdateFeatures", version, **fields("metadata.version", 30))
    talk.ask("UpdateFeatures", 2, **fields("metadata.version", 999))
    talk.ask("UpdateFeatures", 2, **fields("metadata.version", 29))
    talk.ask("UpdateFeatures", 2, **fields("metadata.version", 29, 2))
    talk.ask("UpdateFeatures", 2, **fields("metadata.version", 1, 3))
    talk.ask("UpdateFeatures", 2, **fields("no.such.feature", 1))
    talk.ask("UpdateFeatures", 2, **fields("", 1))
    talk.ask("UpdateFeatures", 2, **fields("metadata.version", 30, 9))
    talk.ask("UpdateFeatures", 2, **fields("kraft.version", 0, 2))
    talk.ask("UpdateFeatures", 2, timeout=5000, feature_updates=[], validate_only=True)


@scenario
def brokers_that_are_not(talk: Conversation) -> None:
    """A broker that never registered cannot be unregistered."""
    for broker in (99, -1):
        talk.ask("UnregisterBroker", 0, broker_id=broker)


@scenario
def voters(talk: Conversation) -> None:
    """Voters that are there already, that are not, of another cluster, without addresses."""
    stranger = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
    listener = {"name": "CONTROLLER", "host": "127.0.0.1", "port": 1}

    def fields(voter: int, **more: Any) -> dict[str, Any]:
        given = {"cluster_id": None, "timeout": 2000, "voter_id": voter, "voter_directory_id": stranger}
        return {**given, "listeners": [listener], **more}

    talk.ask("AddRaftVoter", 1, **fields(1))
    talk.ask("AddRaftVoter", 1, **fields(7, cluster_id="another"))
    talk.ask("AddRaftVoter", 1, **fields(7, listeners=[]))
    talk.ask("RemoveRaftVoter", 0, cluster_id=None, voter_id=7, voter_directory_id=stranger)
    talk.ask("RemoveRaftVoter", 0, cluster_id=None, voter_id=1, voter_directory_id=stranger)
    talk.ask("RemoveRaftVoter", 0, cluster_id="another", voter_id=1, voter_directory_id=stranger)


@scenario
def config_resources(talk: Conversation) -> None:
    """ListConfigResources tells which resources have a configuration, by kind from version 1."""
    name = talk.create_topic("configured", retention_ms="1000")

    def mine(body: dict[str, Any]) -> dict[str, Any]:
        kept = [one for one in body["config_resources"] if talk.is_mine(one["resource_name"])]
        return {**body, "config_resources": kept}

    talk.ask("ListConfigResources", 0, only=mine)
    talk.ask("ListConfigResources", 1, resource_types=[2], only=mine)
    talk.ask("ListConfigResources", 1, resource_types=[4])
    for kinds in ([1], [99], [16, 32]):
        talk.ask("ListConfigResources", 1, resource_types=kinds)
    answer = talk.setup("ListConfigResources", 1, resource_types=[])
    found = [one for one in answer["config_resources"] if one["resource_name"] == name]
    talk.note("among all kinds", found)
