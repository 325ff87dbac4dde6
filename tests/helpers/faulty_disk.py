"""A disk in memory whose power can be cut at any operation, that can fill up, and that forgets what was not synced.

Theory (after LevelDB's fault_injection_test): a file remembers what was synced and every write and cut since; a
directory remembers which names were synced and every change since. When the power is cut, each file keeps a random
part of what was not synced (nothing, all, or some with the last write torn), each directory a prefix of its changes.

Invariants: what `sync` and `sync_directory` covered survives as it was then; a later cut is never kept without the
earlier ones; renames are atomic.
"""

from __future__ import annotations

import errno
import os
import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from workbench.system.disk import Disk, DiskFile
from workbench.system.file_lock import FileLock

Change = tuple[str, int, bytes]


class PowerCutError(BaseException):
    """Raised by the operation during which the power goes, and by every one after it. Not an Exception: nothing in
    the program under test may handle it."""


@dataclass(eq=False)
class Inode:
    """Content of one file."""

    data: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    changes: list[Change] = field(default_factory=list)
    modified_ms: int = 0

    def write(self, position: int, data: bytes) -> None:
        self.changes.append(("write", position, data))
        _apply(self.data, ("write", position, data))

    def cut(self, size: int) -> None:
        self.changes.append(("cut", size, b""))
        _apply(self.data, ("cut", size, b""))

    def sync(self) -> None:
        self.synced = bytes(self.data)
        self.changes.clear()

    def survivor(self, rng: Random) -> Inode:
        """What is left after the power cut."""
        kept = bytearray(self.synced)
        how = rng.choice(("nothing", "all", "some", "some"))
        if how == "all":
            kept = bytearray(self.data)
        elif how == "some" and self.changes:
            count = rng.randrange(len(self.changes) + 1)
            skip_writes = rng.random() < 0.3
            last_cut = max((i for i, c in enumerate(self.changes[:count]) if c[0] == "cut"), default=-1)
            for place, change in enumerate(self.changes[:count]):
                if skip_writes and place > last_cut and rng.random() < 0.3:
                    continue  # written out of order: a hole that reads as zeros
                _apply(kept, change)
            if count < len(self.changes) and self.changes[count][0] == "write":
                _, position, data = self.changes[count]
                torn = data[: rng.randrange(len(data) + 1)]
                if rng.random() < 0.3:
                    torn += bytes(len(data) - len(torn))
                _apply(kept, ("write", position, torn))
        return Inode(bytearray(kept), bytes(kept), [], self.modified_ms)


def _apply(data: bytearray, change: Change) -> None:
    kind, position, content = change
    if kind == "cut":
        if position <= len(data):
            del data[position:]
        else:
            data.extend(bytes(position - len(data)))
        return
    if position > len(data):
        data.extend(bytes(position - len(data)))
    data[position : position + len(content)] = content


@dataclass(eq=False)
class Folder:
    """Names in one directory; `changes` are functions of a names dict, in order, since the last sync."""

    names: dict[str, Inode | Folder] = field(default_factory=dict)
    synced: dict[str, Inode | Folder] = field(default_factory=dict)
    changes: list[tuple[str, str, Any]] = field(default_factory=list)

    def change(self, kind: str, name: str, argument: Any = None) -> None:
        self.changes.append((kind, name, argument))
        _rename(self.names, kind, name, argument)

    def sync(self) -> None:
        self.synced = dict(self.names)
        self.changes.clear()

    def survivor(self, rng: Random) -> Folder:
        names = dict(self.synced)
        for change in self.changes[: rng.choice((0, len(self.changes), rng.randrange(len(self.changes) + 1)))]:
            _rename(names, *change)
        left = {name: node.survivor(rng) for name, node in names.items()}
        return Folder(left, dict(left), [])


def _rename(names: dict[str, Inode | Folder], kind: str, name: str, argument: Any) -> None:
    if kind == "link":
        names[name] = argument
    elif kind == "unlink":
        names.pop(name, None)
    elif name in names:
        names[argument] = names.pop(name)


