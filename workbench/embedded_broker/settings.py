"""What one node was told: its `server.properties` with Kafka's names, typed where the node itself needs them.

Source: Kafka's KafkaConfig, SocketServerConfigs, KRaftConfigs. Values that only some module needs are asked for by
name with `text`, `integer`, `flag`, `names`, which know Kafka's defaults through the configuration definitions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from workbench.embedded_broker.config_definitions.catalog import broker_configs
from workbench.system.known_error import KnownError
from workbench.system.quick_dataclass import dataclass

SECURITY_PROTOCOLS = {"PLAINTEXT": 0, "SSL": 1, "SASL_PLAINTEXT": 2, "SASL_SSL": 3}

_DEFAULT_LISTENERS = "PLAINTEXT://:9092"
_DEFAULT_LOG_DIRECTORY = "/tmp/kafka-logs"

_HOST = re.compile(r"[0-9a-zA-Z\-%._:]*")

RACK_AWARE_SELECTOR = "org.apache.kafka.common.replica.RackAwareReplicaSelector"
"""The one value of `replica.selector.class` that means something here (KIP-392)."""

_NOT_SERVED_YET = {
    "authorizer.class.name": "Access control is not in force yet; every client may do everything.",
    "sasl.enabled.mechanisms": "SASL is not supported yet.",
    "remote.log.storage.system.enable": "Tiered storage is not supported.",
    "ssl.keystore.location": "TLS is not supported yet.",
    "metric.reporters": "Java classes cannot be loaded.",
    "principal.builder.class": "Java classes cannot be loaded.",
}
"""Settings of Kafka's that change nothing here, with the sentence that says so."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One entry of `listeners` or `advertised.listeners`; an empty host means every interface."""

    name: str
    host: str
    port: int
    security_protocol: str


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """One node's settings; `properties` holds the file as it is."""

    path: Path
    properties: Mapping[str, str]
    node_id: int
    is_broker: bool
    is_controller: bool
    listeners: tuple[Listener, ...]
    advertised_listeners: tuple[Listener, ...]
    controller_listener_names: tuple[str, ...]
    inter_broker_listener_name: str
    log_directories: tuple[Path, ...]
    metadata_log_directory: Path
    quorum_voters: tuple[tuple[int, str, int], ...]
    """Static voters as (node id, host, port); empty for a dynamic quorum."""
    quorum_bootstrap_servers: tuple[tuple[str, int], ...]
    rack: str | None
    warnings: tuple[str, ...] = field(default=())

    def text(self, name: str) -> str:
        """The setting, or Kafka's default. Raises KeyError for a name without one."""
        value = self.properties.get(name)
        if value is None:
            value = broker_configs()[name].default
        if value is None:
            raise KeyError(name)
        return value

    def integer(self, name: str) -> int:
        value = self.text(name)
        try:
            return int(value)
        except ValueError as error:
            raise KnownError(
                f"{name} is {value!r}, which is not a whole number.", f"Correct it in {self.path}."
            ) from error

    def flag(self, name: str) -> bool:
        value = self.text(name).strip().lower()
        if value not in ("true", "false"):
            raise KnownError(f"{name} is {value!r}; it must be true or false.", f"Correct it in {self.path}.")
        return value == "true"

    @property
    def broker_listeners(self) -> tuple[Listener, ...]:
        return tuple(one for one in self.listeners if one.name not in self.controller_listener_names)

    @property
    def controller_listeners(self) -> tuple[Listener, ...]:
        return tuple(one for one in self.listeners if one.name in self.controller_listener_names)

    @property
    def prefers_near_replicas(self) -> bool:
        """Whether consumers are sent to a replica in their own rack."""
        return self.properties.get("replica.selector.class") == RACK_AWARE_SELECTOR

    def with_ports(self, ports: Mapping[str, int]) -> BrokerSettings:
        """The settings once the real ports of listeners that asked for port 0 are known."""

        def fix(listeners: tuple[Listener, ...]) -> tuple[Listener, ...]:
            return tuple(
                replace(one, port=ports.get(one.name, one.port)) if one.port == 0 else one for one in listeners
            )

        return replace(self, listeners=fix(self.listeners), advertised_listeners=fix(self.advertised_listeners))


