"""The states of a classic group, and which may follow which.

Empty               no members; may still hold committed offsets
PreparingRebalance  members are to join (again); answers of JoinGroup are parked until all have or time is up
CompletingRebalance everybody has joined; answers of SyncGroup are parked until the leader brings the assignment
Stable              the assignment is written and handed out
Dead                the group is gone, or this broker no longer coordinates it

Empty -> PreparingRebalance -> CompletingRebalance -> Stable -> PreparingRebalance ...
PreparingRebalance -> Empty when the last member has left; any state -> Dead.
"""

from __future__ import annotations

from enum import Enum


class ClassicGroupState(Enum):
    """The value is the name that the protocol uses."""

    EMPTY = "Empty"
    PREPARING_REBALANCE = "PreparingRebalance"
    COMPLETING_REBALANCE = "CompletingRebalance"
    STABLE = "Stable"
    DEAD = "Dead"


VALID_PREVIOUS_STATES = {
    ClassicGroupState.EMPTY: frozenset({ClassicGroupState.PREPARING_REBALANCE}),
    ClassicGroupState.PREPARING_REBALANCE: frozenset(
        {ClassicGroupState.STABLE, ClassicGroupState.COMPLETING_REBALANCE, ClassicGroupState.EMPTY}
    ),
    ClassicGroupState.COMPLETING_REBALANCE: frozenset({ClassicGroupState.PREPARING_REBALANCE}),
    ClassicGroupState.STABLE: frozenset({ClassicGroupState.COMPLETING_REBALANCE}),
    ClassicGroupState.DEAD: frozenset(ClassicGroupState),
}
