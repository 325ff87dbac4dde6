"""What `kafka-storage format` does: makes log directories into those of one node of one cluster.

Every directory gets `meta.properties` and `bootstrap.checkpoint` (the feature levels the first controller starts the
cluster with). For a dynamic quorum whose first voters are given (`--standalone`, `--initial-controllers`), the metadata
log directory also gets a first snapshot that names them (KIP-853). Invariant: `meta.properties` is written last, so
that a directory is either formatted or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from workbench.storage.log.meta_properties import MetaProperties, read_meta_properties, write_meta_properties
from workbench.storage.quorum.snapshot_content import SnapshotContent, decode_snapshot, encode_snapshot
from workbench.storage.quorum.snapshot_files import BOOTSTRAP_SNAPSHOT, SnapshotFiles
from workbench.storage.quorum.voters import KRAFT_VERSION_FEATURE, Endpoint, ReplicaKey, VoterNode, VoterSet
from workbench.storage.quorum.voters import SUPPORTED_KRAFT_VERSIONS as KRAFT_VERSIONS
from workbench.system.disk import Disk
from workbench.system.quick_dataclass import dataclass
from workbench.wire.messages import FeatureLevelRecord
from workbench.wire.record_values import encode_metadata_record
from workbench.wire.uuids import random_uuid, uuid_to_text

BOOTSTRAP_FILE_NAME = "bootstrap.checkpoint"
METADATA_DIRECTORY_NAME = "__cluster_metadata-0"
METADATA_VERSION_FEATURE = "metadata.version"

DEFAULT_FEATURES: Mapping[str, int] = {
    METADATA_VERSION_FEATURE: 30,
    "eligible.leader.replicas.version": 1,
}
"""Feature levels of a new cluster (4.3-IV0): those of Kafka 4.3 that this program's brokers serve."""


class FormatError(Exception):
    """The directories cannot be formatted as asked."""


@dataclass(frozen=True, slots=True)
class FormatRequest:
    """How to format.

    `standalone_endpoint` makes this node the only first voter; `initial_voters` names several, this node among them
    with the directory id it shall have; neither leaves the voters to `controller.quorum.voters` or to a quorum that
    is joined later. `extra_values` are further bootstrap records (SCRAM users), already framed.
    """

    cluster_id: str
    node_id: int
    log_dirs: Sequence[str]
    metadata_log_dir: str | None = None
    features: Mapping[str, int] = field(default_factory=lambda: DEFAULT_FEATURES)
    extra_values: Sequence[bytes] = ()
    standalone_endpoint: Endpoint | None = None
    initial_voters: VoterSet | None = None
    ignore_formatted: bool = False


@dataclass(frozen=True, slots=True)
class FormattedDirectory:
    """One directory that was formatted now."""

    log_dir: str
    properties: MetaProperties


def bootstrap_values(features: Mapping[str, int], extra_values: Sequence[bytes] = ()) -> tuple[bytes, ...]:
    """The records of `bootstrap.checkpoint`: metadata.version first, the other features by name, then the rest."""
    others = sorted(name for name in features if name not in (METADATA_VERSION_FEATURE, KRAFT_VERSION_FEATURE))
    names = [METADATA_VERSION_FEATURE, *others]
    records = [FeatureLevelRecord(name=name, feature_level=features[name]) for name in names if features[name]]
    return (*(encode_metadata_record(record, 0) for record in records), *extra_values)


def read_bootstrap_values(log_dir: str, disk: Disk) -> tuple[bytes, ...]:
    """The records a new cluster starts with; the defaults where the file is missing.

    Raises SnapshotError or OSError.
    """
    path = str(Path(log_dir) / BOOTSTRAP_FILE_NAME)
    if not disk.exists(path):
        return bootstrap_values(DEFAULT_FEATURES)
    return decode_snapshot(disk.read_file(path)).values


def _voters(request: FormatRequest, directory_id: bytes) -> VoterSet | None:
    if request.standalone_endpoint is not None:
        key = ReplicaKey(request.node_id, directory_id)
        return VoterSet.of([VoterNode(key, (request.standalone_endpoint,), *KRAFT_VERSIONS)])
    return request.initial_voters


def _check(request: FormatRequest, disk: Disk) -> dict[str, MetaProperties | None]:
    if request.node_id < 0:
        raise FormatError("the node id must not be negative")
    if not request.cluster_id:
        raise FormatError("the cluster id is missing")
    if not request.log_dirs:
        raise FormatError("at least one log directory must be named")
    if request.metadata_log_dir is not None and request.metadata_log_dir not in request.log_dirs:
        raise FormatError(f"the metadata log directory {request.metadata_log_dir} is none of the log directories")
    existing = {log_dir: read_meta_properties(disk, log_dir) for log_dir in request.log_dirs}
    for log_dir, properties in existing.items():
        if properties is None:
            continue
        if not request.ignore_formatted:
            raise FormatError(f"log directory {log_dir} is already formatted")
        if (properties.cluster_id, properties.node_id) != (request.cluster_id, request.node_id):
            raise FormatError(
                f"log directory {log_dir} belongs to node {properties.node_id} of cluster {properties.cluster_id}"
            )
    return existing


def format_log_dirs(request: FormatRequest, disk: Disk, now_ms: Callable[[], int]) -> tuple[FormattedDirectory, ...]:
    """Formats the directories that are not yet; raises FormatError, OSError and what read_meta_properties raises."""
    existing = _check(request, disk)
    metadata_log_dir = request.metadata_log_dir or request.log_dirs[0]
    identity = MetaProperties(request.cluster_id, request.node_id)
    done: list[FormattedDirectory] = []
    for log_dir in sorted(log_dir for log_dir, properties in existing.items() if properties is None):
        directory_id = random_uuid()
        if log_dir == metadata_log_dir and request.initial_voters is not None:
            own = request.initial_voters.node(request.node_id)
            if own is not None and own.key.directory_id is not None:
                directory_id = own.key.directory_id
        properties = replace(identity, directory_id=uuid_to_text(directory_id))
        disk.make_directory(log_dir)
        values = bootstrap_values(request.features, request.extra_values)
        bootstrap = b"".join(encode_snapshot(SnapshotContent(0, values), epoch=0, now_ms=now_ms()))
        disk.replace_file(str(Path(log_dir) / BOOTSTRAP_FILE_NAME), bootstrap)
        voters = _voters(request, directory_id)
        if log_dir == metadata_log_dir and voters is not None:
            _write_first_snapshot(log_dir, voters, disk, now_ms())
        write_meta_properties(disk, log_dir, properties)
        done.append(FormattedDirectory(log_dir, properties))
    return tuple(done)


def _write_first_snapshot(log_dir: str, voters: VoterSet, disk: Disk, now_ms: int) -> None:
    directory = str(Path(log_dir) / METADATA_DIRECTORY_NAME)
    disk.make_directory(directory)
    content = SnapshotContent(now_ms, (), KRAFT_VERSIONS[1], voters)
    SnapshotFiles(directory, disk).write(BOOTSTRAP_SNAPSHOT, encode_snapshot(content, epoch=0, now_ms=now_ms))
