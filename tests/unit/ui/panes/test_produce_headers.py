"""Lines for headers: always one to spare."""

import pytest
from PySide6.QtTest import QTest

from workbench.ui.panes.produce_headers import HeaderLines


@pytest.fixture
def lines(qtbot) -> HeaderLines:  # type: ignore[no-untyped-def]
    made = HeaderLines()
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_used_line_brings_another(lines: HeaderLines) -> None:
    edited: list[object] = []
    lines.edited.connect(edited.append)
    QTest.keyClicks(lines._lines[0][0], "a")
    QTest.keyClicks(lines._lines[1][1], "v")
    assert len(lines._lines) == 3
    assert lines.headers() == (("a", ""), ("", "v"))
    assert edited[-1] == lines.headers()


def test_shown_headers_can_be_removed(lines: HeaderLines) -> None:
    edited: list[object] = []
    lines.edited.connect(edited.append)
    lines.show_headers((("a", "1"), ("b", None), ("c", "3")))
    lines._remove(lines._lines[1])
    assert lines.headers() == (("a", "1"), ("c", "3"))
    assert edited == [(("a", "1"), ("c", "3"))]
    lines.show_headers(())
    assert lines.headers() == ()
