"""The workspace's SQLite file: opened, brought up to date, used from any thread under one lock.

Invariants: the schema's version is SQLite's `user_version`; a file of a newer version is never written; a damaged
file is set aside under another name, never deleted. WAL, so that a reader never waits for a writer's fsync.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.system.known_error import KnownError

FILE_NAME = "workspace.sqlite"
_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE profile (
        name TEXT PRIMARY KEY, kind TEXT NOT NULL, address TEXT NOT NULL, colour INTEGER NOT NULL,
        read_only INTEGER NOT NULL, properties TEXT NOT NULL, place INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE layout (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE history (
        number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, cluster TEXT NOT NULL, what TEXT NOT NULL,
        shell TEXT NOT NULL, outcome TEXT NOT NULL
    );
    CREATE TABLE usage (action TEXT PRIMARY KEY, uses INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE sample (
        cluster TEXT NOT NULL, node INTEGER NOT NULL, step_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
        bytes_in REAL NOT NULL, bytes_out REAL NOT NULL, messages_in REAL NOT NULL, messages_out REAL NOT NULL,
        requests REAL NOT NULL,
        PRIMARY KEY (cluster, node, step_ms, at_ms)
    ) WITHOUT ROWID;
    """,
)


class WorkspaceDatabase:
    """One open workspace file; made by `open` or, for tests, `in_memory`."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None, set_aside: Path | None = None) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.path = path
        self.set_aside = set_aside

    @classmethod
    def open(cls, directory: Path) -> WorkspaceDatabase:
        """Opens or makes the file in `directory`; KnownError where that cannot be done or it is newer than we."""
        path = directory / FILE_NAME
        try:
            directory.mkdir(parents=True, exist_ok=True)
            try:
                return cls(_connected(path), path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                aside = path.with_name(f"{FILE_NAME}.damaged-{time.time_ns() // 1_000_000}")
                path.rename(aside)
                return cls(_connected(path), path, aside)
        except (OSError, sqlite3.OperationalError) as error:
            raise KnownError(
                f"The workspace file {path} cannot be opened: {error}.",
                "Check the folder's permissions and free space, or choose another data folder.",
            ) from error

    @classmethod
    def in_memory(cls) -> WorkspaceDatabase:
        """A workspace that goes with the process."""
        return cls(_connected(Path(":memory:")), None)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one thread at a time."""
        with self._lock, self._connection:
            yield self._connection

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Closes the file; nothing may be asked afterwards."""
        with self._lock:
            self._connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(str(path), check_same_thread=False, timeout=5.0)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(_MIGRATIONS):
            raise KnownError(
                f"The workspace file {path} was written by a newer version of Kafka Workbench.",
                "Use that version, or choose another data folder.",
            )
        for number in range(version, len(_MIGRATIONS)):
            connection.executescript(f"BEGIN;{_MIGRATIONS[number]}PRAGMA user_version={number + 1};COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection
