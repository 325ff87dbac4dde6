"""What can be made to go wrong, what is wrong now, and what is missing for the next fault (QtCore only)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from workbench.broker_contract.messages import CLIENTS
from workbench.ui import units
from workbench.ui.translation import QT_TRANSLATE_NOOP
from workbench.ui.view_models.local_brokers import LocalBrokers

if TYPE_CHECKING:
    from workbench.cluster.faults import Fault

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class FaultChoice:
    """One kind of fault: which fields it needs, and what a learner may expect of it."""

    kind: str
    title: str
    icon: str
    expect: str
    needs_peer: bool = False
    needs_delay: bool = False
    delay_words: str = ""
    delay_ms: int = 0
    needs_directory: bool = False


FAULT_CHOICES: tuple[FaultChoice, ...] = (
    FaultChoice(
        "pause",
        QT_TRANSLATE_NOOP("faults", "Pause a broker"),
        "pause",
        QT_TRANSLATE_NOOP(
            "faults",
            "Its process stands still while its connections stay open: nobody notices until the session ends after "
            "9 s. Then it is fenced and its leaders move. When it goes on, it finds itself deposed.",
        ),
    ),
    FaultChoice(
        "cut link",
        QT_TRANSLATE_NOOP("faults", "Cut a link"),
        "cut-link",
        QT_TRANSLATE_NOOP(
            "faults",
            "Nothing passes between the two. Followers fall out of the ISR after replica.lag.time.max.ms (30 s); a "
            "broker that cannot reach the active controller is fenced after 9 s.",
        ),
        needs_peer=True,
    ),
    FaultChoice(
        "slow link",
        QT_TRANSLATE_NOOP("faults", "Slow a link"),
        "slow-link",
        QT_TRANSLATE_NOOP(
            "faults",
            "Every request between the two is late. Producers with acks=all wait for the slowest in-sync replica: "
            "watch Produce p99.",
        ),
        needs_peer=True,
        needs_delay=True,
        delay_words=QT_TRANSLATE_NOOP("faults", "Late by"),
        delay_ms=500,
    ),
    FaultChoice(
        "slow disk",
        QT_TRANSLATE_NOOP("faults", "Slow a disk"),
        "disk",
        QT_TRANSLATE_NOOP(
            "faults", "Every write and fsync of the broker takes longer; whoever waits for it waits too."
        ),
        needs_delay=True,
        delay_words=QT_TRANSLATE_NOOP("faults", "Longer by"),
        delay_ms=100,
    ),
    FaultChoice(
        "full disk",
        QT_TRANSLATE_NOOP("faults", "Fill a disk"),
        "disk",
        QT_TRANSLATE_NOOP(
            "faults",
            "Writes of the broker fail as on a full disk. Kafka gives the log directory up; without the one that holds "
            "the metadata log, the broker ends until you start it again.",
        ),
    ),
    FaultChoice(
        "failing directory",
        QT_TRANSLATE_NOOP("faults", "Break a log directory"),
        "disk",
        QT_TRANSLATE_NOOP(
            "faults", "Reads and writes under it fail as on a broken disk: its replicas go offline, leaders move away."
        ),
        needs_directory=True,
    ),
    FaultChoice(
        "clock skew",
        QT_TRANSLATE_NOOP("faults", "Set a clock wrong"),
        "clock",
        QT_TRANSLATE_NOOP(
            "faults", "The broker's clock is off: timestamps it sets, retention it computes, and nothing else in Kafka."
        ),
        needs_delay=True,
        delay_words=QT_TRANSLATE_NOOP("faults", "Off by"),
        delay_ms=60_000,
    ),
)
"""Every kind but killing and stopping, which are switches of a broker."""

DURATIONS_S: tuple[tuple[int | None, str], ...] = (
    (5, "5 s"),
    (10, "10 s"),
    (20, "20 s"),
    (30, "30 s"),
    (60, "1 min"),
    (300, "5 min"),
    (None, QT_TRANSLATE_NOOP("faults", "until healed")),
)


@dataclass(frozen=True, slots=True)
class FaultRequest:
    """What somebody wants to go wrong; `peer` is a node id or `CLIENTS`."""

    kind: str
    node_id: int | None
    peer: int | str | None = None
    delay_ms: int = 0
    directory: str = ""
    duration_s: int | None = 20


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault in force as a line: what, and how long still."""

    fault_id: str
    words: str
    remaining: str
    node_ids: tuple[int, ...]
    fraction: float | None


def choice_of(kind: str) -> FaultChoice:
    """The choice of a kind."""
    return next(choice for choice in FAULT_CHOICES if choice.kind == kind)


def why_not(local: LocalBrokers | None, request: FaultRequest) -> str:
    """Why this fault cannot begin, "" if it can."""
    if local is None or not local.handles:
        return translate("faults", "Only brokers of the workbench's own can be made to fail.")
    handle = local.handles.get(request.node_id) if request.node_id is not None else None
    if handle is None:
        return translate("faults", "Choose a broker.")
    choice = choice_of(request.kind)
    if handle.phase.value != "running":
        return translate("faults", "Broker {} is {}.").format(request.node_id, translate("cards", handle.phase.value))
    if choice.needs_peer:
        if request.peer is None:
            return translate("faults", "Choose what the link leads to.")
        if request.peer == request.node_id:
            return translate("faults", "A broker has no link to itself.")
    if request.kind == "pause" and any(
        fault.kind == "paused" and request.node_id in fault.node_ids for fault in local.active_faults
    ):
        return translate("faults", "Broker {} is paused already.").format(request.node_id)
    if choice.needs_directory and not request.directory:
        return translate("faults", "Choose a directory.")
    return ""


def begin(local: LocalBrokers, request: FaultRequest) -> Fault:
    """Lets it go wrong; KnownError where that is impossible."""
    assert local.cluster is not None and request.node_id is not None
    board, node, duration = local.cluster.faults, request.node_id, request.duration_s
    match request.kind:
        case "pause":
            return board.pause(node, duration_s=duration)
        case "cut link":
            return board.cut_link(node, _peer(request), duration_s=duration)
        case "slow link":
            return board.slow_link(node, _peer(request), delay_ms=request.delay_ms, duration_s=duration)
        case "slow disk":
            return board.slow_disk(node, delay_ms=request.delay_ms, duration_s=duration)
        case "full disk":
            return board.full_disk(node, duration_s=duration)
        case "failing directory":
            return board.failing_directory(node, request.directory, duration_s=duration)
        case "clock skew":
            return board.clock_skew(node, skew_ms=request.delay_ms, duration_s=duration)
    raise AssertionError(request.kind)


def active_faults(local: LocalBrokers, now_ms: int) -> tuple[ActiveFault, ...]:
    """What is in force, with the time that is left."""
    found = []
    for fault in local.active_faults:
        if fault.until_ms is None:
            remaining = translate("faults", "for {}, until healed").format(
                units.span(max(0, now_ms - fault.since_ms) // 1000)
            )
            fraction = None
        else:
            left = max(0, fault.until_ms - now_ms)
            remaining = translate("faults", "{} left").format(units.span(-(-left // 1000)))
            fraction = 1 - left / max(1, fault.until_ms - fault.since_ms)
        found.append(ActiveFault(fault.fault_id, fault.words, remaining, fault.node_ids, fraction))
    return tuple(found)


def _peer(request: FaultRequest) -> int | str:
    assert request.peer is not None
    return request.peer if request.peer != CLIENTS else CLIENTS
