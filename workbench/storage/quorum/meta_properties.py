"""`meta.properties` of a log directory: which cluster, node and directory it is (KIP-858).

Invariant: written once by format and whole or not at all; a broker must refuse a directory whose ids are not its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.system.disk import Disk
from workbench.wire.uuids import uuid_from_text, uuid_to_text

META_PROPERTIES_FILE_NAME = "meta.properties"


class MetaPropertiesError(Exception):
    """The file does not say what a node must know."""


@dataclass(frozen=True, slots=True)
class MetaProperties:
    """Version 1 of the file; the directory id is missing in files older than Kafka 3.7."""

    cluster_id: str
    node_id: int
    directory_id: bytes | None = None


def encode_meta_properties(properties: MetaProperties) -> bytes:
    """A Java properties file."""
    lines = ["#", f"node.id={properties.node_id}"]
    if properties.directory_id is not None:
        lines.append(f"directory.id={uuid_to_text(properties.directory_id)}")
    lines += ["version=1", f"cluster.id={properties.cluster_id}"]
    return ("\n".join(lines) + "\n").encode()


def decode_meta_properties(content: bytes) -> MetaProperties:
    """Raises MetaPropertiesError."""
    fields: dict[str, str] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text and text[0] not in "#!":
            name, _, value = text.partition("=")
            fields[name.strip()] = value.strip().replace("\\", "")
    version = fields.get("version")
    if version != "1":
        raise MetaPropertiesError(f"version is {version!r}, not 1")
    try:
        directory = fields.get("directory.id")
        return MetaProperties(
            fields["cluster.id"], int(fields["node.id"]), None if directory is None else uuid_from_text(directory)
        )
    except KeyError as error:
        raise MetaPropertiesError(f"{error.args[0]} is missing") from error
    except ValueError as error:
        raise MetaPropertiesError(str(error)) from error


def read_meta_properties(log_dir: str, disk: Disk) -> MetaProperties | None:
    """None for a directory that was never formatted. Raises MetaPropertiesError or OSError."""
    path = str(Path(log_dir) / META_PROPERTIES_FILE_NAME)
    if not disk.exists(path):
        return None
    try:
        return decode_meta_properties(disk.read_file(path))
    except MetaPropertiesError as error:
        raise MetaPropertiesError(f"{path}: {error}") from error


def write_meta_properties(log_dir: str, properties: MetaProperties, disk: Disk) -> None:
    """Durable when it returns. Raises OSError."""
    disk.replace_file(str(Path(log_dir) / META_PROPERTIES_FILE_NAME), encode_meta_properties(properties))
