"""Rows of groups, members and lag."""

from __future__ import annotations

import pytest

from tests.helpers.fake_session import lag, member
from workbench.client.model import GroupDescription, GroupMember, GroupSummary, GroupType
from workbench.ui.view_models.group_rows import (
    MEMBER_SERIES,
    group_rows,
    member_boxes,
    member_names,
    partition_rows,
    trend,
)


def _group(*members: GroupMember) -> GroupDescription:
    return GroupDescription("g", GroupType.CLASSIC, "consumer", "Stable", "range", 1, members)


def test_members_of_one_name_are_numbered_and_others_are_not() -> None:
    members = (member("id-b", "app"), member("id-a", "app"), member("id-c", "other"))
    assert member_names(members) == {"id-a": "app #1", "id-b": "app #2", "id-c": "other"}


def test_members_never_look_like_the_first_brokers() -> None:
    boxes = member_boxes(_group(member("2", "b", t=(1,)), member("1", "a", t=(0,), s=(3,))))
    assert [box.rank for box in boxes] == [MEMBER_SERIES, MEMBER_SERIES + 1]
    assert [box.name for box in boxes] == ["a", "b"]
    assert boxes[0].owned == (("s", 3), ("t", 0))


def test_partitions_find_their_member_and_share_the_largest_lag() -> None:
    group = _group(member("1", "a", t=(0,)))
    rows = partition_rows(group, [lag("t", 1, None, 50), lag("t", 0, 10, 30, "1"), lag("s", 0, 5, 10, "gone")], {})
    assert [(row.topic, row.partition) for row in rows] == [("s", 0), ("t", 0), ("t", 1)]
    assert [row.member_rank for row in rows] == [None, MEMBER_SERIES, None]
    assert [row.share for row in rows] == [0.25, 1.0, 0.0]
    assert rows[2].lag is None and rows[2].committed is None


@pytest.mark.parametrize(
    ("curve", "word"),
    [
        ((1.0,) * 5, ""),
        ((100.0,) * 9, "steady"),
        ((0.0, 0.0, 0.0, 50.0, 60.0, 70.0, 100.0, 110.0, 120.0), "rising"),
        ((120.0, 110.0, 100.0, 50.0, 40.0, 30.0, 1.0, 0.0, 0.0), "falling"),
        ((0.0, 1.0, 0.0, 1.0, 2.0, 1.0), "steady"),
        ((None, None, None, None, None, None, 5.0), ""),
    ],
)
def test_trend(curve: tuple[float | None, ...], word: str) -> None:
    assert trend(curve) == word


def test_the_list_may_be_of_one_topic() -> None:
    groups = [GroupSummary(name, GroupType.CLASSIC, "consumer", "Empty", 1) for name in ("g", "h", "i")]
    lags = {"g": (lag("t", 0, 1, 5), lag("u", 0, 0, 100)), "h": (lag("u", 0, 1, 2),)}
    rows = group_rows(groups, lags, {}, {1: 0}, "t")
    assert [(row.group_id, row.lag) for row in rows] == [("g", 4)]
    every = {row.group_id: row.lag for row in group_rows(groups, lags, {}, {1: 0})}
    assert every == {"g": 104, "h": 1, "i": None}
