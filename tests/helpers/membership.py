"""Brokers as the leader of a partition sees them, fenced when a test says so."""

from __future__ import annotations


class Members:
    """`Membership` of brokers that are all well but those in `fenced`."""

    def __init__(self, *fenced: int, lag_time_max_ms: int = 30_000) -> None:
        self.lag_time_max_ms = lag_time_max_ms
        self.fenced = set(fenced)

    def may_join(self, replica: int, broker_epoch: int | None) -> bool:
        return replica not in self.fenced and broker_epoch is not None

    def is_alive(self, replica: int) -> bool:
        return replica not in self.fenced

    def broker_epoch(self, replica: int) -> int:
        return -1
