"""Who takes part in the metadata quorum: replica keys, endpoints and the voter set (KIP-595, KIP-853).

Invariants: a `VoterSet` never changes, changes return a new one; voters are kept in ascending id; a directory id of
None means "not known" (a static voter, kraft.version 0) and matches every directory of that node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.system.quick_dataclass import dataclass
from workbench.wire.uuids import ZERO_UUID, uuid_from_text, uuid_to_text

KRAFT_VERSION_FEATURE = "kraft.version"
SUPPORTED_KRAFT_VERSIONS = (0, 1)


class VoterSyntaxError(ValueError):
    """A voter or bootstrap server in a configuration value could not be read."""


@dataclass(frozen=True, slots=True)
class ReplicaKey:
    """A replica: node id and, where known, the id of its metadata log directory."""

    id: int
    directory_id: bytes | None = None

    @staticmethod
    def of(node_id: int, directory_id: bytes | None) -> ReplicaKey:
        """The key as messages carry it, where sixteen zero bytes stand for "not known"."""
        return ReplicaKey(node_id, None if directory_id == ZERO_UUID else directory_id)

    @property
    def wire_directory_id(self) -> bytes:
        return ZERO_UUID if self.directory_id is None else self.directory_id

    @property
    def sort_key(self) -> tuple[int, bytes]:
        return self.id, self.directory_id or b""

    def __str__(self) -> str:
        return str(self.id) if self.directory_id is None else f"{self.id}:{uuid_to_text(self.directory_id)}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a voter listens; `listener` is in upper case, as Kafka normalises listener names."""

    listener: str
    host: str
    port: int

    @staticmethod
    def of(listener: str, host: str, port: int) -> Endpoint:
        return Endpoint(listener.upper(), host, port)


Endpoints = tuple[Endpoint, ...]
NO_ENDPOINTS: Endpoints = ()


def endpoints_of(endpoints: Iterable[Endpoint]) -> Endpoints:
    """The endpoints in the one order in which sets of them compare equal."""
    return tuple(sorted(endpoints, key=lambda endpoint: endpoint.listener))


def address_of(endpoints: Endpoints, listener: str) -> tuple[str, int] | None:
    """Host and port of `listener` among `endpoints`, or None."""
    for endpoint in endpoints:
        if endpoint.listener == listener.upper():
            return endpoint.host, endpoint.port
    return None


@dataclass(frozen=True, slots=True)
class VoterNode:
    """One voter: key, endpoints in ascending listener name, and the range of kraft.version that it supports."""

    key: ReplicaKey
    endpoints: Endpoints
    min_kraft_version: int = 0
    max_kraft_version: int = 0

    def matches(self, key: ReplicaKey) -> bool:
        return self.key.id == key.id and (self.key.directory_id is None or self.key.directory_id == key.directory_id)

    def supports(self, kraft_version: int) -> bool:
        return self.min_kraft_version <= kraft_version <= self.max_kraft_version


@dataclass(frozen=True, slots=True)
class VoterSet:
    """The voters of the metadata quorum, in ascending id."""

    nodes: tuple[VoterNode, ...] = ()

    @staticmethod
    def of(nodes: Iterable[VoterNode]) -> VoterSet:
        return VoterSet(tuple(sorted(nodes, key=lambda node: node.key.id)))

    def __len__(self) -> int:
        return len(self.nodes)

    def __bool__(self) -> bool:
        return bool(self.nodes)

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(node.key.id for node in self.nodes)

    @property
    def keys(self) -> tuple[ReplicaKey, ...]:
        return tuple(node.key for node in self.nodes)

    def node(self, voter_id: int) -> VoterNode | None:
        for node in self.nodes:
            if node.key.id == voter_id:
                return node
        return None

    def endpoints(self, voter_id: int) -> Endpoints:
        node = self.node(voter_id)
        return NO_ENDPOINTS if node is None else node.endpoints

    def is_voter(self, key: ReplicaKey) -> bool:
        node = self.node(key.id)
        return node is not None and node.matches(key)

    def is_only_voter(self, key: ReplicaKey) -> bool:
        return len(self.nodes) == 1 and self.is_voter(key)

    def needs_update(self, node: VoterNode) -> bool:
        """True where `node` is a voter but is recorded otherwise (endpoints, versions or a directory now known)."""
        known = self.node(node.key.id)
        return known is not None and known.matches(node.key) and known != node

    def add(self, node: VoterNode) -> VoterSet | None:
        """The set with `node`, or None where its id is a voter already."""
        return None if self.node(node.key.id) else VoterSet.of((*self.nodes, node))

    def remove(self, key: ReplicaKey) -> VoterSet | None:
        """The set without `key`, or None where that exact key is no voter or is the only one."""
        known = self.node(key.id)
        if known is None or known.key != key or len(self.nodes) == 1:
            return None
        return VoterSet(tuple(node for node in self.nodes if node.key.id != key.id))

    def update(self, node: VoterNode) -> VoterSet | None:
        """The set with the entry of the same key replaced, or None where it is no voter."""
        return self.update_ignoring_directory(node) if self.is_voter(node.key) else None

    def update_ignoring_directory(self, node: VoterNode) -> VoterSet | None:
        """As `update`, but compares node ids only: for the step from kraft.version 0 to 1."""
        if self.node(node.key.id) is None:
            return None
        return VoterSet.of((*(known for known in self.nodes if known.key.id != node.key.id), node))

    def supports(self, kraft_version: int) -> bool:
        return all(node.supports(kraft_version) for node in self.nodes)


def _host_and_port(text: str, entry: str) -> tuple[str, int]:
    host, colon, port_text = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port_text.isdecimal() or int(port_text) > 65535:
        raise VoterSyntaxError(f"{entry!r} does not end in host:port")
    return host, int(port_text)


def parse_initial_controllers(entries: Sequence[str], listener: str) -> VoterSet:
    """What `kafka-storage format --initial-controllers` takes (`id@host:port:directoryId`); raises VoterSyntaxError."""
    nodes = []
    for entry in entries:
        address, colon, directory_text = entry.strip().rpartition(":")
        id_text, at, host_and_port = address.partition("@")
        if not colon or not at or not id_text.isdecimal():
            raise VoterSyntaxError(f"{entry!r} is not of the form id@host:port:directoryId")
        host, port = _host_and_port(host_and_port, entry)
        try:
            directory_id = uuid_from_text(directory_text)
        except ValueError as error:
            raise VoterSyntaxError(f"{entry!r} does not end in a directory id: {error}") from error
        key = ReplicaKey(int(id_text), directory_id)
        nodes.append(VoterNode(key, (Endpoint.of(listener, host, port),), *SUPPORTED_KRAFT_VERSIONS))
    return VoterSet.of(nodes)
