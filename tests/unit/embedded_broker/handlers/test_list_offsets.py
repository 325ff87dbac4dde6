"""Offsets by time, and the special ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import partition
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.embedded_broker.replication.events import BrokersChanged
from workbench.embedded_broker.replication.partition import Partition
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ListOffsetsRequest

LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED, PENDING = -1, -2, -3, -4, -5, -6


def ask(broker: ReplicaBroker, *timestamps: int, version: int = 11, replica: int = -1, **fields: Any) -> list[Any]:
    isolation = fields.pop("isolation_level", 0)
    index = fields.pop("index", 0)
    request = ListOffsetsRequest(
        replica_id=replica,
        isolation_level=isolation,
        topics=[
            ListOffsetsRequest.ListOffsetsTopic(
                name="t",
                partitions=[
                    ListOffsetsRequest.ListOffsetsPartition(partition_index=index, timestamp=timestamp, **fields)
                ],
            )
            for timestamp in timestamps
        ],
    )
    return [one for topic in broker.ask(request, version).topics for one in topic.partitions]


def one(broker: ReplicaBroker, timestamp: int, **more: Any) -> tuple[int, int]:
    (answer,) = ask(broker, timestamp, **more)
    return answer.error_code, answer.offset


def write(replica: Partition, *values: bytes, timestamp: int = NOW_MS, **options: Any) -> None:
    replica.append_as_leader(
        batch(*values, timestamp=timestamp, **options), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT
    )


def leader(*replicas: int) -> tuple[ReplicaBroker, Partition]:
    """Batches at 0..1 (times 0, 1), 2 (time 50), 3 (time 20) relative to NOW_MS."""
    broker = ReplicaBroker()
    replica = broker.create("t", partition(replicas or (1,), leader_epoch=4))
    write(replica, b"a", b"b")
    write(replica, b"c", timestamp=NOW_MS + 50)
    write(replica, b"d", timestamp=NOW_MS + 20)
    return broker, replica


def test_the_special_offsets() -> None:
    broker, _ = leader()
    assert one(broker, LATEST) == (0, 4)
    assert one(broker, EARLIEST) == (0, 0)
    assert one(broker, MAX_TIMESTAMP) == (0, 2)
    assert one(broker, EARLIEST_LOCAL) == (0, 0)
    assert one(broker, LATEST_TIERED) == (0, -1)
    assert one(broker, PENDING) == (0, -1)
    (latest,) = ask(broker, LATEST)
    assert (latest.timestamp, latest.leader_epoch) == (-1, 4)
    assert ask(broker, LATEST, version=3)[0].leader_epoch == -1


@pytest.mark.parametrize(
    ("timestamp", "since"), [(MAX_TIMESTAMP, 7), (EARLIEST_LOCAL, 8), (LATEST_TIERED, 9), (PENDING, 11), (-7, 99)]
)
def test_special_offsets_have_their_versions(timestamp: int, since: int) -> None:
    broker, _ = leader()
    for version in range(1, 12):
        expected = ErrorCode.NONE if version >= since else ErrorCode.UNSUPPORTED_VERSION
        assert ask(broker, timestamp, version=version)[0].error_code == expected


def test_the_first_record_of_a_time_or_later() -> None:
    broker, _ = leader()
    (found,) = ask(broker, NOW_MS + 1)
    assert (found.offset, found.timestamp, found.leader_epoch) == (1, NOW_MS + 1, 4)
    assert one(broker, NOW_MS + 30) == (0, 2)
    assert one(broker, NOW_MS + 51) == (0, -1)
    assert one(broker, 0) == (0, 0)


def test_readers_see_what_their_isolation_shows() -> None:
    broker, replica = leader(1, 2)
    assert replica.leadership is not None
    replica.leadership.followers[2].record_fetch(3, 0, 4, NOW_MS, 102)
    replica.step(BrokersChanged(), NOW_MS)
    assert one(broker, LATEST) == (0, 3)
    assert one(broker, LATEST, replica=2) == (0, 4), "followers see the whole log"
    write(replica, b"t", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True)
    replica.leadership.followers[2].record_fetch(5, 0, 5, NOW_MS, 102)
    replica.step(BrokersChanged(), NOW_MS)
    assert one(broker, LATEST, isolation_level=1) == (0, 4)
    assert one(broker, LATEST) == (0, 5)


def test_a_time_beyond_what_the_reader_sees_is_nowhere() -> None:
    broker, replica = leader(1, 2)
    assert replica.leadership is not None
    replica.leadership.leader_epoch_start_offset = 0
    assert one(broker, NOW_MS) == (0, -1)


@pytest.mark.parametrize(
    ("version", "code"), [(4, ErrorCode.LEADER_NOT_AVAILABLE), (5, ErrorCode.OFFSET_NOT_AVAILABLE)]
)
def test_right_after_an_election_the_end_is_not_known_yet(version: int, code: ErrorCode) -> None:
    broker, _ = leader(1, 2)
    broker.change("t", leader=2, leader_epoch=5, partition_epoch=1)
    broker.change("t", leader=1, leader_epoch=6, partition_epoch=2)
    assert one(broker, LATEST, version=version)[0] == code
    assert one(broker, NOW_MS + 20, version=version)[0] == code
    assert one(broker, EARLIEST, version=version) == (0, 0)
    assert one(broker, LATEST, version=version, replica=2) == (0, 4)


def test_epochs_and_places_are_checked() -> None:
    broker, _ = leader()
    broker.create("u", (1,), number=2)
    assert one(broker, LATEST, current_leader_epoch=3)[0] == ErrorCode.FENCED_LEADER_EPOCH
    assert one(broker, LATEST, current_leader_epoch=5)[0] == ErrorCode.UNKNOWN_LEADER_EPOCH
    assert one(broker, LATEST, index=9)[0] == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    broker.change(
        "t", replicas=(1, 2), directories=(bytes(16),) * 2, isr=(2,), leader=2, leader_epoch=5, partition_epoch=1
    )
    assert one(broker, LATEST)[0] == ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert one(broker, LATEST, replica=-2) == (0, 4), "a debugging consumer takes any replica's word"
    assert one(broker, LATEST, replica=-2, index=9)[0] == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_a_partition_named_twice_is_refused() -> None:
    """And answered once, under one topic."""
    broker, _ = leader()
    assert [answer.error_code for answer in ask(broker, LATEST, EARLIEST)] == [ErrorCode.INVALID_REQUEST]


def test_an_isolation_level_that_does_not_exist_fails_everything_as_it_was_named() -> None:
    broker, _ = leader()
    answers = ask(broker, LATEST, EARLIEST, isolation_level=2)
    assert [answer.error_code for answer in answers] == [ErrorCode.UNKNOWN_SERVER_ERROR] * 2
    assert ask(broker, isolation_level=2) == []


def test_a_topic_without_partitions_is_not_answered() -> None:
    broker, _ = leader()
    topics = [ListOffsetsRequest.ListOffsetsTopic(name="t", partitions=[])]
    assert broker.ask(ListOffsetsRequest(replica_id=-1, topics=topics), 11).topics == []


def test_where_the_log_begins_after_deletion() -> None:
    broker, replica = leader()
    replica.delete_records(2)
    assert one(broker, EARLIEST) == (0, 2)
    assert ask(broker, EARLIEST)[0].leader_epoch == 4
