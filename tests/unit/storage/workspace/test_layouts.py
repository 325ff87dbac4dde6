"""Layouts are bytes by name."""

from __future__ import annotations

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.layouts import LayoutStore


def test_a_layout_is_kept_replaced_and_forgotten() -> None:
    store = LayoutStore(WorkspaceDatabase.in_memory())
    assert store.get("window") is None
    store.put("window", b"\x00one")
    store.put("window", b"\xfftwo")
    assert store.get("window") == b"\xfftwo"
    store.forget_all()
    assert store.get("window") is None
