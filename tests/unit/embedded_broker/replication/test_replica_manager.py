"""Partitions come, change and go as the metadata says."""

from __future__ import annotations

import asyncio

import pytest

from tests.helpers.metadata_doubles import directory_id, partition, topic_id, topic_records
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.replication import sliced_work
from workbench.embedded_broker.replication.fetch import ReplicaReader
from workbench.embedded_broker.replication.fetch_session import FetchPartition
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.reading import FetchRequirements
from workbench.embedded_broker.replication.replica_manager import directory_id_of
from workbench.storage.log.append_result import AppendOrigin
from workbench.system.tasks import TaskKeeper
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import PartitionChangeRecord, RemoveTopicRecord


def write(replica: Partition, *values: bytes, acks: int = -1) -> None:
    replica.append_as_leader(batch(*values), acks=acks, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)


def fetch(broker: ReplicaBroker, replica: Partition, follower: int, offset: int, *, epoch: int | None = None) -> None:
    requirements = FetchRequirements(
        18, follower, 100 + follower if epoch is None else epoch, 1, 1 << 20, False, "", broker.time_ms
    )
    wanted = FetchPartition(replica.topic, replica.topic_id, replica.index, offset, 1 << 20, log_start_offset=0)
    wanted.current_leader_epoch = replica.leader_epoch
    [read] = ReplicaReader(broker.replicas, requirements).read([wanted])
    if read.error != ErrorCode.NONE:
        raise BrokerError(read.error)


def test_replicas_lead_and_follow_as_the_metadata_says() -> None:
    broker = ReplicaBroker()
    heard: list[tuple[int, bool]] = []
    broker.replicas.on_leadership(lambda one, leads: heard.append((one.index, leads)))
    broker.create("t", (1, 2), (2, 1), (2, 3))
    assert sorted(broker.replicas.partitions) == [("t", 0), ("t", 1)], "only what is placed here"
    led, followed = broker.replicas.partitions["t", 0], broker.replicas.partitions["t", 1]
    assert led.is_leader and not followed.is_leader and followed.leader_id == 2
    assert broker.fetches == {("t", 1): followed} and heard == [(0, True)]

    broker.change("t", 0, leader=2, leader_epoch=1, partition_epoch=1)
    broker.change("t", 1, leader=1, leader_epoch=1, partition_epoch=1)
    assert not led.is_leader and followed.is_leader
    assert broker.fetches == {("t", 0): led}
    assert heard == [(0, True), (0, False), (1, True)]


def test_a_change_that_does_not_concern_the_leader_leaves_the_fetch_alone() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (2, 1, 3))
    broker.fetches.clear()
    broker.change("t", isr=(2, 1), partition_epoch=1)
    assert broker.fetches == {} and replica.partition_epoch == 1


def test_metadata_older_than_what_the_controller_answered_is_passed_over() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2, 3))
    assert replica.leadership is not None
    replica.leadership.committed_isr = frozenset({1, 2})
    replica.machine.partition_epoch = 2
    broker.change("t", isr=(1, 3), partition_epoch=1)
    assert replica.leadership.committed_isr == {1, 2}


def test_a_deleted_topic_takes_its_log_and_whoever_waits_along() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2, 3), configs={"min.insync.replicas": "2"})
    write(replica, b"a")
    outcomes: list[ErrorCode] = []
    replica.when_committed(1, outcomes.append)
    broker.delete()
    assert outcomes == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
    assert broker.replicas.partitions == {} and broker.replicas.directories[0].logs == {}
    assert len(broker.replicas.directories[0].deleted_directories) == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_a_topic_made_anew_begins_with_an_empty_log(at_once: bool) -> None:
    broker = ReplicaBroker()
    old = broker.create("t", (1,))
    write(old, b"a")
    again = topic_records("t", 2, [partition((1,))])
    gone = RemoveTopicRecord(topic_id=old.topic_id)
    if at_once:
        broker.commit(gone, *again)
    else:
        broker.commit(gone)
        broker.commit(*again)
    new = broker.replicas.partitions["t", 0]
    assert new is not old and old.is_deleted
    assert new.topic_id != old.topic_id and new.log.log_end_offset == 0


