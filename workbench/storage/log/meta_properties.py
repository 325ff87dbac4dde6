"""`meta.properties`: which cluster, node and directory a log.dir belongs to.

A Java properties file with version, cluster.id, node.id and (from Kafka 3.7 on) directory.id.

Invariants: ids are as in the file (uuids as Kafka's 22-character text); unknown keys are kept when it is written again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field

from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.file_names import META_PROPERTIES
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError
from workbench.system.quick_dataclass import dataclass

VERSION = 1
_KNOWN = ("version", "cluster.id", "node.id", "directory.id")


@dataclass(frozen=True, slots=True)
class MetaProperties:
    """Identity of a log.dir; `directory_id` is None where Kafka before 3.7 made it."""

    cluster_id: str
    node_id: int
    directory_id: str | None = None
    other: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        lines = [f"version={VERSION}", f"cluster.id={self.cluster_id}", f"node.id={self.node_id}"]
        if self.directory_id is not None:
            lines.append(f"directory.id={self.directory_id}")
        lines.extend(f"{name}={value}" for name, value in self.other.items())
        return "".join(f"{line}\n" for line in lines).encode()


def read_meta_properties(disk: Disk, directory: str) -> MetaProperties | None:
    """None where the directory has not been formatted.

    Raises CorruptFileError, and KnownError for a file of a later version or of a broker before KRaft.
    """
    path = os.path.join(directory, META_PROPERTIES)  # noqa: PTH118
    try:
        data = disk.read_file(path)
    except FileNotFoundError:
        return None
    values = parse_properties(data.decode("utf-8", "replace"))
    try:
        version = int(values.get("version", ""))
    except ValueError as error:
        raise CorruptFileError(path, "no version", size_bytes=len(data)) from error
    if version > VERSION:
        raise KnownError(
            f"The directory {directory} was written by a newer version of Kafka (meta.properties version {version}).",
            "Use the version that wrote it, or another directory.",
        )
    if version < VERSION:
        raise KnownError(
            f"The directory {directory} was written by a Kafka broker that used ZooKeeper.",
            "Migrate it to KRaft with Apache Kafka 3.9, or use another directory.",
        )
    try:
        return MetaProperties(
            values["cluster.id"],
            int(values["node.id"]),
            values.get("directory.id"),
            {name: value for name, value in values.items() if name not in _KNOWN},
        )
    except (KeyError, ValueError) as error:
        raise CorruptFileError(path, f"no valid cluster.id and node.id: {error}", size_bytes=len(data)) from error


def write_meta_properties(disk: Disk, directory: str, meta: MetaProperties) -> None:
    """Written atomically and durably. Raises OSError."""
    disk.replace_file(os.path.join(directory, META_PROPERTIES), meta.encode())  # noqa: PTH118


def parse_properties(text: str) -> dict[str, str]:
    """The simple part of Java's properties format: comments, `=` or `:` between name and value, backslash escapes."""
    values = {}
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] in "#!":
            continue
        place = min((i for i in (stripped.find("="), stripped.find(":")) if i >= 0), default=len(stripped))
        values[_unescape(stripped[:place].strip())] = _unescape(stripped[place + 1 :].strip())
    return values


def _unescape(text: str) -> str:
    out = []
    characters = iter(text)
    for character in characters:
        out.append(next(characters, "") if character == "\\" else character)
    return "".join(out)
