"""`partition.metadata`: the topic id of a partition's directory.

Invariant: once written, the id of a directory never changes; a broker takes a directory only with the id that the
cluster's metadata has for its topic (KIP-516).
"""

from __future__ import annotations

import os

from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.file_names import PARTITION_METADATA
from workbench.system.disk import Disk
from workbench.wire.uuids import uuid_from_text, uuid_to_text

VERSION = 0


def read_topic_id(disk: Disk, directory: str) -> bytes | None:
    """None without a file. Raises CorruptFileError."""
    path = os.path.join(directory, PARTITION_METADATA)  # noqa: PTH118
    try:
        data = disk.read_file(path)
    except FileNotFoundError:
        return None
    lines = dict(line.split(": ", 1) for line in data.decode("utf-8", "replace").splitlines() if ": " in line)
    try:
        if int(lines["version"]) != VERSION:
            raise CorruptFileError(path, f"version {lines['version']}", size_bytes=len(data))
        return uuid_from_text(lines["topic_id"].strip())
    except (KeyError, ValueError) as error:
        raise CorruptFileError(path, f"no version and topic_id: {error}", size_bytes=len(data)) from error


def write_topic_id(disk: Disk, directory: str, topic_id: bytes) -> str:
    """Written atomically; returns the path, which the caller syncs with the log's first flush. Raises OSError."""
    path = os.path.join(directory, PARTITION_METADATA)  # noqa: PTH118
    text = f"version: {VERSION}\ntopic_id: {uuid_to_text(topic_id)}"
    disk.replace_file(path, text.encode(), sync=False, sync_directory=False)
    return path
