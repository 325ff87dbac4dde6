"""Recent faults with what followed each (pure): "kill -9 broker 2: fenced after 9.0 s, 7 leaders moved".

What follows a cause is what the controller reported from its time until the next cause, a minute at most; a broker
that is fenced or back follows the last cause that was about it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from workbench.broker_contract.messages import ChangeKind, ChangeReported
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.view_models.timeline_lanes import TimelineCause

translate = QCoreApplication.translate
FOLLOWS_MS = 60_000
_RECOVERIES = (ChangeKind.BROKER_UNFENCED, ChangeKind.ISR_GREW, ChangeKind.PARTITIONS_ONLINE)
SLACK_MS = 100
"""The controller may date a change a little before the supervisor dated its cause."""


@dataclass(frozen=True, slots=True)
class FaultStory:
    """One cause and the words for what followed it."""

    cause: TimelineCause
    followed: str


def fault_stories(causes: Sequence[TimelineCause], changes: Sequence[ChangeReported]) -> tuple[FaultStory, ...]:
    """Newest first; both come in order of time."""
    followed: list[list[ChangeReported]] = [[] for _ in causes]
    for change in changes:
        place = _cause_of(change, causes)
        if place is not None:
            followed[place].append(change)
    stories = [FaultStory(cause, what_followed(cause, mine)) for cause, mine in zip(causes, followed, strict=True)]
    return tuple(reversed(stories))


def _cause_of(change: ChangeReported, causes: Sequence[TimelineCause]) -> int | None:
    """The place of the last cause before a change; of a broker that is fenced or back, the last that was about it."""
    before = [place for place, cause in enumerate(causes) if _may_follow(change, cause)]
    if change.kind in (ChangeKind.BROKER_FENCED, ChangeKind.BROKER_UNFENCED):
        about = [place for place in before if set(change.nodes) & set(causes[place].node_ids)]
        before = about or before
    return before[-1] if before else None


def _may_follow(change: ChangeReported, cause: TimelineCause) -> bool:
    # What gets better is no consequence of a fault that comes a moment later.
    slack_ms = 0 if cause.is_fault and change.kind in _RECOVERIES else SLACK_MS
    return -slack_ms <= change.at_ms - cause.at_ms < FOLLOWS_MS


def what_followed(cause: TimelineCause, changes: Sequence[ChangeReported]) -> str:
    """The changes in words: when brokers were fenced, how many leaders moved, which sets shrank."""
    parts = []
    moved = shrunk = grown = offline = online = 0
    last_grown_ms = 0
    for change in changes:
        match change.kind:
            case ChangeKind.BROKER_FENCED:
                parts.append(_fenced(cause, change))
            case ChangeKind.BROKER_UNFENCED:
                parts.append(
                    translate("stories", "broker {} back after {}").format(_names(change.nodes), _after(cause, change))
                )
            case ChangeKind.CONTROLLER_ELECTED:
                parts.append(
                    translate("stories", "controller {} elected after {}, epoch {}").format(
                        _names(change.nodes), _after(cause, change), change.epoch
                    )
                )
            case ChangeKind.LEADERS_MOVED:
                moved += change.count
            case ChangeKind.ISR_SHRANK:
                shrunk += change.count
            case ChangeKind.ISR_GREW:
                grown += change.count
                last_grown_ms = change.at_ms
            case ChangeKind.PARTITIONS_OFFLINE:
                offline += change.count
            case ChangeKind.PARTITIONS_ONLINE:
                online += change.count
            case ChangeKind.BROKER_LEAVING:
                parts.append(translate("stories", "it gave its leaders away"))
    if moved:
        parts.append(counted(moved, translate("stories", "{} leader moved"), translate("stories", "{} leaders moved")))
    if shrunk:
        parts.append(counted(shrunk, translate("stories", "{} ISR shrank"), translate("stories", "{} ISRs shrank")))
    if offline:
        parts.append(translate("stories", "{} without leader").format(offline))
    if online:
        parts.append(
            counted(
                online, translate("stories", "{} has a leader again"), translate("stories", "{} have a leader again")
            )
        )
    if grown:
        parts.append(
            counted(
                grown,
                translate("stories", "{} ISR whole again after {}"),
                translate("stories", "{} ISRs whole again after {}"),
                units.span(max(0.0, (last_grown_ms - cause.at_ms) / 1000)),
            )
        )
    return ", ".join(parts) if parts else translate("stories", "the controller reported no change so far")


def _fenced(cause: TimelineCause, change: ChangeReported) -> str:
    if change.nodes == cause.node_ids or len(cause.node_ids) == 0:
        return translate("stories", "fenced after {}").format(_after(cause, change))
    return translate("stories", "broker {} fenced after {}").format(_names(change.nodes), _after(cause, change))


def _after(cause: TimelineCause, change: ChangeReported) -> str:
    return units.span(max(0.0, (change.at_ms - cause.at_ms) / 1000))


def _names(nodes: Sequence[int]) -> str:
    return ", ".join(map(str, nodes))
