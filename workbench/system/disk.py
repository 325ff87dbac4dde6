"""The one door to the disk: every file operation of `storage` goes through `Disk` and `DiskFile`.

Invariants: nothing is buffered here, so what a call wrote is in the system's cache when it returns, and on the device
once `sync` (for a file) and `sync_directory` (for names) have returned. Tests put a double in the place of both
classes that loses or tears what was not synced. Paths are str.
"""

from __future__ import annotations

import os
from pathlib import Path

from workbench.system.file_lock import FileLock
from workbench.system.platform_files import (
    APPEND_FLAGS,
    READ_FLAGS,
    WRITE_FLAGS,
    Buffer,
    read_at,
    send_from,
    sync_data,
    sync_directory,
)


class DiskFile:
    """An open file that is appended to, read at positions, and cut."""

    __slots__ = ("_fd", "path")

    def __init__(self, path: str, fd: int) -> None:
        self.path = path
        self._fd = fd

    def append(self, data: Buffer) -> None:
        """Writes all of `data` at the end. Raises OSError (disk full); part of it may then have been written."""
        size = len(data)
        written = os.write(self._fd, data)
        while written != size:  # a nearly full disk takes what fits first and refuses the rest next
            written += os.write(self._fd, memoryview(data)[written:])

    def read(self, position: int, size_bytes: int) -> bytes:
        """Up to `size_bytes` from `position`; fewer only at the end of the file."""
        return read_at(self._fd, position, size_bytes)

    def send(self, socket_fd: int, position: int, size_bytes: int) -> int:
        """Sends to a socket what `read` would return, as much as it takes now: see `platform_files.send_from`."""
        return send_from(self._fd, socket_fd, position, size_bytes)

    def truncate(self, size_bytes: int) -> None:
        os.ftruncate(self._fd, size_bytes)

    def sync(self) -> None:
        """Returns once everything written would survive a power cut. May take long: call from a worker thread."""
        sync_data(self._fd)

    def size_bytes(self) -> int:
        return os.fstat(self._fd).st_size

    def detach(self) -> int:
        """Gives the descriptor away; this object must not be used after it."""
        fd, self._fd = self._fd, -1
        return fd

    def close(self) -> None:
        """A second call does nothing."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)


class Disk:
    """The machine's file systems. Raises OSError as the system does."""

    __slots__ = ()

    def open(self, path: str, *, create: bool = False) -> DiskFile:
        """Opens for reading and appending. Raises FileNotFoundError without `create`."""
        flags = APPEND_FLAGS | os.O_CREAT if create else APPEND_FLAGS
        return DiskFile(path, os.open(path, flags, 0o644))

    def open_read_only(self, path: str) -> DiskFile:
        return DiskFile(path, os.open(path, READ_FLAGS))

    def read_file(self, path: str) -> bytes:
        return Path(path).read_bytes()

    def write_file(self, path: str, data: Buffer, *, sync: bool = False) -> None:
        """Creates or replaces the content in place: not atomic, see `replace_file`."""
        fd = os.open(path, WRITE_FLAGS, 0o644)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            if sync:
                sync_data(fd)
        finally:
            os.close(fd)

    def rename(self, source: str, target: str) -> None:
        """Atomic within a file system; replaces a file at `target`."""
        os.replace(source, target)  # noqa: PTH105

    def remove(self, path: str) -> None:
        os.unlink(path)  # noqa: PTH108

    def remove_tree(self, path: str) -> None:
        """Removes a directory with everything in it; nothing if it is not there."""
        import shutil  # seldom needed, and slow to import: it knows all archives

        shutil.rmtree(path, ignore_errors=not Path(path).exists())

    def make_directory(self, path: str) -> None:
        """Creates it and its parents; an existing one is fine."""
        os.makedirs(path, exist_ok=True)  # noqa: PTH103

    def exists(self, path: str) -> bool:
        return os.path.exists(path)  # noqa: PTH110

    def is_directory(self, path: str) -> bool:
        return os.path.isdir(path)  # noqa: PTH112

    def list_names(self, directory: str) -> list[str]:
        """Names of files and directories in it, sorted."""
        return sorted(os.listdir(directory))  # noqa: PTH208

    def size_bytes(self, path: str) -> int:
        return os.stat(path).st_size  # noqa: PTH116

    def modified_ms(self, path: str) -> int:
        """Time of the last write, in milliseconds since 1970."""
        return os.stat(path).st_mtime_ns // 1_000_000  # noqa: PTH116

    def sync_file(self, path: str) -> None:
        """Syncs a file that is not open; nothing if it is not there."""
        try:
            fd = os.open(path, APPEND_FLAGS)
        except FileNotFoundError:
            return
        try:
            sync_data(fd)
        finally:
            os.close(fd)

    def sync_directory(self, path: str) -> None:
        """Makes creations, renames and removals in `path` durable."""
        sync_directory(path)

    def lock(self, path: str) -> FileLock | None:
        """Takes the lock on a file (made if missing); None while another process, or this one, holds it."""
        lock = FileLock(Path(path))
        return lock if lock.try_acquire() else None

    def space_bytes(self, path: str) -> tuple[int, int]:
        """Total and usable bytes of the file system that holds `path`."""
        import shutil

        usage = shutil.disk_usage(path)
        return usage.total, usage.free

    def replace_file(self, path: str, data: Buffer, *, sync: bool = True, sync_directory: bool = True) -> None:
        """Replaces a file's content atomically and durably: new file, sync, rename, sync of the directory.

        Without one of the syncs it is the caller's business to make the content or the name durable.
        """
        temporary = path + ".tmp"
        self.write_file(temporary, data, sync=sync)
        self.rename(temporary, path)
        if sync_directory:
            self.sync_directory(os.path.dirname(path) or ".")  # noqa: PTH120
