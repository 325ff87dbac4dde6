"""From a cluster's spec to voters, ports and each broker's `server.properties` (pure).

Invariants: what is written beyond Kafka's defaults is exactly `MANAGED_KEYS` and `default_settings`; a user's own
setting of a default wins, a user's setting of a managed key is refused, because it would contradict the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.cluster.ports import LAST_PORT
from workbench.cluster.spec import BrokerSpec, ClusterSpec
from workbench.system.known_error import KnownError

HOST = "localhost"
CLIENT_LISTENER = "PLAINTEXT"
CONTROLLER_LISTENER = "CONTROLLER"
DEFAULT_PORT = 9092
DEFAULT_BROKERS = 3
"""What a new cluster has: as many as Kafka's own defaults for offsets and transactions ask for."""
CONTROLLER_PORT_DISTANCE = 101
MAX_BROKERS = 9

MANAGED_KEYS = (
    "process.roles",
    "node.id",
    "controller.quorum.bootstrap.servers",
    "controller.listener.names",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "log.dirs",
    "broker.rack",
    "controller.quorum.auto.join.enable",
)
"""Keys that follow from the spec; the supervisor writes them anew at every start."""

REFUSED_KEYS = (*MANAGED_KEYS, "log.dir", "metadata.log.dir", "broker.id", "controller.quorum.voters")
"""Keys that a user of the supervisor may not set, since they say where a node is and what it keeps."""


def voter_count(broker_count: int) -> int:
    """How many brokers vote in the metadata quorum: 1 for fewer than 3, 3 for fewer than 5, else 5."""
    if broker_count < 3:
        return 1
    return 3 if broker_count < 5 else 5


def voters(spec: ClusterSpec) -> tuple[BrokerSpec, ...]:
    """The brokers that are controllers too, by ascending node id."""
    ordered = sorted(spec.brokers, key=lambda broker: broker.node_id)
    return tuple(ordered[: voter_count(len(ordered))])


def new_spec(
    name: str, broker_count: int, port: int, settings: Mapping[str, str], new_id: Callable[[], str]
) -> ClusterSpec:
    """A cluster with brokers 1, 2, ... on `port`, `port` + 1, ... and controllers on `port` + 101, ...

    `new_id` gives a random Kafka uuid in text form at every call.
    """
    check_settings(settings)
    cluster_id = new_id()
    brokers = tuple(
        BrokerSpec(
            node_id=index + 1,
            port=port + index,
            controller_port=port + CONTROLLER_PORT_DISTANCE + index,
            directory_id=new_id(),
            log_directories=(f"broker-{index + 1}",),
        )
        for index in range(broker_count)
    )
    return ClusterSpec(name, cluster_id, brokers, dict(settings))


def moved_to_port(spec: ClusterSpec, port: int) -> ClusterSpec:
    """The same cluster listening on `port`, `port` + 1, ..., a single controller on `port` + 101.

    Several voters keep their controllers' ports: they know each other by the addresses in the metadata log (KIP-853),
    and voters that have all moved at once would never find each other again.
    """
    alone = voter_count(len(spec.brokers)) == 1
    brokers = tuple(
        replace(
            broker,
            port=port + index,
            controller_port=port + CONTROLLER_PORT_DISTANCE + index if alone else broker.controller_port,
        )
        for index, broker in enumerate(spec.brokers)
    )
    return replace(spec, brokers=brokers)


def check_ports(spec: ClusterSpec) -> None:
    """Raises KnownError for ports that there are not, or that two would have to share."""
    ports = [port for broker in spec.brokers for port in (broker.port, broker.controller_port)]
    beyond = [port for port in ports if not 1 <= port <= LAST_PORT]
    if beyond:
        raise KnownError(
            f"The cluster would need port {beyond[0]}, and ports go from 1 to {LAST_PORT}.",
            "Choose another first port, low enough for the controllers' ports to fit too.",
        )
    shared = sorted(port for port in set(ports) if ports.count(port) > 1)
    if shared:
        raise KnownError(f"Port {shared[0]} would have to serve twice in this cluster.", "Choose another first port.")


