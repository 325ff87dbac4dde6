"""One cluster as the panes use it: every question and every change, asynchronous, with errors for people.

Methods are called on the window's event loop; sockets live in a thread of their own, so nothing here blocks.
Cancelling a call forgets its answer. Every failure is a `ClientError`; the session itself outlives lost
connections, restarted brokers and a sleeping computer: the next call simply connects again. Browsing and
searching many records is `workbench.client.browse`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum

from workbench.client import (
    broker_calls,
    cluster_calls,
    config_calls,
    group_calls,
    offset_calls,
    produce_calls,
    topic_calls,
)
from workbench.client.errors import ClientError
from workbench.client.link import ClusterLink
from workbench.client.model import (
    ClusterDescription,
    ConfigEntry,
    GroupDescription,
    GroupLag,
    GroupSummary,
    LogDirectory,
    ProduceResult,
    QuorumDescription,
    Reassignment,
    TopicInfo,
)

EARLIEST, LATEST, MAX_TIMESTAMP = -2, -1, -3
"""What `list_offsets` takes besides a timestamp in milliseconds (ListOffsets, KIP-79, KIP-734)."""


class SessionState(StrEnum):
    """Closed until `connect`; unreachable when the last call could not reach any broker."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    UNREACHABLE = "unreachable"


