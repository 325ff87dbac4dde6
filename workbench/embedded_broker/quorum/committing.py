"""From appended to committed: the log's growth, its flushes, and the high watermark that follows from them.

A leader counts itself only up to what is flushed; a follower fetches on (which tells the leader that it has what came
before) only when all it has is flushed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum import answering, voter_changes
from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.effects import AdvanceHighWatermark, AppendBatch, FlushLog
from workbench.embedded_broker.quorum.events import LogFlushed
from workbench.embedded_broker.quorum.leading import Leader
from workbench.embedded_broker.quorum.roles import Follower
from workbench.records.control import ControlRecord, KRaftVersion, KRaftVoters, LeaderChange, QuorumVoter
from workbench.storage.quorum.voters_record import voters_record

if TYPE_CHECKING:
    from workbench.embedded_broker.quorum.machine import Machine


def append(
    machine: Machine, leader: Leader, *, values: tuple[bytes, ...] = (), control: tuple[ControlRecord, ...] = ()
) -> None:
    """Appends one batch; waiting fetches get it at once, before the flush, so that disks work at the same time."""
    log = machine.log
    batch = NewBatch(log.end_offset, leader.epoch, machine.now_ms, values, control)
    log.append(batch.base_offset, batch.next_offset, batch.epoch, control)
    machine.out.persist(AppendBatch(batch))
    request_flush(machine)
    if any(isinstance(record, KRaftVoters) for record in control):
        leader.voters_changed(machine.voters)
        if leader.local_flushed(log.flushed_offset):
            leader_watermark_moved(machine, leader)
    answering.complete_parked(machine, leader, lambda parked: parked.fetch.fetch_offset < log.end_offset)


def append_first_batch(machine: Machine, leader: Leader) -> None:
    """The control batch that begins an epoch; without a record of its own a leader may commit nothing (KIP-595).

    With kraft.version 1 it also carries the voters where the log has none yet or this node's endpoints changed.
    """
    control = machine.log.control
    first: list[ControlRecord] = [
        LeaderChange(
            leader.leader_id,
            tuple(QuorumVoter(voter_id) for voter_id in machine.voters.ids),
            tuple(QuorumVoter(voter_id) for voter_id in leader.granting_ids),
        )
    ]
    if control.kraft_version >= 1:
        never_logged = control.voters_offset is None or control.voters_offset < 0
        if never_logged or machine.voters.needs_update(leader.local):
            voters = machine.voters.update(leader.local) or machine.voters
            first += [KRaftVersion(control.kraft_version), voters_record(voters)]
    else:
        leader.volatile_voters = machine.voters.update_ignoring_directory(leader.local)
    append(machine, leader, control=tuple(first))


def request_flush(machine: Machine) -> None:
    machine.out.persist(FlushLog(machine.log.end_offset, machine.log.generation))


def log_flushed(machine: Machine, event: LogFlushed) -> None:
    """A flush finished; one that a truncation overtook says nothing about the log as it is now."""
    log = machine.log
    if not log.flushed(event.end_offset, event.generation):
        if log.flushed_offset < log.end_offset:
            request_flush(machine)
    elif isinstance(machine.role, Leader) and machine.role.local_flushed(log.flushed_offset):
        leader_watermark_moved(machine, machine.role)


def leader_watermark_moved(machine: Machine, leader: Leader) -> None:
    """A majority has more records: tells the listeners, ends voter changes, answers waiting fetches."""
    if leader.high_watermark is None:
        return
    _commit(machine, leader.high_watermark)
    voter_changes.watermark_moved(machine, leader, leader.high_watermark)
    answering.complete_parked(machine, leader, lambda _: True)


def follower_watermark(machine: Machine, follower: Follower, watermark: int) -> None:
    """The leader told its high watermark; it counts here as far as the log reaches."""
    known = min(machine.log.end_offset, watermark)
    if follower.high_watermark is None or known > follower.high_watermark:
        follower.high_watermark = known
        _commit(machine, known)


def _commit(machine: Machine, offset: int) -> None:
    if offset > machine.committed_offset:
        machine.committed_offset = offset
        machine.out.apply(AdvanceHighWatermark(offset))
