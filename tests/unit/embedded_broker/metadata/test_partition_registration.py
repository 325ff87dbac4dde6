"""Partitions and their records."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import partition, topic_id
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.metadata.registrations import DIRECTORY_MIGRATING
from workbench.wire.messages import PartitionChangeRecord, PartitionRecord


def change(**fields: object) -> PartitionChangeRecord:
    return PartitionChangeRecord(topic_id=topic_id(1), partition_id=0, **fields)  # type: ignore[arg-type]


def test_every_change_bumps_the_partition_epoch_and_a_leader_the_leader_epoch() -> None:
    before = partition([1, 2, 3])
    after = before.merge(change(isr=[1, 2]))
    assert (after.partition_epoch, after.leader_epoch, after.isr) == (1, 0, (1, 2))
    same_leader = before.merge(change(leader=1))
    assert (same_leader.leader_epoch, same_leader.leader) == (1, 1)
    none = before.merge(change(leader=-1))
    assert (none.leader_epoch, none.has_leader) == (1, False)


def test_what_a_change_leaves_out_stays() -> None:
    before = partition([1, 2, 3], elr=(3,), last_known_elr=(2,), adding_replicas=(3,), removing_replicas=(1,))
    after = before.merge(change(leader_recovery_state=1))
    assert after.leader_recovery_state == 1
    assert (after.elr, after.last_known_elr, after.adding_replicas, after.removing_replicas) == ((3,), (2,), (3,), (1,))
    assert before.merge(change(eligible_leader_replicas=[], last_known_elr=[])).elr == ()


def test_the_record_says_everything() -> None:
    before = partition(
        [1, 2, 3], [2], elr=(3,), last_known_elr=(1,), leader_epoch=4, partition_epoch=9, leader_recovery_state=1
    )
    assert PartitionRegistration.from_record(before.to_record(topic_id(1), 0)) == before


def test_records_without_directories_mean_somewhere() -> None:
    record = PartitionRecord(partition_id=0, topic_id=topic_id(1), replicas=[1, 2], isr=[1], leader=1)
    assert PartitionRegistration.from_record(record).directories == (DIRECTORY_MIGRATING, DIRECTORY_MIGRATING)


def test_directories_that_do_not_fit_are_an_error() -> None:
    record = PartitionRecord(partition_id=0, topic_id=topic_id(1), replicas=[1, 2], directories=[b"x" * 16])
    with pytest.raises(ValueError, match="1 directories for 2 replicas"):
        PartitionRegistration.from_record(record)


def test_the_preferred_leader_is_the_first_replica() -> None:
    assert partition([1, 2]).has_preferred_leader
    assert not partition([1, 2], leader=2).has_preferred_leader
    assert partition([1, 2]).directory(7) is None
    assert partition([1], adding_replicas=(2,)).is_reassigning
