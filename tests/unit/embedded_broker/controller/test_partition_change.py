"""How a partition changes: elections, ISR, eligible leader replicas, reassignment, epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.metadata_doubles import directory_id, partition, topic_id
from workbench.embedded_broker.controller.partition_change import (
    Election,
    PartitionChangeBuilder,
    completed_reassignment,
)
from workbench.embedded_broker.metadata.partition_registration import NO_LEADER, PartitionRegistration


def builder(
    before: PartitionRegistration,
    alive: Iterable[int] | Callable[[int], bool],
    *,
    min_isr: int = 1,
    elr: bool = False,
    metadata_version: int = 30,
) -> PartitionChangeBuilder:
    acceptable = alive if callable(alive) else set(alive).__contains__
    return PartitionChangeBuilder(
        before,
        topic_id(1),
        0,
        is_acceptable_leader=acceptable,
        metadata_version=metadata_version,
        min_isr=min_isr,
        elr_enabled=elr,
        default_directory=directory_id,
    )


def built(change: PartitionChangeBuilder, before: PartitionRegistration) -> PartitionRegistration:
    record = change.build()
    assert record is not None
    return before.merge(record)


def test_nothing_to_do_is_no_record() -> None:
    assert builder(partition([1, 2]), [1, 2]).build() is None


def test_the_leader_goes_to_the_first_in_sync_replica() -> None:
    before = partition([1, 2, 3], [1, 3])
    change = builder(before, [2, 3])
    change.isr = [3]
    after = built(change, before)
    assert (after.leader, after.isr, after.leader_epoch, after.leader_recovery_state) == (3, (3,), 1, 0)


def test_without_elr_the_last_member_stays_in_the_isr() -> None:
    before = partition([1, 2], [1])
    change = builder(before, [2])
    change.isr = []
    after = built(change, before)
    assert (after.leader, after.isr, after.elr) == (NO_LEADER, (1,), ())


def test_with_elr_the_last_member_becomes_eligible() -> None:
    before = partition([1, 2], [1])
    change = builder(before, [2], elr=True)
    change.isr = []
    after = built(change, before)
    assert (after.leader, after.isr, after.elr, after.last_known_elr) == (NO_LEADER, (), (1,), (1,))


def test_an_eligible_leader_replica_is_elected_cleanly() -> None:
    before = partition([1, 2], [], elr=(1,), last_known_elr=(1,))
    change = builder(before, [1, 2], elr=True)
    after = built(change, before)
    assert (after.leader, after.isr, after.elr, after.last_known_elr) == (1, (1,), (), ())
    assert after.leader_recovery_state == 0


def test_elr_fills_while_the_isr_is_below_the_minimum_and_empties_when_it_recovers() -> None:
    before = partition([1, 2, 3])
    change = builder(before, [1, 2, 3], min_isr=2, elr=True)
    change.isr = [1]
    short = built(change, before)
    assert (short.isr, short.elr) == ((1,), (2, 3))
    change = builder(short, [1, 2, 3], min_isr=2, elr=True)
    change.isr = [1, 2]
    assert built(change, short).elr == ()


def test_an_unclean_shutdown_makes_nobody_eligible() -> None:
    before = partition([1, 2, 3], [1, 2])
    change = builder(before, [1], min_isr=2, elr=True)
    change.isr = [1]
    change.unclean_shutdown_replicas = frozenset({2})
    after = built(change, before)
    assert (after.isr, after.elr, after.last_known_elr) == ((1,), (), ())


def test_the_last_known_leader_is_elected_uncleanly_when_nobody_is_eligible() -> None:
    before = partition([1, 2], [], last_known_elr=(2,))
    change = builder(before, [1, 2], elr=True)
    after = built(change, before)
    assert (after.leader, after.isr, after.leader_recovery_state, after.last_known_elr) == (2, (2,), 1, ())


def test_unclean_election_takes_any_live_replica() -> None:
    before = partition([1, 2, 3], [1], leader=-1)
    assert builder(before, [2, 3]).build() is None
    change = builder(before, [2, 3])
    change.election = Election.UNCLEAN
    after = built(change, before)
    assert (after.leader, after.isr, after.leader_recovery_state) == (2, (2,), 1)


def test_preferred_election_moves_only_to_an_in_sync_preferred_replica() -> None:
    before = partition([1, 2], [2, 1], leader=2)
    change = builder(before, [1, 2])
    change.election = Election.PREFERRED
    assert built(change, before).leader == 1
    change = builder(before, [2])
    change.election = Election.PREFERRED
    assert change.build() is None


def test_taking_a_replica_away_bumps_the_leader_epoch() -> None:
    before = partition([1, 2, 3])
    change = builder(before, [1, 2, 3])
    change.replicas = [1, 2]
    change.isr = [1, 2]
    after = built(change, before)
    assert (after.leader, after.leader_epoch) == (1, 1)
    assert after.directories == (directory_id(1), directory_id(2))


@pytest.mark.parametrize(("metadata_version", "epoch"), [(11, 1), (12, 0), (30, 0)])
def test_shrinking_the_isr_bumps_the_leader_epoch_only_before_3_6(metadata_version: int, epoch: int) -> None:
    before = partition([1, 2])
    change = builder(before, [1, 2], metadata_version=metadata_version)
    change.isr = [1]
    assert built(change, before).leader_epoch == epoch


def test_a_reassignment_begins_completes_and_moves_the_leader() -> None:
    before = partition([1, 2])
    change = builder(before, [1, 2, 3])
    change.replicas, change.adding, change.removing = [3, 2, 1], [3], [1]
    running = built(change, before)
    assert (running.replicas, running.adding_replicas, running.removing_replicas) == ((3, 2, 1), (3,), (1,))
    assert (running.leader, running.isr) == (1, (1, 2))
    assert running.directories == (directory_id(3), directory_id(2), directory_id(1))
    change = builder(running, [1, 2, 3])
    change.isr = [1, 2, 3]
    done = built(change, running)
    assert (done.replicas, done.adding_replicas, done.removing_replicas) == ((3, 2), (), ())
    assert (done.isr, done.leader) == ((2, 3), 3)


@pytest.mark.parametrize(
    ("removing", "adding", "replicas", "isr", "expected"),
    [
        ([], [], [1, 2], [1], None),
        ([1], [3], [2, 3, 1], [1, 2], None),
        ([1], [3], [2, 3, 1], [2, 3], ([2, 3], [2, 3])),
        ([1], [], [2, 1], [1], None),
        ([1, 2], [3], [3, 4, 1, 2], [3, 1], None),
        ([1, 2], [3], [3, 4, 1, 2], [3, 4, 1], ([3, 4], [3, 4])),
        ([], [3], [1, 2, 3], [1, 3], ([1, 2, 3], [1, 3])),
    ],
)
def test_when_a_reassignment_is_complete(
    removing: list[int], adding: list[int], replicas: list[int], isr: list[int], expected: object
) -> None:
    assert completed_reassignment(removing, adding, replicas, isr) == expected


def test_a_replica_may_move_to_another_directory() -> None:
    before = partition([1, 2])
    change = builder(before, [1, 2])
    change.set_directory(1, directory_id(1, 1))
    assert built(change, before).directories == (directory_id(1, 1), directory_id(2))
    change = builder(before, [1, 2], metadata_version=16)
    change.set_directory(1, directory_id(1, 1))
    assert change.build() is None


@given(
    st.permutations([1, 2, 3, 4]),
    st.sets(st.integers(1, 4)),
    st.sets(st.integers(1, 4)),
    st.sets(st.integers(1, 4)),
    st.booleans(),
    st.sampled_from(Election),
    st.integers(1, 3),
)
def test_invariants(
    replicas: list[int],
    isr: set[int],
    stays: set[int],
    alive: set[int],
    elr: bool,
    election: Election,
    min_isr: int,
) -> None:
    before = partition(replicas, [r for r in replicas if r in isr])
    change = builder(before, alive, elr=elr, min_isr=min_isr)
    change.election = election
    change.isr = [r for r in replicas if r in isr & stays]
    target = set(change.isr)
    record = change.build()
    if record is None:
        return
    after = before.merge(record)
    assert after.partition_epoch == 1
    assert not set(after.isr) & set(after.elr)
    if not elr:
        assert after.elr == after.last_known_elr == ()
        assert after.isr or not isr
    if after.leader != before.leader and after.leader != NO_LEADER:
        assert after.leader in alive
        clean = after.leader in target or (not target and after.leader in isr and elr)
        assert after.leader_recovery_state == (0 if clean else 1)
        assert after.leader in after.isr
        assert clean or election is Election.UNCLEAN or elr
