"""Many openings, closings, themes and updates in one run: nothing grows, nothing warns, nothing dies."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.fake_session import partition, topic
from tests.helpers.window_play import opened_document, settle, window_play
from workbench.ui.documents import DocumentKey
from workbench.ui.theme import ThemeChoice, theme

ROUNDS = 6
KINDS = ("overview", "topics", "groups", "connect", "data", "group")


def _widgets() -> int:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return len(QApplication.allWidgets())


async def test_documents_opened_and_closed_leave_nothing_behind(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()

        async def one_round(number: int) -> None:
            session.topics = [topic(f"t{number}-{place}", partition(0), partition(1)) for place in range(5)]
            for kind in KINDS:
                subject = "billing" if kind == "group" else ""
                play.window.open_document(DocumentKey(kind, "staging", subject))
                play.model.clusters[0].refresh()
                await opened_document(play.window)
            if number % 3 == 2:
                theme().choose(ThemeChoice.DARK)
            play.window.navigator.refresh()
            play.window.grab()
            play.window.documents.close_all_of(lambda _key: True)

        await one_round(0)
        before = _widgets()
        for number in range(1, ROUNDS):
            await one_round(number)
        assert _widgets() <= before + 5


async def test_ten_thousand_topics_are_shown_and_filtered_at_once(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        session.topics = [topic(f"topic-{number:05d}") for number in range(10_000)]
        play.model.clusters[0].refresh()
        await settle()
        play.window.open_document(DocumentKey("topics", "staging"))
        await settle()
        pane = play.window.documents.pane
        assert pane is not None
        assert pane.table.table_model.rowCount() == 10_000  # type: ignore[attr-defined]
        pane.filter.setText("topic-0999")  # type: ignore[attr-defined]
        pane._refresh()  # type: ignore[attr-defined]
        assert pane.table.table_model.rowCount() == 10  # type: ignore[attr-defined]
