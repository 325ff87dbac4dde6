"""Collects the effects of one step in their stated order."""

from __future__ import annotations

from workbench.embedded_broker.quorum.effects import (
    Apply,
    Effects,
    Persist,
    ReportInconsistency,
    Send,
    SendReply,
    StoreElection,
)
from workbench.embedded_broker.quorum.messages import Reply


class Outbox:
    """What the step under way wants done so far; `take` ends the step."""

    def __init__(self) -> None:
        self._persist: list[Persist] = []
        self._send: list[Send] = []
        self._apply: list[Apply] = []

    def persist(self, effect: Persist) -> None:
        if self._persist and isinstance(effect, StoreElection) and isinstance(self._persist[-1], StoreElection):
            # Nothing was sent in between, so nobody can tell that the earlier one was never on disk.
            self._persist.pop()
        self._persist.append(effect)

    def send(self, effect: Send) -> None:
        self._send.append(effect)

    def reply(self, reply_to: int, reply: Reply) -> None:
        self._send.append(SendReply(reply_to, reply))

    def apply(self, effect: Apply) -> None:
        self._apply.append(effect)

    def report(self, message: str) -> None:
        """Another node said what the protocol rules out."""
        self._apply.append(ReportInconsistency(message))

    def take(self) -> Effects:
        """The effects, which are then forgotten here."""
        effects = Effects(tuple(self._persist), tuple(self._send), tuple(self._apply))
        self._persist, self._send, self._apply = [], [], []
        return effects
