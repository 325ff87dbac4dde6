"""What one fetch gets of each partition."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import partition
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.embedded_broker.replication.events import BrokersChanged
from workbench.embedded_broker.replication.fetch import PartitionRead, ReplicaReader
from workbench.embedded_broker.replication.fetch_session import FetchPartition
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.reading import FetchRequirements
from workbench.embedded_broker.replication.throttle import ReplicationThrottle
from workbench.records import iterate_batches
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire.error_codes import ErrorCode

MEBIBYTE = 1 << 20


def write(replica: Partition, *values: bytes, **options: Any) -> None:
    replica.append_as_leader(batch(*values, **options), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)


def reader(broker: ReplicaBroker, throttle: ReplicationThrottle | None = None, **fields: Any) -> ReplicaReader:
    values: dict[str, Any] = {
        "version": 18,
        "replica_id": -1,
        "replica_epoch": -1,
        "min_bytes": 1,
        "max_bytes": MEBIBYTE,
        "read_committed": False,
        "rack_id": "",
        "now_ms": broker.time_ms,
        "listener": "PLAINTEXT",
    }
    return ReplicaReader(broker.replicas, FetchRequirements(**(values | fields)), throttle)


def of(replica: Partition, offset: int, **fields: Any) -> FetchPartition:
    values: dict[str, Any] = {"max_bytes": MEBIBYTE}
    return FetchPartition(replica.topic, replica.topic_id, replica.index, offset, **(values | fields))


def read_one(broker: ReplicaBroker, wanted: FetchPartition, **fields: Any) -> PartitionRead:
    return reader(broker, **fields).read([wanted])[0]


def offsets(read: PartitionRead) -> list[int]:
    data = b"".join(bytes(each) for each in read.buffers)  # type: ignore[arg-type]
    return [view.base_offset for view in iterate_batches(data)]


def follower_of(replica: Partition, broker: int, offset: int) -> None:
    assert replica.leadership is not None
    replica.leadership.followers[broker].record_fetch(offset, 0, replica.log.log_end_offset, NOW_MS, 100 + broker)
    replica.step(BrokersChanged(), NOW_MS)


def test_consumers_see_what_is_committed_and_followers_everything() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    write(replica, b"a")
    write(replica, b"b")
    follower_of(replica, 2, 1)
    read = read_one(broker, of(replica, 0))
    assert offsets(read) == [0] and (read.high_watermark, read.log_start_offset) == (1, 0)
    assert offsets(read_one(broker, of(replica, 1))) == []
    assert offsets(read_one(broker, of(replica, 0), replica_id=2, replica_epoch=102)) == [0, 1]


def test_read_committed_stops_at_open_transactions_and_names_aborted_ones() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    write(replica, b"a")
    write(replica, b"t", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True)
    write(replica, b"b")
    read = read_one(broker, of(replica, 0), read_committed=True)
    assert offsets(read) == [0] and read.last_stable_offset == 1 and not read.aborted
    assert read_one(broker, of(replica, 0)).aborted is None


@pytest.mark.parametrize("offset", [-1, 3, 100])
def test_offsets_outside_the_log_are_refused_but_its_end_is_not(offset: int) -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    write(replica, b"a", b"b")
    read = read_one(broker, of(replica, offset))
    assert read.error is ErrorCode.OFFSET_OUT_OF_RANGE
    assert (read.high_watermark, read.last_stable_offset, read.log_start_offset) == (-1, -1, -1)
    assert read_one(broker, of(replica, 2)).error is ErrorCode.NONE


def test_between_high_watermark_and_log_end_there_is_nothing_yet() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    write(replica, b"a", b"b")
    read = read_one(broker, of(replica, 1))
    assert read.error is ErrorCode.NONE and read.size_bytes == 0


def test_limits_hold_but_for_the_first_batch_of_all() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1,), (1,), (1,))
    replicas = [broker.replicas.partitions["t", index] for index in range(3)]
    for replica in replicas:
        write(replica, b"x" * 500)
        write(replica, b"y" * 500)
    reads = reader(broker, max_bytes=100).read([of(replica, 0) for replica in replicas])
    assert [offsets(read) for read in reads] == [[0], [], []]
    reads = reader(broker).read([of(replica, 0, max_bytes=600) for replica in replicas])
    assert [offsets(read) for read in reads] == [[0], [0], [0]]
    reads = reader(broker, max_bytes=1_300).read([of(replica, 0) for replica in replicas])
    assert [offsets(read) for read in reads] == [[0, 1], [], []]
    reads = reader(broker).read([of(replica, 0, max_bytes=0) for replica in replicas])
    assert [offsets(read) for read in reads] == [[0], [], []]


def test_a_negative_limit_fails_only_where_something_would_be_read() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,), (1,))
    other = broker.replicas.partitions["t", 1]
    write(replica, b"x")
    write(other, b"y")
    assert read_one(broker, of(replica, 0, max_bytes=-1)).error is ErrorCode.UNKNOWN_SERVER_ERROR
    assert read_one(broker, of(replica, 1, max_bytes=-1)).error is ErrorCode.NONE
    assert read_one(broker, of(replica, 9, max_bytes=-1)).error is ErrorCode.OFFSET_OUT_OF_RANGE
    reads = reader(broker, max_bytes=-1).read([of(replica, 1), of(other, 0)])
    assert [(read.error, offsets(read)) for read in reads] == [(ErrorCode.NONE, []), (ErrorCode.NONE, [0])]
    replica.delete_records(1)
    assert read_one(broker, of(replica, 0, max_bytes=-1)).error is ErrorCode.OFFSET_OUT_OF_RANGE


def test_errors_have_their_names() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1, 2), (2, 1), (2, 3))
    followed = broker.replicas.partitions["t", 1]
    gone = of(led, 0)
    gone.index = 2
    unknown = of(led, 0)
    unknown.index = 9
    nameless = FetchPartition(None, b"?" * 16, 0, 0, MEBIBYTE)
    assert read_one(broker, gone).error is ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert read_one(broker, unknown).error is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert read_one(broker, nameless).error is ErrorCode.UNKNOWN_TOPIC_ID
    assert read_one(broker, of(led, 0, current_leader_epoch=1)).error is ErrorCode.UNKNOWN_LEADER_EPOCH
    assert read_one(broker, of(led, 0), replica_id=3).error is ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert read_one(broker, of(led, 0, current_leader_epoch=0), replica_id=3).error is ErrorCode.UNKNOWN_LEADER_EPOCH
    assert read_one(broker, of(followed, 0), replica_id=3).error is ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert read_one(broker, of(followed, 0), version=10).error is ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert read_one(broker, of(followed, 0), version=11).error is ErrorCode.NONE, "consumers may read from followers"


def test_a_topic_id_that_became_known_is_found() -> None:
    broker = ReplicaBroker()
    wanted = FetchPartition(None, b"\x70" + (1).to_bytes(15), 0, 0, MEBIBYTE)
    assert read_one(broker, wanted).error is ErrorCode.UNKNOWN_TOPIC_ID
    broker.create("t", (1,))
    assert read_one(broker, wanted).error is ErrorCode.NONE and wanted.topic == "t"


def test_a_session_on_a_topic_made_anew_is_told_so() -> None:
    broker = ReplicaBroker()
    wanted = of(broker.create("t", (1,)), 0)
    broker.delete()
    assert read_one(broker, wanted).error is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    broker.create("t", (1,), number=2)
    assert read_one(broker, wanted).error is ErrorCode.INCONSISTENT_TOPIC_ID
    assert read_one(broker, wanted, version=12).error is ErrorCode.NONE


def test_the_leader_is_named_as_the_newest_metadata_has_it() -> None:
    """A fetch may have waited while the leadership moved (KIP-951)."""
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    one = reader(broker)
    assert one.read([of(replica, 0)])[0].error is ErrorCode.NONE
    broker.change("t", leader=2, leader_epoch=4, partition_epoch=1)
    read = one.read([of(replica, 0, current_leader_epoch=0)])[0]
    assert (read.error, read.leader_id, read.leader_epoch) == (ErrorCode.FENCED_LEADER_EPOCH, 2, 4)
    older = read_one(broker, of(replica, 0, current_leader_epoch=0), version=15)
    assert (older.leader_id, older.leader_epoch) == (-1, -1)


class TestFollowers:
    def leader(self) -> tuple[ReplicaBroker, Partition]:
        """Epoch 3 from offset 0, epoch 5 from offset 4; the log ends at 6."""
        broker = ReplicaBroker()
        replica = broker.create("t", partition((1, 2, 3), leader_epoch=3))
        write(replica, b"a", b"b", b"c", b"d")
        broker.change("t", leader_epoch=5, partition_epoch=1)
        write(replica, b"e", b"f")
        return broker, replica

    def fetch(self, broker: ReplicaBroker, replica: Partition, offset: int, epoch: int) -> PartitionRead:
        wanted = of(replica, offset, last_fetched_epoch=epoch, current_leader_epoch=5, log_start_offset=0)
        return read_one(broker, wanted, replica_id=2, replica_epoch=102)

    def end_of(self, replica: Partition) -> int:
        assert replica.leadership is not None
        return replica.leadership.followers[2].log_end_offset

    def test_a_fetch_is_an_acknowledgement(self) -> None:
        broker, replica = self.leader()
        read = self.fetch(broker, replica, 6, 5)
        assert self.end_of(replica) == 6 and read.diverging is None
        follower_of(replica, 3, 5)
        assert replica.high_watermark == 5

    @pytest.mark.parametrize(
        ("offset", "epoch", "diverging"), [(5, 3, (3, 4)), (6, 4, (3, 4)), (9, 5, (5, 6)), (4, 4, (3, 4))]
    )
    def test_a_diverged_log_is_told_and_counts_for_nothing(
        self, offset: int, epoch: int, diverging: tuple[int, int]
    ) -> None:
        broker, replica = self.leader()
        read = self.fetch(broker, replica, offset, epoch)
        assert read.diverging == diverging and read.size_bytes == 0 and read.error is ErrorCode.NONE
        assert self.end_of(replica) == -1
        follower_of(replica, 3, 6)
        assert replica.high_watermark == 0

    def test_an_epoch_from_the_future_is_out_of_range(self) -> None:
        broker, replica = self.leader()
        assert self.fetch(broker, replica, 6, 6).error is ErrorCode.OFFSET_OUT_OF_RANGE
        assert self.end_of(replica) == -1

    def test_what_lies_before_the_log_is_out_of_range_even_if_it_diverged(self) -> None:
        broker, replica = self.leader()
        for follower in (2, 3):
            follower_of(replica, follower, 6)
        replica.delete_records(5)
        assert self.fetch(broker, replica, 3, 4).error is ErrorCode.OFFSET_OUT_OF_RANGE

    def test_beyond_the_end_is_out_of_range_and_counts_for_nothing(self) -> None:
        broker, replica = self.leader()
        assert self.fetch(broker, replica, 9, -1).error is ErrorCode.OFFSET_OUT_OF_RANGE
        assert self.end_of(replica) == -1

    def test_a_fetch_that_waited_tells_its_offset_once(self) -> None:
        broker, replica = self.leader()
        one = reader(broker, replica_id=2, replica_epoch=102)
        wanted = of(replica, 6, last_fetched_epoch=5, current_leader_epoch=5, log_start_offset=0)
        one.read([wanted])
        assert replica.leadership is not None
        state = replica.leadership.followers[2]
        assert state.last_fetch_leader_end_offset == 6
        write(replica, b"g")
        one.read([wanted])
        assert state.last_fetch_leader_end_offset == 6


RACKS = {1: "a", 2: "b", 3: "b"}


class TestNearReplicas:
    def cluster(self, *, enabled: bool = True) -> tuple[ReplicaBroker, Partition]:
        broker = ReplicaBroker(prefers_near_replicas=enabled, racks=RACKS)
        replica = broker.create("t", partition((1, 2, 3), (1, 2)))
        write(replica, b"a", b"b")
        follower_of(replica, 2, 2)
        return broker, replica

    def test_a_consumer_is_sent_to_its_rack_without_data(self) -> None:
        broker, replica = self.cluster()
        read = read_one(broker, of(replica, 0), rack_id="b")
        assert read.preferred_replica == 2 and read.size_bytes == 0
        assert (read.high_watermark, read.last_stable_offset, read.log_start_offset) == (2, 2, 0)
        assert reader(broker, rack_id="b", min_bytes=1_000).is_enough([read]), "it need not wait"

    def test_not_where_it_is_not_wanted_or_cannot_be(self) -> None:
        broker, replica = self.cluster()
        assert read_one(broker, of(replica, 0), rack_id="a").preferred_replica == -1
        assert read_one(broker, of(replica, 0), rack_id="").preferred_replica == -1
        assert read_one(broker, of(replica, 0), rack_id="b", version=10).preferred_replica == -1
        assert read_one(broker, of(replica, 0), rack_id="b", version=11).preferred_replica == 2
        assert read_one(broker, of(replica, 0), rack_id="b", listener="OTHER").preferred_replica == -1
        assert read_one(broker, of(replica, 0), rack_id="b", replica_id=2).preferred_replica == -1
        broker.fence(2)
        assert read_one(broker, of(replica, 0), rack_id="b").preferred_replica == -1
        broker, replica = self.cluster(enabled=False)
        assert read_one(broker, of(replica, 0), rack_id="b").preferred_replica == -1

    def test_only_to_one_in_sync_that_holds_the_offset(self) -> None:
        broker, replica = self.cluster()
        follower_of(replica, 3, 2)
        write(replica, b"c")
        follower_of(replica, 3, 3)
        assert read_one(broker, of(replica, 3), rack_id="b").preferred_replica == -1
        assert read_one(broker, of(replica, 2), rack_id="b").preferred_replica == 2


def test_a_failing_disk_gives_its_directory_up(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    write(replica, b"a")

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(5, "broken")

    monkeypatch.setattr(type(replica.log), "read_lazily", fail)
    assert read_one(broker, of(replica, 0)).error is ErrorCode.KAFKA_STORAGE_ERROR
    assert broker.failed_directories == broker.replicas.directories


def test_a_throttled_follower_out_of_sync_gets_nothing_above_the_limit() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", partition((1, 2, 3), isr=(1, 2)), partition((1, 2, 3), isr=(1, 2)))
    other = broker.replicas.partitions["t", 1]
    write(replica, b"a")
    write(other, b"a")
    throttle = ReplicationThrottle(lambda: 0)
    throttle.throttle("t", frozenset({0}))

    def found(follower: int) -> list[int]:
        reading = reader(broker, throttle, replica_id=follower, replica_epoch=100 + follower)
        return [read.size_bytes for read in reading.read([of(replica, 0), of(other, 0)])]

    size = found(3)[0]
    assert found(3) == [size, size]
    throttle.limit = 10
    throttle.record("t", 0, 100)
    assert found(3) == [0, size], "only the throttled partition is left out"
    assert found(2) == [size, size], "a member of the in-sync set is never held back"
    throttle.limit = 100
    assert found(3) == [size, size]
