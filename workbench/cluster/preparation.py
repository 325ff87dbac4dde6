"""Brings a cluster's folder to the point where its brokers can start: properties files written, directories formatted.

Everything here blocks on the disk and is called from a worker thread.

Invariants: keys that follow from the spec are written anew at every start, other lines of a properties file are left as
they are; a directory that is formatted already is never formatted again.
"""

from __future__ import annotations

from pathlib import Path

from workbench.broker_contract.properties_file import PropertiesFile
from workbench.cluster.formatting import NodeFormat, format_node
from workbench.cluster.plan import (
    MANAGED_KEYS,
    initial_controllers,
    log_directories,
    properties_path,
    server_properties,
)
from workbench.cluster.spec import BrokerSpec, ClusterSpec
from workbench.system.known_error import KnownError

HEADING = (
    "Written by the Kafka workbench for one broker of a local cluster; Apache Kafka accepts it on this directory too.",
    "Node, quorum, listeners and directories are written anew at every start, other lines are left as they are.",
)


def is_prepared(spec: ClusterSpec, folder: Path) -> bool:
    """Whether the cluster was ever started: from then on its files hold how many vote, and where."""
    return any(place.exists() for broker in spec.brokers for place in log_directories(folder, broker))


def prepare_broker(spec: ClusterSpec, broker: BrokerSpec, folder: Path) -> Path:
    """Writes the broker's properties file, formats its directories where they are new, and gives the file's path."""
    directories = log_directories(folder, broker)
    for directory in directories:
        if "," in str(directory):
            raise KnownError(
                f"The folder {directory} has a comma in its name, which Kafka takes for the end of the name.",
                "Choose a data folder without commas.",
            )
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise KnownError(
                f"The folder {directory} cannot be made: {error.strerror or error}.",
                "Check its permissions, or choose another data folder.",
            ) from error
    path = properties_path(folder, broker)
    properties = server_properties(spec, broker, folder)
    try:
        write_properties(path, properties)
    except OSError as error:
        raise KnownError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Check the disk's space and the file's permissions.",
        ) from error
    if broker.joined_later:
        how = NodeFormat(spec.cluster_id, no_initial_controllers=True, ignore_formatted=True)
    else:
        how = NodeFormat(spec.cluster_id, initial_controllers=initial_controllers(spec), ignore_formatted=True)
    format_node(PropertiesFile.read(path).values(), how)
    return path


def write_properties(path: Path, properties: dict[str, str]) -> None:
    """Writes `properties` into the file, keeping its other lines; a managed key that is not given any more goes."""
    file = PropertiesFile.read(path) if path.exists() else PropertiesFile.with_heading(HEADING)
    for key in MANAGED_KEYS:
        if key not in properties:
            file.remove(key)
    for key, value in properties.items():
        file.set(key, value)
    file.write(path)
