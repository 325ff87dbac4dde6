"""The line of a scan or a tail."""

import pytest

from workbench.client.model import ScanProgress
from workbench.ui.panes.messages_progress import MessagesProgress


@pytest.fixture
def line(qtbot) -> MessagesProgress:  # type: ignore[no-untyped-def]
    made = MessagesProgress()
    qtbot.addWidget(made)
    made.resize(900, 30)
    return made


def test_under_way_paused_and_done(line: MessagesProgress) -> None:
    line.show_scan(ScanProgress(812_440, 1_282_806, 4_061, 171_300, 2.7), False)
    assert (line._scanned.text(), line._of.text()) == ("812,440", "of 1,282,806 scanned")
    assert (line._rate.text(), line._left.text()) == ("171,300 per second", "2.7 s left")
    assert (line._matches.text(), line._pause.text()) == ("4,061", "Pause")
    assert not line._cancel.isHidden()
    line.show_scan(ScanProgress(812_440, 1_282_806, 4_061, 171_300, 2.7, paused=True), True)
    assert (line._left.text(), line._pause.text()) == ("paused", "Continue")
    assert line._match_words.text() == "match in the brush"
    line.show_scan(ScanProgress(10, 10, 1, 5, 0, finished=True), False)
    assert (line._of.text(), line._match_words.text()) == ("scanned", "matches")
    assert line._cancel.isHidden() and line._left.isHidden()
    line.show_scan(ScanProgress(5, 10, 1, 5, 0, finished=True), False)
    assert line._of.text() == "of 10 scanned, stopped"
    line.grab()


def test_live(line: MessagesProgress) -> None:
    line.show_live(7, 205, 0, False, False)
    assert (line._scanned.text(), line._match_words.text()) == ("7", "shown")
    assert line._rate.isHidden() and line._cancel.isHidden()
    line.show_live(7_000, 5, 900, True, True)
    assert line._rate.text() == "900 too fast to show"
    assert (line._match_words.text(), line._left.text()) == ("match", "paused")


def test_its_buttons_ask(line: MessagesProgress) -> None:
    asked: list[str] = []
    line.pause_wanted.connect(lambda: asked.append("pause"))
    line.cancel_wanted.connect(lambda: asked.append("cancel"))
    line.show_scan(ScanProgress(1, 10, 0, 1, 9), False)
    line._pause.click()
    line._cancel.click()
    assert asked == ["pause", "cancel"]
