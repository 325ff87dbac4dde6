"""Which replica a consumer is sent to."""

from __future__ import annotations

from workbench.embedded_broker.replication.replica_selection import ReplicaView, nearest_replica

LEADER = ReplicaView(1, "a", 10, 0)


def test_the_leader_where_no_rack_is_told_or_it_is_as_near() -> None:
    near = ReplicaView(2, "a", 10, 0)
    assert nearest_replica("", LEADER, [near]) is None
    assert nearest_replica("a", LEADER, [near]) is None
    assert nearest_replica("c", LEADER, [near]) is None


def test_a_follower_in_the_rack_is_taken() -> None:
    assert nearest_replica("b", LEADER, [ReplicaView(2, "b", 4, 9), ReplicaView(3, "c", 10, 0)]) == 2


def test_the_furthest_then_the_latest_level_then_the_largest_id() -> None:
    far, near = ReplicaView(2, "b", 10, 50), ReplicaView(3, "b", 9, 0)
    assert nearest_replica("b", LEADER, [near, far]) == 2
    assert nearest_replica("b", LEADER, [ReplicaView(2, "b", 9, 5), ReplicaView(3, "b", 9, 60)]) == 2
    assert nearest_replica("b", LEADER, [ReplicaView(2, "b", 9, 5), ReplicaView(3, "b", 9, 5)]) == 3
