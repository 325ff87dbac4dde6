"""A lock on a file that dies with the process that holds it.

Byte-range locks (`fcntl.lockf`, `msvcrt.locking`) are what Java's `FileChannel.lock` sees too, so a file locked here
is locked for Apache Kafka and the other way round; `flock` would not be.

Invariants: POSIX gives such a lock to the process and drops it when the process closes *any* descriptor of the file,
so one process opens a lock file only here, and a second `FileLock` of the same process on it is refused by us.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_held: set[str] = set()


class FileLock:
    """An exclusive lock on `path`, which is created where it is missing and never removed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def try_acquire(self) -> bool:
        """Takes the lock and says True, or False where another process, or another object of this one, has it.

        Raises OSError where the file cannot be opened.
        """
        if self._descriptor is not None:
            return True
        key = os.path.realpath(self._path)
        if key in _held:
            return False
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        _held.add(key)
        return True

    def release(self) -> None:
        """Gives the lock up; nothing happens where it is not held."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        _held.discard(os.path.realpath(self._path))
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
