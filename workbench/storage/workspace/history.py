"""What was done to which cluster through the window, with the command that does the same; and how often actions ran."""

from __future__ import annotations

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.system.quick_dataclass import dataclass

KEPT_ENTRIES = 5_000


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One write; `outcome` is "done" or the sentence of its failure, `at_ms` milliseconds since the epoch."""

    at_ms: int
    cluster: str
    what: str
    shell: str
    outcome: str


class HistoryStore:
    """The newest `KEPT_ENTRIES` writes, and a count of uses for each action."""

    def __init__(self, database: WorkspaceDatabase) -> None:
        self._database = database

    def add(self, entry: HistoryEntry) -> None:
        """Writes one down and drops what is too old."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO history (at_ms, cluster, what, shell, outcome) VALUES (?, ?, ?, ?, ?)",
                (entry.at_ms, entry.cluster, entry.what, entry.shell, entry.outcome),
            )
            connection.execute(
                "DELETE FROM history WHERE number <= (SELECT max(number) FROM history) - ?", (KEPT_ENTRIES,)
            )

    def newest(self, limit: int = 100) -> list[HistoryEntry]:
        """The newest writes, newest first."""
        found = self._database.rows(
            "SELECT at_ms, cluster, what, shell, outcome FROM history ORDER BY number DESC LIMIT ?", (limit,)
        )
        return [HistoryEntry(*row) for row in found]

    def count_use(self, action: str) -> None:
        """One more use of an action."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO usage VALUES (?, 1) ON CONFLICT (action) DO UPDATE SET uses = uses + 1", (action,)
            )

    def uses(self) -> dict[str, int]:
        """How often each action ran."""
        return dict(self._database.rows("SELECT action, uses FROM usage"))
