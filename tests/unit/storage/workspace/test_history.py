"""History of writes, newest first and bounded; uses of actions."""

from __future__ import annotations

import pytest

from workbench.storage.workspace import history
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.history import HistoryEntry, HistoryStore


def _entry(number: int) -> HistoryEntry:
    return HistoryEntry(number, "local", f"write {number}", "kafka-topics.sh", "done")


def test_the_newest_come_first() -> None:
    store = HistoryStore(WorkspaceDatabase.in_memory())
    for number in range(5):
        store.add(_entry(number))
    assert store.newest(2) == [_entry(4), _entry(3)]


def test_old_entries_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_ENTRIES", 3)
    store = HistoryStore(WorkspaceDatabase.in_memory())
    for number in range(10):
        store.add(_entry(number))
    assert [entry.at_ms for entry in store.newest()] == [9, 8, 7]


def test_uses_are_counted() -> None:
    store = HistoryStore(WorkspaceDatabase.in_memory())
    for action in ("a", "b", "a"):
        store.count_use(action)
    assert store.uses() == {"a": 2, "b": 1}
