"""What the panes know of a cluster, as frozen values.

Nothing here holds a connection or changes; a pane that wants news asks the session again and compares.
Unknown is `None`, never 0 or -1: a size the broker would not tell is not an empty partition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class BrokerInfo:
    """One broker, as its listener is advertised to clients."""

    node_id: int
    host: str
    port: int
    rack: str | None = None
    is_controller: bool = False
    is_fenced: bool = False

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class QuorumVoter:
    """A voter or observer of the metadata quorum (DescribeQuorum, KIP-595)."""

    node_id: int
    log_end_offset: int
    last_fetch_ms: int | None
    last_caught_up_ms: int | None
    is_voter: bool
    directory_id: str | None = None


@dataclass(frozen=True, slots=True)
class QuorumDescription:
    """The metadata quorum as its leader sees it."""

    leader_id: int
    leader_epoch: int
    high_watermark: int
    replicas: tuple[QuorumVoter, ...]

    @property
    def voters(self) -> tuple[QuorumVoter, ...]:
        """Only those that vote."""
        return tuple(replica for replica in self.replicas if replica.is_voter)


@dataclass(frozen=True, slots=True)
class ClusterDescription:
    """`controller_id` is the broker that Kafka names in Metadata; with KRaft that may be any broker."""

    cluster_id: str | None
    controller_id: int | None
    brokers: tuple[BrokerInfo, ...]

    def broker(self, node_id: int) -> BrokerInfo | None:
        """The broker with that id, if it is known."""
        return next((broker for broker in self.brokers if broker.node_id == node_id), None)


@dataclass(frozen=True, slots=True)
class LogDirectory:
    """One log directory of a broker; `total_bytes` and `usable_bytes` are the volume's, where the broker tells."""

    path: str
    size_bytes: int
    replicas: int
    total_bytes: int | None = None
    usable_bytes: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Reassignment:
    """A partition whose replicas are on their way; `replicas` are old and new ones (KIP-455)."""

    topic: str
    partition: int
    replicas: tuple[int, ...]
    adding: tuple[int, ...]
    removing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartitionInfo:
    """One partition; `size_bytes` is the leader's log, `replica_sizes_bytes` every replica that told."""

    partition: int
    leader: int | None
    leader_epoch: int | None
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    offline: tuple[int, ...] = ()
    earliest_offset: int | None = None
    latest_offset: int | None = None
    size_bytes: int | None = None
    replica_sizes_bytes: Mapping[int, int] = field(default_factory=dict)
    error: str | None = None

    @property
    def message_count(self) -> int | None:
        """Offsets between earliest and latest: an upper bound where the log is compacted or transactional."""
        if self.earliest_offset is None or self.latest_offset is None:
            return None
        return self.latest_offset - self.earliest_offset

    @property
    def under_replicated(self) -> bool:
        """Fewer in sync than assigned."""
        return len(self.isr) < len(self.replicas)


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic with its partitions in order of their number."""

    name: str
    topic_id: str | None
    internal: bool
    partitions: tuple[PartitionInfo, ...]
    error: str | None = None

    @property
    def partition_count(self) -> int:
        """How many partitions it has."""
        return len(self.partitions)

    @property
    def replication_factor(self) -> int:
        """Replicas of the partition that has most; 0 for a topic in error."""
        return max((len(partition.replicas) for partition in self.partitions), default=0)

    @property
    def message_count(self) -> int | None:
        """Sum over partitions, or None if one of them is unknown."""
        counts = [partition.message_count for partition in self.partitions]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    @property
    def size_bytes(self) -> int | None:
        """Sum of the leaders' logs, or None if one of them is unknown."""
        sizes = [partition.size_bytes for partition in self.partitions]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None


class ConfigSource(StrEnum):
    """Where a config value comes from, highest priority first (DescribeConfigs, KIP-226)."""

    TOPIC = "DYNAMIC_TOPIC_CONFIG"
    BROKER = "DYNAMIC_BROKER_CONFIG"
    DEFAULT_BROKER = "DYNAMIC_DEFAULT_BROKER_CONFIG"
    STATIC_BROKER = "STATIC_BROKER_CONFIG"
    DEFAULT = "DEFAULT_CONFIG"
    BROKER_LOGGER = "DYNAMIC_BROKER_LOGGER_CONFIG"
    CLIENT_METRICS = "CLIENT_METRICS_CONFIG"
    GROUP = "GROUP_CONFIG"
    UNKNOWN = "UNKNOWN"


