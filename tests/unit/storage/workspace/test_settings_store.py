"""Settings are kept by key and forgotten with None."""

from __future__ import annotations

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.settings_store import SettingsStore


def test_values_are_kept_changed_and_forgotten() -> None:
    store = SettingsStore(WorkspaceDatabase.in_memory())
    store.put("theme", "dark")
    store.put("port", "9092")
    store.put("theme", "light")
    assert store.all() == {"theme": "light", "port": "9092"}
    store.put("theme", None)
    store.put("never there", None)
    assert store.all() == {"port": "9092"}