class FaultyFile(DiskFile):
    """An open file of a FaultyDisk; it stays usable after its name is gone, as on POSIX."""

    __slots__ = ("_disk", "_inode", "_open")

    def __init__(self, path: str, disk: FaultyDisk, inode: Inode) -> None:
        super().__init__(path, -1)
        self._disk = disk
        self._inode = inode
        self._open = True

    def _node(self) -> Inode:
        assert self._open, f"{self.path} is closed"
        return self._inode

    def append(self, data: bytes | bytearray | memoryview) -> None:
        node = self._node()
        content = bytes(data)
        self._disk._write(node, len(node.data), content)

    def read(self, position: int, size_bytes: int) -> bytes:
        self._disk._check_power()
        return bytes(self._node().data[position : position + size_bytes])

    def send(self, socket_fd: int, position: int, size_bytes: int) -> int:
        return os.write(socket_fd, self.read(position, size_bytes))

    def truncate(self, size_bytes: int) -> None:
        node = self._node()
        self._disk._step(f"truncate {self.path}")
        node.cut(size_bytes)

    def sync(self) -> None:
        node = self._node()
        self._disk._step(f"sync {self.path}")
        node.sync()

    def size_bytes(self) -> int:
        return len(self._node().data)

    def close(self) -> None:
        self._open = False


class _NoLock(FileLock):
    def try_acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


