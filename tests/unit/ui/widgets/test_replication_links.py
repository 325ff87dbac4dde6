"""Links under the cards: rates, who does not answer, which are cut."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from workbench.ui.view_models.replication_traffic import Link
from workbench.ui.widgets.replication_links import ReplicationLinks


def _links(count: int) -> list[Link]:
    return [
        Link(left, right, left + 1, right + 1, 2048.0, 0.0) for left in range(count) for right in range(left + 1, count)
    ]


def test_three_brokers_have_three_links_and_more_only_neighbours(qtbot: QtBot) -> None:
    view = ReplicationLinks()
    qtbot.addWidget(view)
    view.resize(1000, 60)
    view.show_links(_links(3), 3)
    assert len(view._links) == 3 and view.accessibleDescription().count("→") == 6
    two_rows = view.sizeHint().height()
    view.show_links(_links(5), 5)
    assert len(view._links) == 4 and view.sizeHint().height() < two_rows
    assert not view.grab().isNull()


def test_a_link_says_what_is_wrong_with_it(qtbot: QtBot) -> None:
    view = ReplicationLinks()
    qtbot.addWidget(view)
    assert view.words(Link(0, 1, 1, 2, 2048.0, 0.0)) == "1 → 2  2.0 KiB/s   2 → 1  0 B/s"
    assert view.words(Link(0, 1, 1, 2, 0.0, 0.0, dead=2)) == "broker 2 does not answer"
    assert view.words(Link(0, 1, 1, 2, 0.0, 0.0, cut="slow link")).startswith("slow link: 1 → 2")
    view.resize(900, 40)
    view.show_links([Link(0, 1, 1, 2, 0.0, 0.0, dead=2)], 2)
    assert not view.grab().isNull()


def test_a_single_broker_takes_no_room(qtbot: QtBot) -> None:
    view = ReplicationLinks()
    qtbot.addWidget(view)
    view.show_links(_links(2), 2)
    view.show_links([], 1)
    assert view.isHidden()
