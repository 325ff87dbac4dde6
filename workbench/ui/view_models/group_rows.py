"""Rows of the list of groups, of a group's partitions and of the drawing who reads what (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.client.model import GroupDescription, GroupLag, GroupMember, GroupSummary

MEMBER_SERIES = 4
"""Members are drawn from this series on, so that they never look like brokers."""
STATE_TONES: Mapping[str, tuple[str, str]] = {
    "Stable": ("ok", "ok"),
    "Empty": ("off", "off"),
    "Dead": ("off", "off"),
    "PreparingRebalance": ("warn", "rebalance"),
    "CompletingRebalance": ("warn", "rebalance"),
    "Assigning": ("warn", "rebalance"),
    "Reconciling": ("warn", "rebalance"),
}
"""Tone and icon of a group's state in Kafka's words; others are told in `off`."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group in the list; `lag` None while unknown."""

    group_id: str
    kind: str
    state: str
    members: int | None
    topics: tuple[str, ...]
    lag: int | None
    coordinator: int
    coordinator_rank: int


@dataclass(frozen=True, slots=True)
class GroupPartitionRow:
    """One partition of a group; `member_rank` is the series of its member, None where nobody reads it."""

    topic: str
    partition: int
    member: str
    member_rank: int | None
    committed: int | None
    latest: int | None
    lag: int | None
    share: float
    trend: str
    curve: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class MemberBox:
    """One member in the drawing: its name, two lines, its series and the partitions it owns."""

    member_id: str
    name: str
    about: str
    note: str
    rank: int
    owned: tuple[tuple[str, int], ...]


def member_names(members: Sequence[GroupMember]) -> dict[str, str]:
    """A short name for each member: its instance or client id, numbered where several share it."""
    wanted = {member.member_id: member.instance_id or member.client_id or member.member_id for member in members}
    names: dict[str, str] = {}
    used: dict[str, int] = {}
    for member in sorted(members, key=lambda member: member.member_id):
        name = wanted[member.member_id]
        shared = sum(1 for other in wanted.values() if other == name) > 1
        used[name] = used.get(name, 0) + 1
        names[member.member_id] = f"{name} #{used[name]}" if shared else name
    return names


def member_ranks(members: Sequence[GroupMember]) -> dict[str, int]:
    """The series of each member, by order of member id, so that it stays while the member stays."""
    return {member.member_id: MEMBER_SERIES + place for place, member in enumerate(_ordered(members))}


def member_boxes(group: GroupDescription) -> list[MemberBox]:
    """Members for the drawing."""
    names, ranks = member_names(group.members), member_ranks(group.members)
    boxes = []
    for member in _ordered(group.members):
        owned = tuple((topic, part) for topic in sorted(member.assignment) for part in member.assignment[topic])
        note = f"member epoch {member.member_epoch}" if member.member_epoch is not None else ""
        about = f"{member.client_host.lstrip('/')}, {member.client_id}"
        boxes.append(MemberBox(member.member_id, names[member.member_id], about, note, ranks[member.member_id], owned))
    return boxes


def partition_rows(
    group: GroupDescription | None,
    lags: Sequence[GroupLag],
    curves: Mapping[tuple[str, int], tuple[float | None, ...]],
) -> list[GroupPartitionRow]:
    """Rows by topic and partition; `curves` are lags over time, oldest first."""
    members = group.members if group is not None else ()
    names, ranks = member_names(members), member_ranks(members)
    most = max((lag.lag or 0 for lag in lags), default=0)
    rows = []
    for lag in sorted(lags, key=lambda lag: (lag.topic, lag.partition)):
        member_id = lag.member_id or ""
        curve = curves.get((lag.topic, lag.partition), ())
        rows.append(
            GroupPartitionRow(
                topic=lag.topic,
                partition=lag.partition,
                member=names.get(member_id, lag.client_id or ""),
                member_rank=ranks.get(member_id),
                committed=lag.committed_offset,
                latest=lag.latest_offset,
                lag=lag.lag,
                share=(lag.lag or 0) / most if most else 0.0,
                trend=trend(curve),
                curve=curve,
            )
        )
    return rows


def trend(curve: Sequence[float | None]) -> str:
    """rising, falling or steady, from the first and last third of what is known; "" for too little."""
    known = [value for value in curve if value is not None]
    if len(known) < 6:
        return ""
    third = len(known) // 3
    early, late = sum(known[:third]) / third, sum(known[-third:]) / third
    change = late - early
    if abs(change) <= max(2.0, 0.15 * max(early, late)):
        return "steady"
    return "rising" if change > 0 else "falling"


def group_rows(
    groups: Sequence[GroupSummary],
    lags: Mapping[str, Sequence[GroupLag]],
    members: Mapping[str, int],
    ranks: Mapping[int, int],
    topic: str = "",
) -> list[GroupRow]:
    """Rows of the list; with `topic`, only groups that have a place in it."""
    rows = []
    for group in groups:
        known = lags.get(group.group_id)
        if topic and not any(lag.topic == topic for lag in known or ()):
            continue
        counted = [lag.lag for lag in known or () if lag.lag is not None and (not topic or lag.topic == topic)]
        rows.append(
            GroupRow(
                group_id=group.group_id,
                kind=group.type.value,
                state=group.state,
                members=members.get(group.group_id),
                topics=tuple(sorted({lag.topic for lag in known or ()})),
                lag=sum(counted) if counted else None,
                coordinator=group.coordinator_id,
                coordinator_rank=ranks.get(group.coordinator_id, 0),
            )
        )
    return rows


def _ordered(members: Sequence[GroupMember]) -> list[GroupMember]:
    return sorted(members, key=lambda member: (member.instance_id or member.client_id, member.member_id))