class ClusterSession:
    """A face over one cluster. `properties` are Kafka's client properties (`security.protocol`, ...)."""

    def __init__(
        self,
        bootstrap_servers: str | Sequence[str],
        properties: Mapping[str, str] | None = None,
        *,
        client_id: str = "kafka-workbench",
    ) -> None:
        servers = bootstrap_servers.split(",") if isinstance(bootstrap_servers, str) else list(bootstrap_servers)
        self.bootstrap_servers: tuple[str, ...] = tuple(server.strip() for server in servers if server.strip())
        self.properties: dict[str, str] = dict(properties or {})
        self.client_id = client_id
        self._state = SessionState.CLOSED
        self._listeners: list[Callable[[SessionState], None]] = []
        self._link = ClusterLink(self.bootstrap_servers, self.properties, client_id, on_reachable=self._reached)
        # A broker answers a connection's requests in order: while the controller is lost, what is passed on to it
        # would hold up everything else.
        self._controller_link = ClusterLink(self.bootstrap_servers, self.properties, client_id)

    # -- life ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> SessionState:
        """What the last call met."""
        return self._state

    def add_state_listener(self, listener: Callable[[SessionState], None]) -> Callable[[], None]:
        """Calls `listener` on the event loop at each change; returns what removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def connect(self, timeout_s: float = 10.0) -> ClusterDescription:
        """Connects and describes the cluster. Raises `ClientError` when no bootstrap server answers in time."""
        self._set_state(SessionState.CONNECTING)
        self._controller_link.reopen()
        await self._link.open(timeout_s)
        return await self.describe_cluster()

    async def close(self) -> None:
        """Closes every connection; calls under way end with `ClientError`. May be connected again."""
        await self._link.close()
        await self._controller_link.close()
        self._set_state(SessionState.CLOSED)

    def avoid(self, node_ids: Collection[int]) -> None:
        """Brokers that are known not to answer now, as a paused process does: calls do not wait for them."""
        self._link.avoided = self._controller_link.avoided = frozenset(node_ids)

    async def __aenter__(self) -> ClusterSession:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _reached(self, reachable: bool) -> None:
        self._set_state(SessionState.CONNECTED if reachable else SessionState.UNREACHABLE)

    def _set_state(self, state: SessionState) -> None:
        if state is not self._state:
            self._state = state
            for listener in tuple(self._listeners):
                listener(state)

    # -- cluster ------------------------------------------------------------------------------------------------

    async def describe_cluster(self) -> ClusterDescription:
        """Brokers, cluster id, controller."""
        return await cluster_calls.describe_cluster(self._link, self._controller_link)

    async def describe_quorum(self) -> QuorumDescription:
        """Leader, epoch and replicas of the metadata quorum; `ClientError` where the cluster has none (ZooKeeper)."""
        return await cluster_calls.describe_quorum(self._controller_link)

    # -- brokers ------------------------------------------------------------------------------------------------

    async def log_directories(self) -> Mapping[int, tuple[LogDirectory, ...]]:
        """Log directories by broker, of the brokers that answer."""
        return await broker_calls.log_directories(self._link)

    async def elect_preferred_leaders(self, partitions: Mapping[str, Sequence[int]]) -> int:
        """Brings leaders home where the preferred replica is in sync; returns how many moved (ElectLeaders)."""
        return await broker_calls.elect_preferred_leaders(self._link, partitions)

    async def reassign(self, replicas: Mapping[tuple[str, int], Sequence[int] | None]) -> None:
        """Gives partitions other replicas, None cancels; the copying goes on after this returns."""
        await broker_calls.reassign(self._link, replicas)

    async def list_reassignments(self) -> tuple[Reassignment, ...]:
        """Partitions whose replicas are on their way."""
        return await broker_calls.list_reassignments(self._link)

    async def topic_config_values(self, topics: Sequence[str], key: str) -> Mapping[str, str]:
        """One config of many topics at once."""
        return await broker_calls.topic_config_values(self._link, topics, key)

    # -- topics -------------------------------------------------------------------------------------------------

    async def list_topics(
        self, *, with_offsets: bool = True, with_sizes: bool = True, include_internal: bool = True
    ) -> tuple[TopicInfo, ...]:
        """All topics by name; offsets and sizes cost a request to each broker, what a broker refuses stays None."""
        return await topic_calls.list_topics(
            self._link, None, with_offsets=with_offsets, with_sizes=with_sizes, include_internal=include_internal
        )

    async def describe_topic(self, name: str, *, with_sizes: bool = True) -> TopicInfo:
        """One topic with offsets and sizes; `ClientError` UNKNOWN_TOPIC_OR_PARTITION if it does not exist."""
        topics = await topic_calls.list_topics(
            self._link, [name], with_offsets=True, with_sizes=with_sizes, include_internal=True
        )
        if not topics:
            raise ClientError(f"Topic {name} does not exist.", "Refresh the list.", "UNKNOWN_TOPIC_OR_PARTITION")
        return topics[0]

    async def create_topic(
        self,
        name: str,
        partitions: int | None = None,
        replication: int | None = None,
        configs: Mapping[str, str] | None = None,
        validate_only: bool = False,
    ) -> TopicInfo:
        """Creates (or only checks) a topic; None takes the broker's default. Returns it as the broker made it."""
        return await topic_calls.create_topic(
            self._link, name, partitions, replication, dict(configs or {}), validate_only
        )

    async def delete_topic(self, name: str) -> None:
        """Deletes a topic with all its records."""
        await topic_calls.delete_topic(self._link, name)

    async def add_partitions(self, name: str, total: int, validate_only: bool = False) -> None:
        """Raises the number of partitions to `total`; Kafka never lowers it."""
        await topic_calls.add_partitions(self._link, name, total, validate_only)

    async def purge(self, topic: str, before: Mapping[int, int] | None = None) -> Mapping[int, int]:
        """Deletes the records below an offset per partition (DeleteRecords), all of them with None.

        Returns the new earliest offset per partition.
        """
        return await topic_calls.purge(self._link, topic, before)

    async def list_offsets(
        self, topic: str, timestamp_ms: int = LATEST, partitions: Sequence[int] | None = None
    ) -> Mapping[int, int | None]:
        """Offset per partition at or after a time, or EARLIEST, LATEST, MAX_TIMESTAMP; None: no such record."""
        return await offset_calls.offsets_of_topic(self._link, topic, timestamp_ms, partitions)

    # -- configs ------------------------------------------------------------------------------------------------

    async def topic_configs(self, name: str) -> tuple[ConfigEntry, ...]:
        """Every config of a topic with source, synonyms and the broker's documentation."""
        return await config_calls.describe_configs(self._link, config_calls.TOPIC, name)

    async def broker_configs(self, node_id: int) -> tuple[ConfigEntry, ...]:
        """Every config of one broker."""
        return await config_calls.describe_configs(self._link, config_calls.BROKER, str(node_id))

    async def alter_topic_configs(
        self, name: str, changes: Mapping[str, str | None], validate_only: bool = False
    ) -> None:
        """Sets configs, None puts one back to its default (IncrementalAlterConfigs); all or nothing."""
        await config_calls.alter_configs(self._link, config_calls.TOPIC, name, changes, validate_only)

    async def alter_broker_configs(
        self, node_id: int | None, changes: Mapping[str, str | None], validate_only: bool = False
    ) -> None:
        """The same for a broker; None as `node_id` means the default of all brokers."""
        resource = "" if node_id is None else str(node_id)
        await config_calls.alter_configs(self._link, config_calls.BROKER, resource, changes, validate_only)

    # -- groups -------------------------------------------------------------------------------------------------

    async def list_groups(self) -> tuple[GroupSummary, ...]:
        """All groups of every kind, by name, asked of each broker."""
        return await group_calls.list_groups(self._link)

    async def describe_group(self, group_id: str) -> GroupDescription:
        """Members, assignments and state, whichever protocol the group speaks."""
        return await group_calls.describe_group(self._link, group_id)

    async def group_lag(self, group_id: str) -> tuple[GroupLag, ...]:
        """One row for each partition with a committed offset or an owner, by topic and partition."""
        return await group_calls.group_lag(self._link, group_id)

    async def alter_group_offsets(self, group_id: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Commits offsets for a group without members; refused with NON_EMPTY_GROUP or UNKNOWN_MEMBER_ID else."""
        await group_calls.alter_offsets(self._link, group_id, offsets)

    async def delete_group(self, group_id: str) -> None:
        """Deletes a group that has no members."""
        await group_calls.delete_group(self._link, group_id)

    # -- records ------------------------------------------------------------------------------------------------

    async def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        partition: int | None = None,
        timestamp_ms: int | None = None,
        compression: str = "none",
        acks: int = -1,
        timeout_ms: int = 30_000,
    ) -> ProduceResult:
        """Appends one record. Without a partition the key's murmur2 hash chooses, as Kafka's own clients do.

        `compression` is none, gzip, snappy, lz4 or zstd; `acks` -1 (all), 1 or 0.
        """
        return await produce_calls.produce(
            self._link,
            topic,
            key=key,
            value=value,
            headers=tuple(headers),
            partition=partition,
            timestamp_ms=timestamp_ms,
            compression=compression,
            acks=acks,
            timeout_ms=timeout_ms,
        )
