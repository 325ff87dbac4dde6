"""Rates by cluster and broker over time: one sample a second for a day, one a minute for 14 days.

Invariants: `at_ms` is the end of a sample's interval in milliseconds since the epoch; a missing second is a gap and
is never filled; a minute's value is the mean of the seconds that were seen in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.system.quick_dataclass import dataclass

SECOND_MS, MINUTE_MS = 1_000, 60_000
SECONDS_KEPT_MS = 24 * 3_600_000
MINUTES_KEPT_MS = 14 * 24 * 3_600_000
_COLUMNS = "bytes_in, bytes_out, messages_in, messages_out, requests"
_MEANS = "avg(bytes_in), avg(bytes_out), avg(messages_in), avg(messages_out), avg(requests)"


@dataclass(frozen=True, slots=True)
class RateSample:
    """One broker's rates per second at one moment."""

    at_ms: int
    node_id: int
    bytes_in: float
    bytes_out: float
    messages_in: float
    messages_out: float
    requests: float


class MetricsStore:
    """Samples on disk; may be used from a worker thread."""

    def __init__(self, database: WorkspaceDatabase) -> None:
        self._database = database

    def add(self, cluster: str, samples: Iterable[RateSample]) -> None:
        """Keeps samples of one second; the same second twice keeps the later."""
        values = [
            (
                cluster,
                sample.node_id,
                SECOND_MS,
                sample.at_ms,
                sample.bytes_in,
                sample.bytes_out,
                sample.messages_in,
                sample.messages_out,
                sample.requests,
            )
            for sample in samples
        ]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def between(self, cluster: str, from_ms: int, to_ms: int, step_ms: int = SECOND_MS) -> list[RateSample]:
        """Samples with `from_ms` < at <= `to_ms`, oldest first, in steps of a second or a minute."""
        found = self._database.rows(
            f"SELECT at_ms, node, {_COLUMNS} FROM sample"
            " WHERE cluster = ? AND step_ms = ? AND at_ms > ? AND at_ms <= ? ORDER BY at_ms",
            (cluster, step_ms, from_ms, to_ms),
        )
        return [RateSample(*row) for row in found]

    def thin_out(self, now_ms: int) -> None:
        """Makes minutes of whole minutes that have none yet, and drops what is older than it is kept."""
        whole_ms = now_ms // MINUTE_MS * MINUTE_MS
        with self._database.transaction() as connection:
            connection.execute(
                f"INSERT OR IGNORE INTO sample SELECT cluster, node, {MINUTE_MS},"
                f" ((at_ms - 1) / {MINUTE_MS} + 1) * {MINUTE_MS} AS minute, {_MEANS} FROM sample"
                " WHERE step_ms = ? AND at_ms <= ? GROUP BY cluster, node, minute",
                (SECOND_MS, whole_ms),
            )
            connection.execute(
                "DELETE FROM sample WHERE (step_ms = ? AND at_ms < ?) OR (step_ms = ? AND at_ms < ?)",
                (SECOND_MS, now_ms - SECONDS_KEPT_MS, MINUTE_MS, now_ms - MINUTES_KEPT_MS),
            )

    def forget(self, cluster: str) -> None:
        """Drops every sample of a cluster."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sample WHERE cluster = ?", (cluster,))
