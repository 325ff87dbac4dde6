"""Documents: keys survive as text, every kind makes its pane."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.window_play import settle, window_play
from workbench.ui.documents import KINDS, DocumentKey


def test_a_key_survives_as_text() -> None:
    key = DocumentKey("topic", "local", "a topic with spaces")
    assert DocumentKey.from_text(key.as_text()) == key
    assert DocumentKey.from_text("no\tsuch") is None
    assert DocumentKey.from_text("nonsense\ta\tb") is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "topic"])
async def test_every_kind_makes_its_pane(kind: str, tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        cluster = "" if kind == "welcome" else "staging"
        subject = "billing" if kind == "group" else ""
        play.window.open_document(DocumentKey(kind, cluster, subject))
        await settle()
        pane = play.window.documents.pane
        assert pane is not None and type(pane).__name__ == KINDS[kind].class_name
        assert pane.is_shown and pane.title and not pane.grab().isNull()
        play.window.documents.close_current()
        assert not pane.is_shown