class FaultyDisk(Disk):
    """`cut_after` operations that change something, the power goes; None for never. `space_bytes_left` limits writes.

    `operations` counts what has been done, so that a test can run once to learn how many there are.
    """

    __slots__ = ("_dead", "cut_after", "now_ms", "operations", "rng", "root", "space_left", "trace")

    def __init__(self, rng: Random | None = None, root: Folder | None = None) -> None:
        self.root = root or Folder()
        self.rng = rng or Random(0)
        self.cut_after: int | None = None
        self.space_left: int | None = None
        self.operations = 0
        self.now_ms = 1_700_000_000_000
        self.trace: list[str] = []
        self._dead = False

    # Faults

    def power_cut(self) -> FaultyDisk:
        """The disk as it is found after the power came back."""
        return FaultyDisk(self.rng, self.root.survivor(self.rng))

    def process_killed(self) -> FaultyDisk:
        """The disk after the process alone died: the system's cache is kept, nothing more is synced than was."""
        other = FaultyDisk(self.rng, self.root)
        other.space_left = self.space_left
        self._dead = True
        return other

    def corrupt(self, path: str, position: int, data: bytes) -> None:
        """Changes bytes behind everybody's back."""
        node = self._file(path)
        node.data[position : position + len(data)] = data
        node.synced = bytes(node.data)

    def cut_file(self, path: str, size_bytes: int) -> None:
        """Shortens a file behind everybody's back."""
        node = self._file(path)
        del node.data[size_bytes:]
        node.synced = bytes(node.data)

    def _check_power(self) -> None:
        if self._dead:
            raise PowerCutError

    def _step(self, what: str) -> None:
        self._check_power()
        self.operations += 1
        self.trace.append(what)
        if self.cut_after is not None and self.operations > self.cut_after:
            self._dead = True
            raise PowerCutError

    def _write(self, node: Inode, position: int, data: bytes) -> None:
        self._check_power()
        self.operations += 1
        self.trace.append(f"write {len(data)} at {position}")
        node.modified_ms = self.now_ms
        if self.cut_after is not None and self.operations > self.cut_after:
            self._dead = True
            node.write(position, data[: self.rng.randrange(len(data) + 1)])
            raise PowerCutError
        if self.space_left is not None:
            if len(data) > self.space_left:
                node.write(position, data[: self.space_left])
                self.space_left = 0
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.space_left -= len(data)
        node.write(position, data)

    # Lookup

    def _folder(self, path: str) -> Folder:
        node: Inode | Folder = self.root
        for part in path.strip("/").split("/"):
            if not part:
                continue
            if not isinstance(node, Folder) or part not in node.names:
                raise FileNotFoundError(errno.ENOENT, "No such directory", path)
            node = node.names[part]
        if not isinstance(node, Folder):
            raise NotADirectoryError(path)
        return node

    def _parent(self, path: str) -> tuple[Folder, str]:
        return self._folder(posixpath.dirname(path)), posixpath.basename(path)

    def _file(self, path: str) -> Inode:
        try:
            parent, name = self._parent(path)
            node = parent.names[name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "No such file", path) from None
        if not isinstance(node, Inode):
            raise IsADirectoryError(path)
        return node

    # Disk

    def open(self, path: str, *, create: bool = False) -> DiskFile:
        self._check_power()
        try:
            return FaultyFile(path, self, self._file(path))
        except FileNotFoundError:
            if not create:
                raise
        return FaultyFile(path, self, self._create(path))

    def _create(self, path: str) -> Inode:
        parent, name = self._parent(path)
        self._step(f"create {path}")
        node = Inode(modified_ms=self.now_ms)
        parent.change("link", name, node)
        return node

    def open_read_only(self, path: str) -> DiskFile:
        self._check_power()
        return FaultyFile(path, self, self._file(path))

    def read_file(self, path: str) -> bytes:
        self._check_power()
        return bytes(self._file(path).data)

    def write_file(self, path: str, data: bytes | bytearray | memoryview, *, sync: bool = False) -> None:
        try:
            node = self._file(path)
            self._step(f"empty {path}")
            node.cut(0)
        except FileNotFoundError:
            node = self._create(path)
        if data:
            self._write(node, 0, bytes(data))
        if sync:
            self._step(f"sync {path}")
            node.sync()

    def rename(self, source: str, target: str) -> None:
        parent, name = self._parent(source)
        other, new_name = self._parent(target)
        assert parent is other, "the log renames within one directory"
        if name not in parent.names:
            raise FileNotFoundError(errno.ENOENT, "No such file", source)
        self._step(f"rename {source} -> {target}")
        parent.change("rename", name, new_name)

    def remove(self, path: str) -> None:
        self._file(path)
        parent, name = self._parent(path)
        self._step(f"remove {path}")
        parent.change("unlink", name)

    def remove_tree(self, path: str) -> None:
        parent, name = self._parent(path)
        self._step(f"remove tree {path}")
        parent.change("unlink", name)

    def make_directory(self, path: str) -> None:
        folder = self.root
        for part in path.strip("/").split("/"):
            if part not in folder.names:
                self._step(f"mkdir {path}")
                folder.change("link", part, Folder())
            node = folder.names[part]
            assert isinstance(node, Folder)
            folder = node

    def exists(self, path: str) -> bool:
        self._check_power()
        try:
            parent, name = self._parent(path)
        except FileNotFoundError:
            return False
        return name in parent.names

    def is_directory(self, path: str) -> bool:
        try:
            self._folder(path)
        except OSError:
            return False
        return True

    def list_names(self, directory: str) -> list[str]:
        self._check_power()
        return sorted(self._folder(directory).names)

    def size_bytes(self, path: str) -> int:
        return len(self._file(path).data)

    def modified_ms(self, path: str) -> int:
        return self._file(path).modified_ms

    def sync_file(self, path: str) -> None:
        try:
            node = self._file(path)
        except FileNotFoundError:
            return
        self._step(f"sync {path}")
        node.sync()

    def sync_directory(self, path: str) -> None:
        folder = self._folder(path)
        self._step(f"sync directory {path}")
        folder.sync()

    def lock(self, path: str) -> FileLock | None:
        return _NoLock(Path(path))

    def space_bytes(self, path: str) -> tuple[int, int]:
        return 1 << 40, self.space_left if self.space_left is not None else 1 << 40
