"""Kafka's small text files of offsets: version 0, number of lines, the lines.

Invariants: written atomically and durably (new file, sync, rename, sync of the directory); a file that is missing is
an empty one; anything that does not parse raises CorruptFileError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.storage.log.errors import CorruptFileError
from workbench.system.disk import Disk

VERSION = 0

TopicPartition = tuple[str, int]


def encode_lines(lines: Iterable[str]) -> bytes:
    listed = list(lines)
    return "".join(f"{line}\n" for line in (str(VERSION), str(len(listed)), *listed)).encode()


def read_lines(disk: Disk, path: str, fields: int) -> list[list[str]]:
    """The fields of each line. Raises CorruptFileError."""
    try:
        data = disk.read_file(path)
    except FileNotFoundError:
        return []
    try:
        lines = data.decode().splitlines()
        version, count = int(lines[0]), int(lines[1])
    except (ValueError, IndexError) as error:
        raise CorruptFileError(path, "no version and count at its start", size_bytes=len(data)) from error
    if version != VERSION:
        raise CorruptFileError(path, f"checkpoint of version {version}", size_bytes=len(lines[0]))
    split = [line.rsplit(" ", fields - 1) for line in lines[2:] if line]
    if len(split) != count or any(len(parts) != fields for parts in split):
        raise CorruptFileError(path, f"{count} lines expected, {len(split)} found", size_bytes=len(data))
    return split


def read_pairs(disk: Disk, path: str) -> list[tuple[int, int]]:
    """Lines of two numbers."""
    try:
        return [(int(first), int(second)) for first, second in read_lines(disk, path, 2)]
    except ValueError as error:
        raise CorruptFileError(path, f"a line is no two numbers: {error}") from error


def write_pairs(disk: Disk, path: str, pairs: Iterable[tuple[int, int]], *, sync_directory: bool = True) -> None:
    disk.replace_file(path, encode_lines(f"{first} {second}" for first, second in pairs), sync_directory=sync_directory)


def read_offsets(disk: Disk, path: str) -> dict[TopicPartition, int]:
    """Offset of each partition."""
    try:
        return {(topic, int(partition)): int(offset) for topic, partition, offset in read_lines(disk, path, 3)}
    except ValueError as error:
        raise CorruptFileError(path, f"a line is no topic, partition and offset: {error}") from error


def write_offsets(disk: Disk, path: str, offsets: Mapping[TopicPartition, int]) -> None:
    disk.replace_file(
        path, encode_lines(f"{topic} {partition} {offset}" for (topic, partition), offset in offsets.items())
    )
