"""The few keys of a `server.properties` that place a node: its id, roles, directories and controller's address.

What a running broker needs beyond these it reads itself; formatting a directory needs no more.
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.system.known_error import KnownError
from workbench.system.quick_dataclass import dataclass

DEFAULT_LOG_DIR = "/tmp/kafka-logs"
UNSPECIFIED_HOSTS = ("", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class NodeProperties:
    """Where a node is and what it keeps.

    `controller_address` is where other voters reach its controller, None for a node that is no controller;
    `static_voters` are the entries of `controller.quorum.voters`, empty for a dynamic quorum.
    """

    node_id: int
    roles: tuple[str, ...]
    log_dirs: tuple[str, ...]
    metadata_log_dir: str
    controller_listener: str
    controller_address: tuple[str, int] | None
    static_voters: tuple[str, ...]

    @property
    def is_controller(self) -> bool:
        """Whether the node takes part in the metadata quorum."""
        return "controller" in self.roles

    @property
    def directories(self) -> tuple[str, ...]:
        """Every directory that is formatted, the metadata log's included."""
        return tuple(dict.fromkeys((*self.log_dirs, self.metadata_log_dir)))


def node_properties(properties: Mapping[str, str]) -> NodeProperties:
    """Reads them; KnownError with the key at fault."""
    roles = _names(properties.get("process.roles", ""))
    if not roles:
        raise KnownError(
            "The properties file does not set process.roles, so it is for a cluster with ZooKeeper.",
            "Add process.roles=broker,controller and the other settings of KRaft mode.",
        )
    listener_names = _names(properties.get("controller.listener.names", ""))
    if not listener_names:
        raise KnownError(
            "The properties file does not set controller.listener.names.", "Add controller.listener.names=CONTROLLER."
        )
    log_dirs = _names(properties.get("log.dirs") or properties.get("log.dir") or DEFAULT_LOG_DIR)
    if not log_dirs:
        raise KnownError("log.dirs names no directory.", "Set it to the folder that is to hold the node's logs.")
    listener = listener_names[0].upper()
    return NodeProperties(
        node_id=_node_id(properties),
        roles=roles,
        log_dirs=log_dirs,
        metadata_log_dir=properties.get("metadata.log.dir", "").strip() or log_dirs[0],
        controller_listener=listener,
        controller_address=_controller_address(properties, listener) if "controller" in roles else None,
        static_voters=_names(properties.get("controller.quorum.voters", "")),
    )


def _node_id(properties: Mapping[str, str]) -> int:
    text = (properties.get("node.id") or properties.get("broker.id") or "").strip()
    if not text.isdecimal():
        raise KnownError(
            f"node.id is {text!r}, which is not a whole number from 0 on." if text else "node.id is not set.",
            "Set node.id to a number that no other node of the cluster has.",
        )
    return int(text)


def _controller_address(properties: Mapping[str, str], listener: str) -> tuple[str, int]:
    for key in ("advertised.listeners", "listeners"):
        for entry in _names(properties.get(key, "")):
            name, separator, address = entry.partition("://")
            if name.upper() != listener or not separator:
                continue
            host, _, port = address.rpartition(":")
            if not port.isdecimal():
                raise KnownError(f"{key} has the entry {entry!r}, which is not NAME://host:port.", f"Correct {key}.")
            host = host.strip("[]")
            return ("localhost" if host in UNSPECIFIED_HOSTS else host), int(port)
    raise KnownError(
        f"listeners has no entry for the controller listener {listener}.",
        f"Add {listener}://localhost:9093 to listeners.",
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))
