"""Values of settings by key, as text; what a key means and its default is the window's business."""

from __future__ import annotations

from workbench.storage.workspace.database import WorkspaceDatabase


class SettingsStore:
    """Only values that differ from their default are kept."""

    def __init__(self, database: WorkspaceDatabase) -> None:
        self._database = database

    def all(self) -> dict[str, str]:
        """Every kept value."""
        return dict(self._database.rows("SELECT key, value FROM setting"))

    def put(self, key: str, value: str | None) -> None:
        """Keeps a value; None forgets it."""
        with self._database.transaction() as connection:
            if value is None:
                connection.execute("DELETE FROM setting WHERE key = ?", (key,))
            else:
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))
