"""Settings: defaults, allowed values, what is kept."""

from __future__ import annotations

import pytest

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.settings_store import SettingsStore
from workbench.ui.view_models.preferences import PREFERENCES, Preferences


def test_only_what_differs_from_the_default_is_kept() -> None:
    store = SettingsStore(WorkspaceDatabase.in_memory())
    preferences = Preferences(store)
    told: list[str] = []
    preferences.changed.connect(told.append)
    preferences.put("theme", "dark")
    preferences.put("theme", "dark")
    assert store.all() == {"theme": "dark"} and Preferences(store).get("theme") == "dark"
    preferences.put("theme", "system")
    assert store.all() == {} and told == ["theme", "theme"]


def test_a_value_that_is_not_allowed_is_refused() -> None:
    preferences = Preferences(SettingsStore(WorkspaceDatabase.in_memory()))
    with pytest.raises(ValueError, match="purple"):
        preferences.put("theme", "purple")
    with pytest.raises(KeyError):
        preferences.get("no such")


def test_every_default_is_allowed_and_documented() -> None:
    for preference in PREFERENCES:
        assert not preference.choices or preference.default in preference.choices
        assert preference.documentation.endswith((".", "own."))
    assert len({preference.key for preference in PREFERENCES}) == len(PREFERENCES)