def names_of(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def parse_listeners(text: str, protocols: Mapping[str, str], setting: str) -> tuple[Listener, ...]:
    """`NAME://host:port,...`; IPv6 hosts in brackets. Raises KnownError."""
    found: list[Listener] = []
    for entry in names_of(text):
        name, separator, address = entry.partition("://")
        host, colon, port = address.rpartition(":")
        name = name.upper()
        host = host.removeprefix("[").removesuffix("]")
        if not separator or not colon or not port.removeprefix("-").isdecimal() or not _HOST.fullmatch(host):
            raise KnownError(
                f"{setting} has the entry {entry!r}, which is not NAME://host:port.",
                "Write it like PLAINTEXT://localhost:9092.",
            )
        protocol = protocols.get(name)
        if protocol is None:
            raise KnownError(
                f"{setting} names the listener {name}, which has no security protocol.",
                f"Add {name}:PLAINTEXT to listener.security.protocol.map.",
            )
        _check_port(int(port), setting)
        found.append(Listener(name, host, int(port), protocol))
    return tuple(found)


def _check_port(port: int, setting: str) -> None:
    if not 0 <= port <= 65_535:
        raise KnownError(f"{setting} has the port {port}, and there is none.", "A port is a number up to 65535.")


def _protocols(properties: Mapping[str, str], controller_names: tuple[str, ...]) -> dict[str, str]:
    text = properties.get("listener.security.protocol.map")
    if text is None:
        protocols = {name: name for name in SECURITY_PROTOCOLS}
        # Kafka maps controller listeners to PLAINTEXT where the map is left at its default.
        for name in controller_names:
            protocols.setdefault(name, "PLAINTEXT")
        return protocols
    pairs = [entry.rpartition(":") for entry in names_of(text)]
    return {name.strip().upper(): protocol.strip().upper() for name, _, protocol in pairs}


def _voters(text: str) -> tuple[tuple[int, str, int], ...]:
    voters: list[tuple[int, str, int]] = []
    for entry in names_of(text):
        node, at, address = entry.partition("@")
        host, colon, port = address.rpartition(":")
        if not (at and colon and node.isdecimal() and port.isdecimal()):
            raise KnownError(
                f"controller.quorum.voters has the entry {entry!r}, which is not ID@host:port.",
                "Write it like 1@localhost:9193.",
            )
        _check_port(int(port), "controller.quorum.voters")
        voters.append((int(node), host.strip("[]"), int(port)))
    return tuple(voters)


def _servers(text: str) -> tuple[tuple[str, int], ...]:
    servers: list[tuple[str, int]] = []
    for entry in names_of(text):
        host, colon, port = entry.rpartition(":")
        if not (colon and port.isdecimal()):
            raise KnownError(
                f"controller.quorum.bootstrap.servers has the entry {entry!r}, which is not host:port.",
                "Write it like localhost:9193.",
            )
        _check_port(int(port), "controller.quorum.bootstrap.servers")
        servers.append((host.strip("[]"), int(port)))
    return tuple(servers)


def settings_from(properties: Mapping[str, str], path: Path) -> BrokerSettings:
    """Reads what the node needs; raises KnownError with the setting at fault."""

    def need(name: str, *also: str) -> str:
        for candidate in (name, *also):
            value = properties.get(candidate)
            if value:
                return value
        raise KnownError(f"{path} does not set {name}.", f"Add a line {name}=... to it.")

    node_text = need("node.id", "broker.id")
    if not node_text.isdecimal():
        raise KnownError(f"node.id is {node_text!r}, which is not a whole number from 0 on.", f"Correct it in {path}.")
    node_id = int(node_text)
    roles = names_of(need("process.roles"))
    unknown = [role for role in roles if role not in ("broker", "controller")]
    if unknown or not roles:
        raise KnownError(
            f"process.roles names {', '.join(unknown) or 'nothing'}.", "It may hold broker, controller, or both."
        )
    controller_names = tuple(name.upper() for name in names_of(need("controller.listener.names")))
    protocols = _protocols(properties, controller_names)
    listeners = parse_listeners(properties.get("listeners") or _DEFAULT_LISTENERS, protocols, "listeners")
    advertised_text = properties.get("advertised.listeners")
    if advertised_text:
        advertised = parse_listeners(advertised_text, protocols, "advertised.listeners")
        named = {one.name for one in advertised}
        advertised += tuple(one for one in listeners if one.name in controller_names and one.name not in named)
    else:
        advertised = listeners
    for one in listeners:
        if one.security_protocol not in SECURITY_PROTOCOLS:
            raise KnownError(
                f"Invalid security protocol `{one.security_protocol}` defined in listener.security.protocol.map.",
                f"Use {one.name}:PLAINTEXT.",
            )
        if one.security_protocol != "PLAINTEXT":
            raise KnownError(
                f"Listener {one.name} asks for {one.security_protocol}, which is not supported yet.",
                "Use PLAINTEXT on this machine for now.",
            )
    log_directories = tuple(
        Path(name)
        for name in names_of(properties.get("log.dirs") or properties.get("log.dir") or _DEFAULT_LOG_DIRECTORY)
    )
    broker_names = [one.name for one in listeners if one.name not in controller_names]
    inter_broker = properties.get("inter.broker.listener.name", "").upper()
    if not inter_broker and "broker" in roles:
        if not broker_names:
            raise KnownError(
                f"{path} gives the broker no listener beside the controller's.",
                "Add PLAINTEXT://localhost:9092 to listeners.",
            )
        inter_broker = "PLAINTEXT" if "PLAINTEXT" in broker_names else broker_names[0]
    metadata_text = properties.get("metadata.log.dir")
    voters = _voters(properties.get("controller.quorum.voters", ""))
    bootstrap = _servers(properties.get("controller.quorum.bootstrap.servers", ""))
    if not voters and not bootstrap:
        raise KnownError(
            f"{path} names no controllers.",
            "Set controller.quorum.bootstrap.servers (or the older controller.quorum.voters).",
        )
    warnings = tuple(f"{name}: {sentence}" for name, sentence in _NOT_SERVED_YET.items() if properties.get(name))
    if properties.get("replica.selector.class") not in (None, "", RACK_AWARE_SELECTOR):
        warnings += ("replica.selector.class: Of Kafka's own only RackAwareReplicaSelector is known here.",)
    return BrokerSettings(
        path=path,
        properties=dict(properties),
        node_id=node_id,
        is_broker="broker" in roles,
        is_controller="controller" in roles,
        listeners=listeners,
        advertised_listeners=advertised,
        controller_listener_names=controller_names,
        inter_broker_listener_name=inter_broker,
        log_directories=log_directories,
        metadata_log_directory=Path(metadata_text) if metadata_text else log_directories[0],
        quorum_voters=voters,
        quorum_bootstrap_servers=bootstrap,
        rack=properties.get("broker.rack") or None,
        warnings=warnings,
    )
