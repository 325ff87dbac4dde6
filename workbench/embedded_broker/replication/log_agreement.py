"""Where a follower's log has to be cut so that it agrees with its leader's; pure.

Source: kafka.server.AbstractFetcherThread (getOffsetTruncationState, fetchOffsetAndTruncate), KIP-101, KIP-279.
"""

from __future__ import annotations

from typing import Protocol

from workbench.system.quick_dataclass import dataclass


class EpochsOfLog(Protocol):
    """The leader epochs of a log, as `LeaderEpochCache` knows them."""

    def end_offset_for(self, epoch: int, log_end_offset: int) -> tuple[int, int]: ...


def agreed_end(epochs: EpochsOfLog, log_end_offset: int, leader_epoch: int, leader_end_offset: int) -> int:
    """Up to where ours may agree with a leader's log in which `leader_epoch` ended at `leader_end_offset`.

    Where we do not know that epoch but an earlier one, the end of ours is returned: the leader is asked again, and
    tells the next step back.
    """
    own_epoch, own_end_offset = epochs.end_offset_for(leader_epoch, log_end_offset)
    if own_epoch < 0:
        return min(leader_end_offset, log_end_offset)
    if own_epoch != leader_epoch:
        return min(own_end_offset, log_end_offset)
    return min(own_end_offset, leader_end_offset, log_end_offset)


@dataclass(frozen=True, slots=True)
class NewStart:
    """What to do with a log whose end its leader does not have: cut it, or give it up and begin at an offset."""

    offset: int
    gives_up_all: bool


def start_outside_leader(log_end_offset: int, leader_start_offset: int, leader_end_offset: int) -> NewStart | None:
    """The leader answered OFFSET_OUT_OF_RANGE and holds the offsets given; None: our end is within it by now."""
    if leader_end_offset < log_end_offset:
        return NewStart(leader_end_offset, gives_up_all=False)
    if leader_start_offset > log_end_offset:
        return NewStart(leader_start_offset, gives_up_all=True)
    return None
