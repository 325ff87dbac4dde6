"""What a coordinator's state machine answers an event with; the runtime carries it out.

Order of execution: replies and timers at once; then the records are replayed and appended; then, once these and
everything written before them are committed, or have failed, the completion and the response.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, TypeAlias

from workbench.system.quick_dataclass import dataclass
from workbench.wire.compiler import Message

Ticket: TypeAlias = object
"""Names a parked request; whoever makes it, gets it back in a `Reply`."""


@dataclass(frozen=True, slots=True)
class CoordinatorRecord:
    """One record of the internal topic; without a value it is a tombstone."""

    key: Message
    value: Message | None = None
    value_version: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Answers a parked request at once, whatever becomes of the decision's records."""

    ticket: Ticket
    response: Any


@dataclass(frozen=True, slots=True)
class StartTimer:
    """After `delay_ms` the machine is given `event`; a running timer with the same key is replaced."""

    key: str
    delay_ms: int
    event: Any


@dataclass(frozen=True, slots=True)
class CancelTimer:
    key: str


@dataclass(slots=True)
class Decision:
    """Filled while one event is decided.

    `replay` is False where the machine's soft state already holds what the records say, and they are written only
    for whoever loads the partition later; then `completion` comes back to the machine with the outcome.
    `response` answers the caller once all is committed; None where every answer is a `Reply`.
    """

    response: Any = None
    records: list[CoordinatorRecord] = field(default_factory=list)
    replay: bool = True
    atomic: bool = True
    completion: Any = None
    replies: list[Reply] = field(default_factory=list)
    timers: list[StartTimer | CancelTimer] = field(default_factory=list)

    def reply(self, ticket: Ticket, response: Any) -> None:
        self.replies.append(Reply(ticket, response))

    def start_timer(self, key: str, delay_ms: int, event: Any) -> None:
        self.timers.append(StartTimer(key, delay_ms, event))

    def cancel_timer(self, key: str) -> None:
        self.timers.append(CancelTimer(key))

    def persist(self, records: Sequence[CoordinatorRecord], completion: Any) -> None:
        """Writes what the soft state already holds, and comes back with `completion`."""
        self.records.extend(records)
        self.replay = False
        self.completion = completion
