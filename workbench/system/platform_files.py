"""What differs between operating systems about files: positional reads, sending, syncing to the device, open modes.

Invariants: nothing here is buffered; a read at a position never moves the place where the next append goes (files are
opened for appending, so the system itself puts each write at the end). Callers outside `disk.py` should use `Disk`.
"""

from __future__ import annotations

import os
import sys
import threading

Buffer = bytes | bytearray | memoryview

# Windows opens in text mode and lets children inherit unless told otherwise.
_EXTRA_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0) | getattr(os, "O_CLOEXEC", 0)
APPEND_FLAGS = os.O_RDWR | os.O_APPEND | _EXTRA_FLAGS
READ_FLAGS = os.O_RDONLY | _EXTRA_FLAGS
WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _EXTRA_FLAGS

HAS_POSITIONAL_READ = hasattr(os, "pread")
CAN_SEND_FILES = sys.platform == "linux"
"""Elsewhere a file is read and written to the socket: Windows has no sendfile, that of macOS counts differently."""

_seek_lock = threading.Lock()


def read_at(fd: int, position: int, size_bytes: int) -> bytes:
    """Up to `size_bytes` from `position`; fewer only at the end of the file."""
    if HAS_POSITIONAL_READ:
        data = os.pread(fd, size_bytes, position)
    else:
        data = _seek_and_read(fd, position, size_bytes)
    if len(data) == size_bytes or not data:
        return data
    parts = [data]
    got = len(data)
    while got < size_bytes:  # a signal or a network file system may cut a read short
        more = (
            os.pread(fd, size_bytes - got, position + got)
            if HAS_POSITIONAL_READ
            else _seek_and_read(fd, position + got, size_bytes - got)
        )
        if not more:
            break
        parts.append(more)
        got += len(more)
    return b"".join(parts)


def send_from(fd: int, socket_fd: int, position: int, size_bytes: int) -> int:
    """Sends from a file to a socket without a copy, only where `CAN_SEND_FILES`; returns how much the socket took.

    0 only at the end of the file. Raises BlockingIOError where the socket takes nothing now, OSError.
    """
    return os.sendfile(socket_fd, fd, position, size_bytes)


def _seek_and_read(fd: int, position: int, size_bytes: int) -> bytes:
    with _seek_lock:  # the place is the descriptor's, which a worker thread may share
        os.lseek(fd, position, os.SEEK_SET)
        return os.read(fd, size_bytes)


def sync_data(fd: int) -> None:
    """Returns once the file's data (and size) would survive a power cut."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync alone stops at the drive's cache there
            return
        except OSError:
            pass  # not every file system has it
    if hasattr(os, "fdatasync"):
        os.fdatasync(fd)
    else:
        os.fsync(fd)


def sync_directory(path: str) -> None:
    """Makes creations, renames and removals in `path` survive a power cut, where the system has a way to."""
    if sys.platform == "win32":
        return  # NTFS journals names; there is no call for it
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _EXTRA_FLAGS)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
