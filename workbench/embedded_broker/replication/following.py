"""What a follower does with what its leader says; part of `machine.py`, pure.

Invariants: a log is cut only to where it last agreed with the leader's, or to the high watermark where it knows no
epoch (KIP-101, KIP-279, KIP-595); the high watermark is never above the log's end.

Source: kafka.server.AbstractFetcherThread, ReplicaFetcherThread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.replication.effects import (
    AdvanceLogStart,
    AppendCopy,
    BeginLogAnew,
    CutLog,
    Effects,
    WakeReaders,
)
from workbench.embedded_broker.replication.events import LeaderAnswered, LeaderOffsetsFound, RecordsCopied
from workbench.embedded_broker.replication.log_agreement import agreed_end, start_outside_leader

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.machine import ReplicaMachine


def began(machine: ReplicaMachine) -> Effects:
    """Without epochs nothing can be compared with the leader's; what was committed is all that is certain."""
    log = machine.log
    if machine.leadership is None and log.leader_epochs.latest_epoch is None:
        mark = machine.high_watermark
        if log.log_end_offset > mark:
            return (CutLog(mark),)
    return ()


def leader_answered(machine: ReplicaMachine, event: LeaderAnswered) -> Effects:
    """Appends, or cuts to where the logs agree; the leader is then asked again."""
    log = machine.log
    if event.diverging_epoch >= 0:
        end = agreed_end(log.leader_epochs, log.log_end_offset, event.diverging_epoch, event.diverging_end_offset)
        return (CutLog(end),)
    records = event.records
    if records is None or not len(records):
        return records_copied(machine, RecordsCopied(event.high_watermark, event.log_start_offset))
    append = AppendCopy(records, event.high_watermark, event.log_start_offset)
    if log.log_end_offset <= max(log.log_start_offset, event.log_start_offset):
        # A leader's log may begin inside a batch, whose whole is what we get: an empty log then begins with it, and so
        # does one that has only what is deleted there.
        first = int.from_bytes(records[:8], signed=True)
        if first < log.log_end_offset:
            return (BeginLogAnew(first), append)
    return (append,)


def records_copied(machine: ReplicaMachine, event: RecordsCopied) -> Effects:
    """Follows the leader's high watermark and log start as far as our log reaches."""
    effects: Effects = (WakeReaders(),) if machine.keep_high_watermark(event.high_watermark) else ()
    log = machine.log
    if event.log_start_offset > log.log_start_offset:
        effects += (AdvanceLogStart(min(event.log_start_offset, log.log_end_offset)),)
    return effects


def leader_offsets_found(machine: ReplicaMachine, event: LeaderOffsetsFound) -> Effects:
    """Our end is not in the leader's log: cuts ours to its end, or begins anew where it begins."""
    start = start_outside_leader(machine.log.log_end_offset, event.earliest, event.latest)
    if start is None:
        return ()
    return (BeginLogAnew(start.offset) if start.gives_up_all else CutLog(start.offset),)
