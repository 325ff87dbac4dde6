"""Recent faults with what followed each (pure): "kill -9 broker 2: fenced after 9.0 s, 7 leaders moved".

What follows a cause is what the controller reported from its time until the next cause, a minute at most.
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
SLACK_MS = 100
"""The controller may date a change a little before the supervisor dated its cause."""


@dataclass(frozen=True, slots=True)
class FaultStory:
    """One cause and the words for what followed it."""

    cause: TimelineCause
    followed: str


def fault_stories(causes: Sequence[TimelineCause], changes: Sequence[ChangeReported]) -> tuple[FaultStory, ...]:
    """Newest first; both come in order of time."""
    stories = []
    for place, cause in enumerate(causes):
        until_ms = cause.at_ms + FOLLOWS_MS
        if place + 1 < len(causes):
            until_ms = min(until_ms, causes[place + 1].at_ms - SLACK_MS)
        mine = [change for change in changes if cause.at_ms - SLACK_MS <= change.at_ms < until_ms]
        stories.append(FaultStory(cause, what_followed(cause, mine)))
    return tuple(reversed(stories))


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
                units.span((last_grown_ms - cause.at_ms) / 1000),
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
