"""The window as it was: opaque values by name (geometry, dock state, open documents)."""

from __future__ import annotations

from workbench.storage.workspace.database import WorkspaceDatabase


class LayoutStore:
    """Named bytes."""

    def __init__(self, database: WorkspaceDatabase) -> None:
        self._database = database

    def get(self, name: str) -> bytes | None:
        """The value of a name, None if there is none."""
        found = self._database.rows("SELECT value FROM layout WHERE name = ?", (name,))
        return bytes(found[0][0]) if found else None

    def put(self, name: str, value: bytes) -> None:
        """Keeps a value."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO layout VALUES (?, ?)", (name, value))

    def forget_all(self) -> None:
        """Drops every layout, for a fresh look at the next start."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM layout")
