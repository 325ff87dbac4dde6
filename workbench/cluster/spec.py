"""What the user asked for: a cluster's brokers, ports and settings, kept as `cluster.json` in its folder.

Invariants: node ids and ports are unique within a cluster; directories are kept relative to the cluster's folder where
they lie in it, so that the folder can be moved as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any

from workbench.system.known_error import KnownError
from workbench.system.quick_dataclass import dataclass

SPEC_FILE_NAME = "cluster.json"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class BrokerSpec:
    """One broker: where it listens and where it keeps its logs.

    `log_directories` are relative to the cluster's folder or absolute; the first one also holds the broker's
    `server.properties` and its metadata log, and `directory_id` (base64url) is that directory's id, fixed before the
    first format because every voter must know it (KIP-853). `settings` override the cluster's. A broker that
    `joined_later` was added to a cluster that had run before: its metadata log begins with what the others hold.
    """

    node_id: int
    port: int
    controller_port: int
    directory_id: str
    log_directories: tuple[str, ...]
    rack: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    joined_later: bool = False


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One embedded cluster; `settings` are Kafka's broker settings that the user gave beyond the defaults."""

    name: str
    cluster_id: str
    brokers: tuple[BrokerSpec, ...]
    settings: Mapping[str, str] = field(default_factory=dict)

    def broker(self, node_id: int) -> BrokerSpec:
        """The broker with that id; KeyError where there is none."""
        for broker in self.brokers:
            if broker.node_id == node_id:
                return broker
        raise KeyError(node_id)

    def with_settings(self, settings: Mapping[str, str]) -> ClusterSpec:
        """The same cluster with `settings` added to, or in place of, those it has."""
        return replace(self, settings={**self.settings, **settings})


def load_spec(folder: Path) -> ClusterSpec | None:
    """The spec kept in `folder`, None where there is none; KnownError where it cannot be read or is newer."""
    path = folder / SPEC_FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError(f"{path} cannot be read: {error}.", "Check the folder's permissions.") from error
    try:
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KnownError(
            f"{path} is not a description of a cluster that this version understands ({error}).",
            "Use the workbench version that wrote it, or another data folder.",
        ) from error


def save_spec(folder: Path, spec: ClusterSpec) -> None:
    """Writes the spec into `folder` so that a crash leaves either the old file or the new one."""
    body = {"version": FORMAT_VERSION, **asdict(spec)}
    path = folder / SPEC_FILE_NAME
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(body, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _parse(body: dict[str, Any]) -> ClusterSpec:
    version = body["version"]
    if version != FORMAT_VERSION:
        raise ValueError(f"format version {version}")
    brokers = tuple(
        BrokerSpec(
            node_id=int(item["node_id"]),
            port=int(item["port"]),
            controller_port=int(item["controller_port"]),
            directory_id=str(item["directory_id"]),
            log_directories=tuple(str(directory) for directory in item["log_directories"]),
            rack=None if item.get("rack") is None else str(item["rack"]),
            settings=_settings(item.get("settings", {})),
            joined_later=bool(item.get("joined_later", False)),
        )
        for item in body["brokers"]
    )
    if not brokers:
        raise ValueError("it has no brokers")
    if len({broker.node_id for broker in brokers}) != len(brokers):
        raise ValueError("two brokers have the same node id")
    if any(not broker.log_directories for broker in brokers):
        raise ValueError("a broker has no log directory")
    return ClusterSpec(str(body["name"]), str(body["cluster_id"]), brokers, _settings(body.get("settings", {})))


def _settings(body: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in body.items()}
