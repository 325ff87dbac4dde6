"""Machines of replicas over logs of which only the offsets are there."""

from __future__ import annotations

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.membership import Members
from workbench.embedded_broker.replication.events import LeadershipGiven
from workbench.embedded_broker.replication.machine import ReplicaMachine
from workbench.storage.log.leader_epochs import LeaderEpochCache
from workbench.wire.error_codes import ErrorCode

NOW = 1_000_000


class PicturedLog:
    """A log of which only the offsets are there."""

    def __init__(self, end: int = 0, start: int = 0) -> None:
        self.log_start_offset = start
        self.log_end_offset = end
        self.first_unstable_offset: int | None = None
        self.leader_epochs = LeaderEpochCache(FaultyDisk(), "/epochs")


def machine(end: int = 0, *, start: int = 0, high_watermark: int = 0, min_isr: int = 1) -> ReplicaMachine:
    """One that has not heard of a leader yet."""
    return ReplicaMachine(1, PicturedLog(end, start), Members(), high_watermark=high_watermark, min_isr=min_isr)


def leading(end: int = 0, isr: tuple[int, ...] = (1, 2, 3), *, min_isr: int = 1) -> ReplicaMachine:
    """Broker 1 of three, which leads in leader epoch 4 from partition epoch 6."""
    made = machine(end, min_isr=min_isr)
    made.step(LeadershipGiven(4, 6, (1, 2, 3), isr), NOW)
    return made


def nobody(code: ErrorCode) -> None:
    raise AssertionError("the machine tells nobody by itself")
