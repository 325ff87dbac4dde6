"""A cluster session without a cluster: answers from what the test gave it, records what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.client.errors import ClientError
from workbench.client.model import (
    BrokerInfo,
    ClusterDescription,
    ConfigEntry,
    ConfigSource,
    ConfigSynonym,
    ConfigType,
    GroupDescription,
    GroupLag,
    GroupMember,
    GroupSummary,
    GroupType,
    LogDirectory,
    PartitionInfo,
    QuorumDescription,
    QuorumVoter,
    Reassignment,
    TopicInfo,
)


def partition(
    number: int,
    leader: int | None = 1,
    replicas: tuple[int, ...] = (1,),
    isr: tuple[int, ...] | None = None,
    **more: Any,
) -> PartitionInfo:
    """A partition with ten messages of 100 bytes in all, unless `more` says otherwise."""
    values: dict[str, Any] = {
        "earliest_offset": 0,
        "latest_offset": 10,
        "size_bytes": 100,
        "replica_sizes_bytes": dict.fromkeys(replicas, 100),
        "leader_epoch": 3,
    }
    values.update(more)
    return PartitionInfo(number, leader, replicas=replicas, isr=replicas if isr is None else isr, **values)


def topic(name: str, *partitions: PartitionInfo, internal: bool = False) -> TopicInfo:
    """A topic, of one partition if none is given."""
    return TopicInfo(name, f"id-of-{name}", internal, partitions or (partition(0),))


def member(member_id: str, client_id: str, **assignment: tuple[int, ...]) -> GroupMember:
    """A member of a group."""
    return GroupMember(member_id, client_id, "/127.0.0.1", assignment)


def lag(name: str, number: int, committed: int | None, latest: int | None, member_id: str | None = None) -> GroupLag:
    """A group's place in a partition."""
    behind = None if committed is None or latest is None else latest - committed
    return GroupLag(name, number, committed, 0, latest, behind, member_id)


class FakeSession:
    """Set `down` to refuse every call; the lists below are what it answers."""

    def __init__(self, bootstrap: str = "localhost:9092", brokers: int = 1) -> None:
        self.bootstrap_servers = tuple(bootstrap.split(","))
        self.properties: dict[str, str] = {}
        self.down = False
        self.closed = False
        self.avoided: frozenset[int] = frozenset()
        self.calls: list[tuple[Any, ...]] = []
        nodes = range(1, brokers + 1)
        infos = tuple(BrokerInfo(node, "localhost", 9091 + node) for node in nodes)
        self.description = ClusterDescription("fake-cluster-id", 1, infos)
        voters = tuple(QuorumVoter(node, 100, None, None, True) for node in nodes)
        self.quorum = QuorumDescription(1, 4, 100, voters)
        self.min_insync = "1"
        self.directories = {node: (LogDirectory(f"/data/{node}", 1000, 3, 10_000, 5_000),) for node in nodes}
        self.reassignments: list[Reassignment] = []
        self.refusals: dict[str, ClientError] = {}
        self.topics: list[TopicInfo] = [
            topic("orders", partition(0), partition(1)),
            topic("__consumer_offsets", partition(0), internal=True),
        ]
        self.groups = [GroupSummary("billing", GroupType.CLASSIC, "consumer", "Stable", 1)]
        self.lags = {"billing": (lag("orders", 0, 4, 10, "m-1"), lag("orders", 1, 10, 10, "m-1"))}
        self.group = GroupDescription(
            "billing", GroupType.CLASSIC, "consumer", "Stable", "range", 1, (member("m-1", "billing-1", orders=(0, 1)),)
        )
        self.configs = (
            ConfigEntry(
                "retention.ms",
                "7200000",
                ConfigSource.TOPIC,
                False,
                False,
                False,
                "How long <b>segments</b> stay.",
                ConfigType.LONG,
                (
                    ConfigSynonym("retention.ms", "7200000", ConfigSource.TOPIC),
                    ConfigSynonym("log.retention.ms", "604800000", ConfigSource.DEFAULT),
                ),
            ),
            ConfigEntry("segment.bytes", "1073741824", ConfigSource.DEFAULT, True, False, False, "Size of a segment."),
            ConfigEntry("made.up", "x", ConfigSource.STATIC_BROKER, False, False, False),
        )

    def _answer(self, *call: Any) -> None:
        self.calls.append(call)
        if call[0] in self.refusals:
            raise self.refusals[call[0]]
        if self.down:
            raise ClientError("No broker answers at localhost:9092.", "Start it.", "BROKER_NOT_AVAILABLE")

    async def connect(self, timeout_s: float = 10.0) -> ClusterDescription:
        self._answer("connect")
        return self.description

    def avoid(self, node_ids: Any) -> None:
        self.avoided = frozenset(node_ids)

    async def close(self) -> None:
        self.closed = True

    async def describe_cluster(self) -> ClusterDescription:
        self._answer("describe_cluster")
        return self.description

    async def describe_quorum(self) -> QuorumDescription:
        self._answer("describe_quorum")
        return self.quorum

    async def list_topics(self, *, with_offsets: bool = True, with_sizes: bool = True, **_more: Any) -> Any:
        self._answer("list_topics", with_offsets, with_sizes)
        return tuple(self.topics)

    async def list_groups(self) -> Any:
        self._answer("list_groups")
        return tuple(self.groups)

    async def group_lag(self, group_id: str) -> Any:
        self._answer("group_lag", group_id)
        return self.lags.get(group_id, ())

    async def describe_group(self, group_id: str) -> GroupDescription:
        self._answer("describe_group", group_id)
        return self.group

    async def topic_configs(self, name: str) -> Any:
        self._answer("topic_configs", name)
        return self.configs

    async def topic_config_values(self, names: Any, key: str) -> Any:
        self._answer("topic_config_values", key)
        return dict.fromkeys(names, self.min_insync)

    async def broker_configs(self, node_id: int) -> Any:
        self._answer("broker_configs", node_id)
        return self.configs

    async def log_directories(self) -> Any:
        self._answer("log_directories")
        return self.directories

    async def list_reassignments(self) -> Any:
        self._answer("list_reassignments")
        return tuple(self.reassignments)

    async def elect_preferred_leaders(self, partitions: Any) -> int:
        self._answer("elect_preferred_leaders", dict(partitions))
        return len(partitions)

    async def reassign(self, replicas: Any) -> None:
        self._answer("reassign", dict(replicas))

    async def create_topic(
        self,
        name: str,
        partitions: int | None = None,
        replication: int | None = None,
        configs: Mapping[str, str] | None = None,
        validate_only: bool = False,
    ) -> TopicInfo:
        self._answer("create_topic", name, partitions, replication, dict(configs or {}), validate_only)
        made = topic(name, *(partition(number) for number in range(partitions or 1)))
        if not validate_only:
            self.topics = sorted([*self.topics, made], key=lambda one: one.name)
        return made

    async def delete_topic(self, name: str) -> None:
        self._answer("delete_topic", name)
        self.topics = [one for one in self.topics if one.name != name]

    async def add_partitions(self, name: str, total: int, validate_only: bool = False) -> None:
        self._answer("add_partitions", name, total, validate_only)

    async def purge(self, name: str, before: Mapping[int, int] | None = None) -> Mapping[int, int]:
        self._answer("purge", name, dict(before or {}))
        return dict(before or {})

    async def delete_group(self, group_id: str) -> None:
        self._answer("delete_group", group_id)
        self.groups = [one for one in self.groups if one.group_id != group_id]