class ConfigType(StrEnum):
    """The type of a config's value (DescribeConfigs v3)."""

    UNKNOWN = "unknown"
    BOOLEAN = "boolean"
    STRING = "string"
    INT = "int"
    SHORT = "short"
    LONG = "long"
    DOUBLE = "double"
    LIST = "list"
    CLASS = "class"
    PASSWORD = "password"


@dataclass(frozen=True, slots=True)
class ConfigSynonym:
    """One layer a config's value could come from."""

    name: str
    value: str | None
    source: ConfigSource


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """One config of a topic, broker or group; `value` is None where it is sensitive."""

    name: str
    value: str | None
    source: ConfigSource
    is_default: bool
    read_only: bool
    sensitive: bool
    documentation: str | None = None
    type: ConfigType = ConfigType.UNKNOWN
    synonyms: tuple[ConfigSynonym, ...] = ()


class GroupType(StrEnum):
    """Kafka's kinds of group."""

    CLASSIC = "classic"
    CONSUMER = "consumer"
    SHARE = "share"
    STREAMS = "streams"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """A line of the list of groups."""

    group_id: str
    type: GroupType
    protocol_type: str
    state: str
    coordinator_id: int


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member; `assignment` maps topic to partitions. Epochs exist in the consumer and share protocols only."""

    member_id: str
    client_id: str
    client_host: str
    assignment: Mapping[str, tuple[int, ...]]
    instance_id: str | None = None
    rack: str | None = None
    member_epoch: int | None = None
    subscription: tuple[str, ...] = ()
    target_assignment: Mapping[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class GroupDescription:
    """A group in full; `epoch` is the generation or group epoch where the protocol tells it."""

    group_id: str
    type: GroupType
    protocol_type: str
    state: str
    assignor: str
    coordinator_id: int
    members: tuple[GroupMember, ...]
    epoch: int | None = None
    assignment_epoch: int | None = None

    def owner(self, topic: str, partition: int) -> GroupMember | None:
        """The member that owns a partition, if one does."""
        return next((m for m in self.members if partition in m.assignment.get(topic, ())), None)


@dataclass(frozen=True, slots=True)
class GroupLag:
    """A group's place in one partition; `lag` is None while one of the two offsets is unknown."""

    topic: str
    partition: int
    committed_offset: int | None
    earliest_offset: int | None
    latest_offset: int | None
    lag: int | None
    member_id: str | None = None
    client_id: str | None = None
    leader_epoch: int | None = None
    metadata: str | None = None


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """The record batch a record came in (format v2); sizes in bytes, `codec` none, gzip, snappy, lz4 or zstd."""

    base_offset: int
    last_offset: int
    record_count: int
    leader_epoch: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    codec: str
    compressed_size_bytes: int
    uncompressed_size_bytes: int
    crc: int
    crc_valid: bool
    is_transactional: bool = False
    is_control: bool = False


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record as read; `key` and `value` are None for null, and `timestamp_type` CreateTime or LogAppendTime.

    `batch` is shared by the records of one batch, `position_in_batch` counts from 0. `control_type` is set
    for control records alone (COMMIT, ABORT, ...). Long keys and values come cut in lists; their whole lengths are
    `key_length` and `value_length` then, and reading the single record brings all of it.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    timestamp_type: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    batch: BatchFacts
    position_in_batch: int
    key_length: int
    value_length: int
    control_type: str | None = None
    aborted: bool = False

    @property
    def size_bytes(self) -> int:
        """Key, value and headers, as the producer gave them."""
        size = self.key_length + self.value_length
        return size + sum(len(name.encode()) + len(value or b"") for name, value in self.headers)

    @property
    def is_cut(self) -> bool:
        """Whether key or value is not here in full."""
        return len(self.key or b"") < self.key_length or len(self.value or b"") < self.value_length


@dataclass(frozen=True, slots=True)
class ProduceResult:
    """Where a produced record landed; `offset` is None with acks=0, `timestamp_ms` as the log holds it."""

    topic: str
    partition: int
    offset: int | None
    timestamp_ms: int | None
    log_append_time: bool
    took_ms: float


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is: `total` is fixed by the end snapshot taken at its start; None for a live tail.

    Every partition has been read as far as the time `reached_ms`.
    """

    scanned: int
    total: int | None
    matches: int
    rate_per_second: float
    left_seconds: float | None
    finished: bool = False
    paused: bool = False
    bytes_read: int = 0
    reached_ms: int | None = None