def readdressed(spec: ClusterSpec, port: int) -> ClusterSpec:
    """The same cluster with brokers on `port`, `port` + 1, ... and all controllers 101 higher.

    Where several vote, only with a metadata log in which they have the new addresses too (`changed_ports`).
    """
    brokers = tuple(
        replace(broker, port=port + index, controller_port=port + CONTROLLER_PORT_DISTANCE + index)
        for index, broker in enumerate(spec.brokers)
    )
    return replace(spec, brokers=brokers)


def changed_ports(before: ClusterSpec, after: ClusterSpec) -> dict[int, int]:
    """From each port to the one that takes its place."""
    changed: dict[int, int] = {}
    for old, new in zip(before.brokers, after.brokers, strict=True):
        changed[old.port] = new.port
        changed[old.controller_port] = new.controller_port
    return changed


def ports_from(first: int, broker_count: int) -> tuple[int, ...]:
    """Every port of a new cluster whose first broker listens on `first`."""
    clients = tuple(first + index for index in range(broker_count))
    return clients + tuple(first + CONTROLLER_PORT_DISTANCE + index for index in range(voter_count(broker_count)))


def ports_of(brokers: Sequence[BrokerSpec], voting: Sequence[BrokerSpec]) -> tuple[int, ...]:
    """Every port that `brokers` listen on; only voters have a controller's port."""
    return tuple(broker.port for broker in brokers) + tuple(broker.controller_port for broker in voting)


def bootstrap_address(spec: ClusterSpec) -> str:
    """`host:port` of every broker, as clients take it for `bootstrap.servers`."""
    return ",".join(f"{HOST}:{broker.port}" for broker in spec.brokers)


def check_settings(settings: Mapping[str, str]) -> None:
    """Raises KnownError for a setting that the supervisor has to decide itself."""
    for key in settings:
        reason = why_refused(key)
        if reason:
            raise KnownError(reason, "Leave it out, or run the broker by hand with a properties file of your own.")


def why_refused(key: str) -> str:
    """Why nobody but the supervisor sets `key`, "" where anybody may."""
    if key not in REFUSED_KEYS:
        return ""
    return f"{key} follows from the cluster's brokers, ports and folders and cannot be set for it."


def own_settings(spec: ClusterSpec, broker: BrokerSpec, written: Mapping[str, str]) -> dict[str, str]:
    """What the broker has beyond the cluster's settings: those of its spec, and lines put into its properties by hand.

    `written` is what its `server.properties` holds now.
    """
    given = {**default_settings(len(spec.brokers)), **spec.settings}
    by_hand = {key: value for key, value in written.items() if key not in given and not why_refused(key)}
    return {**by_hand, **broker.settings}


def with_changed_broker(spec: ClusterSpec, changed: BrokerSpec) -> ClusterSpec:
    """The cluster with another description of one of its brokers; KnownError where a port or a setting cannot be."""
    check_settings(changed.settings)
    others = [broker for broker in spec.brokers if broker.node_id != changed.node_id]
    taken = {port for broker in others for port in (broker.port, broker.controller_port)} | {changed.controller_port}
    if changed.port in taken:
        raise KnownError(f"Port {changed.port} belongs to another broker or to a controller.", "Choose another port.")
    return replace(
        spec, brokers=tuple(changed if broker.node_id == changed.node_id else broker for broker in spec.brokers)
    )


def default_settings(broker_count: int) -> dict[str, str]:
    """What is set differently from Kafka's defaults, because a local cluster has few brokers and one impatient user."""
    replication, min_isr = str(min(3, broker_count)), str(min(2, broker_count))
    return {
        "offsets.topic.replication.factor": replication,
        "transaction.state.log.replication.factor": replication,
        "transaction.state.log.min.isr": min_isr,
        "share.coordinator.state.topic.replication.factor": replication,
        "share.coordinator.state.topic.min.isr": min_isr,
        "group.initial.rebalance.delay.ms": "0",
    }


