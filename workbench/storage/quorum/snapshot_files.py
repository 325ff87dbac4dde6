"""The checkpoint files beside the metadata log: `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint` (KIP-630).

Invariants: a file under its final name is complete and durable (written as `.part`, synced, renamed, directory
synced); it never changes again. What a crash leaves (`.part`, `.deleted`) is removed by `recover`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from workbench.storage.quorum.snapshot_content import SnapshotContent, SnapshotError, decode_snapshot
from workbench.system.disk import Disk, DiskFile
from workbench.system.quick_dataclass import dataclass

SUFFIX = ".checkpoint"
PARTIAL_SUFFIX = ".checkpoint.part"
DELETED_SUFFIX = ".checkpoint.deleted"
_NAME = re.compile(r"(\d{20})-(\d{10})(?:-[^.]*)?(\.checkpoint(?:\.part|\.deleted)?)")


@dataclass(frozen=True, slots=True, order=True)
class SnapshotName:
    """A snapshot's id: epoch of its last record and exclusive end offset; sorts by recency."""

    epoch: int
    end_offset: int

    @property
    def file_name(self) -> str:
        return f"{self.end_offset:020d}-{self.epoch:010d}{SUFFIX}"


BOOTSTRAP_SNAPSHOT = SnapshotName(0, 0)


def parse_snapshot_file_name(name: str) -> tuple[SnapshotName, str] | None:
    """Snapshot and suffix that a file name tells, None where it is none of ours."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return SnapshotName(int(match[2]), int(match[1])), match[3]


class SnapshotFiles:
    """The snapshots in the directory of the metadata log; one download at a time."""

    def __init__(self, directory: str, disk: Disk) -> None:
        self._directory = Path(directory)
        self._disk = disk
        self._download: tuple[SnapshotName, DiskFile] | None = None

    def path(self, name: SnapshotName) -> str:
        return str(self._directory / name.file_name)

    def _partial_path(self, name: SnapshotName) -> str:
        return str(self._directory / name.file_name.replace(SUFFIX, PARTIAL_SUFFIX))

    def recover(self, log_start_offset: int) -> dict[SnapshotName, int]:
        """Sizes of the finished snapshots from `log_start_offset` on; deletes all other snapshot files."""
        found: dict[SnapshotName, int] = {}
        for file_name in self._disk.list_names(str(self._directory)):
            parsed = parse_snapshot_file_name(file_name)
            if parsed is None:
                continue
            name, suffix = parsed
            path = str(self._directory / file_name)
            if suffix != SUFFIX or name.end_offset < log_start_offset:
                self._disk.remove(path)
            else:
                found[name] = self._disk.size_bytes(path)
        return found

    def write(self, name: SnapshotName, batches: Iterable[bytes]) -> int:
        """Writes a whole snapshot durably and returns its size; callable from a worker thread. Raises OSError."""
        partial = self._partial_path(name).replace(PARTIAL_SUFFIX, f"-own{PARTIAL_SUFFIX}")
        size = self._write_file(partial, batches)
        self._publish(partial, name)
        return size

    def _write_file(self, path: str, batches: Iterable[bytes]) -> int:
        self._disk.write_file(path, b"")
        file = self._disk.open(path)
        try:
            for batch in batches:
                file.append(batch)
            file.sync()
            return file.size_bytes()
        finally:
            file.close()

    def _publish(self, partial: str, name: SnapshotName) -> None:
        self._disk.rename(partial, self.path(name))
        self._disk.sync_directory(str(self._directory))

    def read(self, name: SnapshotName) -> SnapshotContent:
        """Raises SnapshotError, which names the file, or OSError."""
        path = self.path(name)
        try:
            return decode_snapshot(self._disk.read_file(path))
        except SnapshotError as error:
            raise SnapshotError(f"{path}: {error}") from error

    def read_range(self, name: SnapshotName, position: int, max_bytes: int) -> bytes:
        """Up to `max_bytes` of the file from `position` on. Raises OSError."""
        file = self._disk.open_read_only(self.path(name))
        try:
            return file.read(position, max_bytes)
        finally:
            file.close()

    def write_download(self, name: SnapshotName, position: int, chunk: bytes) -> None:
        """Appends a chunk of a snapshot under download; position 0 starts it anew."""
        if position == 0:
            self.abandon_download()
            self._disk.write_file(self._partial_path(name), b"")
            self._download = name, self._disk.open(self._partial_path(name))
        if self._download is None or self._download[0] != name or self._download[1].size_bytes() != position:
            raise ValueError(f"no download of {name} stands at byte {position}")
        self._download[1].append(chunk)

    def finish_download(self, name: SnapshotName) -> int:
        """Makes the download a snapshot and returns its size. Raises SnapshotError where it is damaged."""
        if self._download is None or self._download[0] != name:
            raise ValueError(f"no download of {name} is under way")
        file = self._download[1]
        size = file.size_bytes()
        decode_snapshot(file.read(0, size))
        file.sync()
        file.close()
        self._download = None
        self._publish(self._partial_path(name), name)
        return size

    def abandon_download(self) -> None:
        if self._download is not None:
            name, file = self._download
            file.close()
            self._download = None
            self._disk.remove(self._partial_path(name))

    def delete(self, name: SnapshotName) -> None:
        """Removes a snapshot; one that is not there is fine."""
        try:
            self._disk.remove(self.path(name))
        except FileNotFoundError:
            return

    def close(self) -> None:
        self.abandon_download()