def test_a_replica_that_is_moved_away_is_given_up() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2))
    moved = {"replicas": (2, 3), "directories": (bytes(16),) * 2}
    broker.change("t", isr=(2,), leader=2, leader_epoch=1, partition_epoch=1, **moved)
    assert broker.replicas.partitions == {}


def test_why_a_partition_is_not_here() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2), (2, 3))
    assert broker.replicas.missing("t", 1).code is ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert broker.replicas.missing("t", 9).code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    with pytest.raises(BrokerError) as refused:
        broker.replicas.leader_of("t", 0, current_leader_epoch=3)
    assert refused.value.code is ErrorCode.UNKNOWN_LEADER_EPOCH


def test_followers_are_checked() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    for follower, epoch, code in (
        (3, None, ErrorCode.UNKNOWN_LEADER_EPOCH),
        (2, 101, ErrorCode.NOT_LEADER_OR_FOLLOWER),
    ):
        with pytest.raises(BrokerError) as refused:
            fetch(broker, replica, follower, 0, epoch=epoch)
        assert refused.value.code is code
    fetch(broker, replica, 2, 0, epoch=-1)


def test_a_follower_that_caught_up_is_proposed_and_commits() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", partition((1, 2, 3), (1, 2)))
    write(replica, b"a", b"b")
    fetch(broker, replica, 3, 1)
    assert broker.proposals == [(replica, broker.proposals[0][1])] and broker.proposals[0][1].isr == (1, 2, 3)
    fetch(broker, replica, 2, 2)
    assert replica.high_watermark == 1, "the proposed member counts already"
    fetch(broker, replica, 3, 2)
    assert replica.high_watermark == 2


@pytest.mark.parametrize("epoch", [103, 104])
def test_who_is_fenced_or_of_another_life_is_not_proposed(epoch: int) -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", partition((1, 2, 3), (1, 2)))
    if epoch == 103:
        broker.fence(3)
    fetch(broker, replica, 3, 0, epoch=epoch)
    assert broker.proposals == []
    assert not broker.replicas.may_join(3, None)


def test_lagging_members_are_to_leave_and_their_commit_waits_for_the_answer() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2, 3))
    write(replica, b"a")
    broker.time_ms += 29_000
    fetch(broker, replica, 2, 1)
    broker.replicas.shrink_in_sync_sets(broker.time_ms)
    assert broker.proposals == []
    broker.time_ms += 2_000
    broker.replicas.shrink_in_sync_sets(broker.time_ms)
    assert [proposal.isr for _, proposal in broker.proposals] == [(1, 2)]
    assert replica.high_watermark == 0
    broker.change("t", isr=(1, 2), partition_epoch=1)
    assert replica.high_watermark == 1


def test_settings_take_effect_at_once() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", partition((1, 2, 3), (1,)), configs={"min.insync.replicas": "2"})
    write(replica, b"a", acks=1)
    assert replica.high_watermark == 0
    broker.configure("t", min_insync_replicas="1", segment_bytes="1048576")
    assert replica.machine.min_isr == 1 and replica.log.config.segment_bytes == 1_048_576
    assert replica.high_watermark == 1


def test_a_fenced_replica_is_not_waited_for_when_records_are_deleted() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    write(replica, b"a")
    fetch(broker, replica, 2, 1)
    replica.delete_records(1)
    outcomes: list[ErrorCode] = []
    replica.when_low_watermark(1, outcomes.append)
    broker.fence(2)
    assert outcomes == [ErrorCode.NONE]


def test_directories_are_chosen_as_assigned_or_by_the_fewest_logs() -> None:
    broker = ReplicaBroker(directories=3)
    assigned = PartitionRegistration(replicas=(1,), directories=(directory_id(1, 2),), isr=(1,), leader=1)
    unassigned = PartitionRegistration(replicas=(1,), directories=(bytes(16),), isr=(1,), leader=1)
    broker.create("t", assigned, unassigned, unassigned, unassigned)
    placed = [broker.replicas.partitions["t", index].directory_id for index in range(4)]
    assert placed[0] == directory_id(1, 2)
    assert sorted(placed[1:3]) == [directory_id(1, 0), directory_id(1, 1)]
    assert [len(directory.logs) for directory in broker.replicas.directories] in ([2, 1, 1], [1, 2, 1], [1, 1, 2])