def founding_voters(spec: ClusterSpec) -> tuple[BrokerSpec, ...]:
    """The voters that the cluster was formatted with; whoever votes beside them has joined the quorum since."""
    founders = replace(spec, brokers=tuple(broker for broker in spec.brokers if not broker.joined_later))
    return voters(founders)


def initial_controllers(spec: ClusterSpec) -> str:
    """The voters as `kafka-storage format --initial-controllers` takes them: id@host:port:directory-id,..."""
    return ",".join(f"{b.node_id}@{HOST}:{b.controller_port}:{b.directory_id}" for b in founding_voters(spec))


def with_added_broker(
    spec: ClusterSpec,
    port: int,
    controller_port: int,
    new_id: Callable[[], str],
    rack: str | None = None,
    used_ids: Collection[int] = (),
) -> ClusterSpec:
    """The cluster with one more broker, whose node id is above all present ones and those in `used_ids`."""
    if len(spec.brokers) >= MAX_BROKERS:
        raise KnownError(f"A cluster can have {MAX_BROKERS} brokers, and this one has them.", "Take one out first.")
    node_id = max(*(broker.node_id for broker in spec.brokers), *used_ids, 0) + 1
    added = BrokerSpec(node_id, port, controller_port, new_id(), (f"broker-{node_id}",), rack, joined_later=True)
    return replace(spec, brokers=(*spec.brokers, added))


def without_broker(spec: ClusterSpec, node_id: int) -> ClusterSpec:
    """The cluster without one of its brokers."""
    left = tuple(broker for broker in spec.brokers if broker.node_id != node_id)
    if len(left) == len(spec.brokers):
        raise KnownError(f"The cluster has no broker {node_id}.")
    if not left:
        raise KnownError("A cluster's only broker cannot be taken out.", "Delete the cluster instead.")
    return replace(spec, brokers=left)


def changed_roles(before: ClusterSpec, after: ClusterSpec) -> tuple[int, ...]:
    """Brokers in both that vote in one and not in the other; they have to be started anew for it."""
    voted = {broker.node_id for broker in voters(before)}
    votes = {broker.node_id for broker in voters(after)}
    return tuple(
        b.node_id for b in before.brokers if b in after.brokers and (b.node_id in voted) != (b.node_id in votes)
    )


def log_directories(folder: Path, broker: BrokerSpec) -> tuple[Path, ...]:
    """Absolute log directories of a broker of the cluster in `folder`."""
    return tuple((folder / directory).absolute() for directory in broker.log_directories)


def properties_path(folder: Path, broker: BrokerSpec) -> Path:
    """Where the broker's `server.properties` lies: in its (first) log directory."""
    return log_directories(folder, broker)[0] / "server.properties"


def server_properties(spec: ClusterSpec, broker: BrokerSpec, folder: Path) -> dict[str, str]:
    """The whole `server.properties` of one broker, in the order in which it is written."""
    voting = voters(spec)
    votes = any(voter.node_id == broker.node_id for voter in voting)
    client_address = f"{CLIENT_LISTENER}://{HOST}:{broker.port}"
    listeners = [client_address]
    if votes:
        listeners.append(f"{CONTROLLER_LISTENER}://{HOST}:{broker.controller_port}")
    properties = {
        "process.roles": "broker,controller" if votes else "broker",
        "node.id": str(broker.node_id),
        "controller.quorum.bootstrap.servers": ",".join(f"{HOST}:{voter.controller_port}" for voter in voting),
        "controller.listener.names": CONTROLLER_LISTENER,
        "listeners": ",".join(listeners),
        "advertised.listeners": client_address,
        "listener.security.protocol.map": (
            f"{CONTROLLER_LISTENER}:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL"
        ),
        "log.dirs": ",".join(directory.as_posix() for directory in log_directories(folder, broker)),
    }
    if broker.rack is not None:
        properties["broker.rack"] = broker.rack
    if votes and broker not in founding_voters(spec):
        properties["controller.quorum.auto.join.enable"] = "true"
    return {**properties, **default_settings(len(spec.brokers)), **spec.settings, **broker.settings}
