"""Which replica a consumer had better read from: one in its own rack (KIP-392); pure.

Source: org.apache.kafka.common.replica.RackAwareReplicaSelector, ReplicaView.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """An in-sync replica that holds the offset asked for."""

    node_id: int
    rack: str | None
    log_end_offset: int
    since_caught_up_ms: int


def nearest_replica(rack: str, leader: ReplicaView, followers: Iterable[ReplicaView]) -> int | None:
    """The follower in `rack` that is furthest; None where the leader is as near, or nobody is in the rack."""
    if not rack or leader.rack == rack:
        return None
    near = [replica for replica in followers if replica.rack == rack]
    best = max(near, key=lambda one: (one.log_end_offset, -one.since_caught_up_ms, one.node_id), default=None)
    return None if best is None else best.node_id