def test_the_high_watermark_of_the_last_life_is_kept_within_the_log() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    write(replica, b"a", b"b")
    broker.replicas.checkpoint_high_watermarks()
    directory = broker.replicas.directories[0]
    assert directory.high_watermarks == {("t", 0): 2}
    directory.high_watermarks = {("u", 0): 50}
    broker.create("u", (2, 1), number=2)
    assert broker.replicas.partitions["u", 0].high_watermark == 0


def test_checkpoints_are_written_only_when_something_changed() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    write(replica, b"a")
    broker.replicas.checkpoint_high_watermarks()
    before = broker.disk.operations
    broker.replicas.checkpoint_high_watermarks()
    assert broker.disk.operations == before
    write(replica, b"b")
    broker.replicas.checkpoint_high_watermarks()
    assert broker.disk.operations > before


def test_counters_of_trouble() -> None:
    broker = ReplicaBroker()
    broker.create("t", partition((1, 2, 3), (1, 2)), (1, 2, 3), partition((2, 3), (), -1))
    assert broker.replicas.under_replicated() == 1
    assert broker.replicas.offline_partitions() == 1


def test_a_directory_that_cannot_make_a_log_is_given_up() -> None:
    broker = ReplicaBroker()
    broker.disk.space_left = 0
    broker.commit(*topic_records("t", 1, [partition((1,))]))
    assert broker.failed_directories == [broker.replicas.directories[0]]
    assert broker.replicas.partitions == {}


def test_refused_writes_are_told_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    broker = ReplicaBroker()
    for _ in range(3):
        broker.replicas.write_refused("t", 0, "disk full")
    assert len(caplog.records) == 1
    broker.time_ms += 10_000
    broker.replicas.write_refused("t", 0, "disk full")
    assert len(caplog.records) == 2


def test_the_id_of_a_directory_formatted_long_ago_is_zero() -> None:
    broker = ReplicaBroker()
    directory = broker.replicas.directories[0]
    assert directory_id_of(directory) == directory_id(1)
    directory.meta = None
    assert directory_id_of(directory) == bytes(16)


def test_replicas_unknown_in_this_image_are_left_alone() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2))
    broker.commit(PartitionChangeRecord(topic_id=broker.image.topics.by_name["t"].id, partition_id=0, isr=[1]))
    leadership = broker.replicas.partitions["t", 0].leadership
    assert leadership is not None and leadership.committed_isr == {1}


async def test_a_large_change_is_followed_piece_by_piece_but_for_internal_topics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sliced_work, "SLICE_S", 0)
    broker = ReplicaBroker(tasks=TaskKeeper())
    placed = [partition((1,)) for _ in range(5)]
    broker.commit(*topic_records("t", 1, placed), *topic_records("__consumer_offsets", 2, placed))
    here = sorted(broker.replicas.partitions)
    assert here == [*(("__consumer_offsets", index) for index in range(5)), ("t", 0)]
    is_behind = broker.replicas.is_behind
    assert is_behind
    assert broker.replicas.missing("t", 4).code is ErrorCode.NOT_LEADER_OR_FOLLOWER
    broker.commit(RemoveTopicRecord(topic_id=topic_id(1)))
    while broker.replicas.is_behind:
        await asyncio.sleep(0.01)
    assert sorted(broker.replicas.partitions) == here[:-1], "first made, then deleted"
    assert len(broker.replicas.directories[0].deleted_directories) == 5


async def test_deletions_become_durable_without_anybody_waiting() -> None:
    tasks = TaskKeeper()
    broker = ReplicaBroker(tasks=tasks)
    broker.create("t", (1,))
    directory = broker.replicas.directories[0]
    directory.flush_all()
    broker.delete()
    assert directory.deleted_directories
    await asyncio.sleep(0.1)
    assert not broker.disk.power_cut().exists(f"{directory.path}/t-0")


async def test_what_is_left_of_a_change_is_not_done_when_the_broker_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliced_work, "SLICE_S", 0)
    broker = ReplicaBroker(tasks=TaskKeeper())
    broker.commit(*topic_records("t", 1, [partition((1,)) for _ in range(5)]))
    broker.replicas.stop_following()
    await asyncio.sleep(0.05)
    assert sorted(broker.replicas.partitions) == [("t", 0)]
