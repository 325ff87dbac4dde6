"""Values that the panes see: what they derive."""

from workbench.client.model import (
    BatchFacts,
    BrokerInfo,
    ClusterDescription,
    GroupDescription,
    GroupMember,
    GroupType,
    PartitionInfo,
    QuorumDescription,
    QuorumVoter,
    RecordRow,
    TopicInfo,
)

BATCH = BatchFacts(0, 9, 10, 0, -1, -1, -1, "none", 100, 100, 5, True)


def partition(number: int, **known: int | None) -> PartitionInfo:
    return PartitionInfo(number, 1, 0, (1, 2), (1,), **known)  # type: ignore[arg-type]


def test_sums_are_unknown_where_a_part_is() -> None:
    known = partition(0, earliest_offset=5, latest_offset=9, size_bytes=70)
    assert known.message_count == 4
    assert known.under_replicated
    topic = TopicInfo("t", None, False, (known, partition(1)))
    assert (topic.message_count, topic.size_bytes) == (None, None)
    topic = TopicInfo("t", None, False, (known, known))
    assert (topic.message_count, topic.size_bytes, topic.partition_count, topic.replication_factor) == (8, 140, 2, 2)


def test_who_is_who() -> None:
    broker = BrokerInfo(3, "host", 9092)
    assert broker.address == "host:9092"
    assert ClusterDescription("c", 3, (broker,)).broker(3) is broker
    assert ClusterDescription("c", 3, (broker,)).broker(4) is None
    voter, observer = QuorumVoter(1, 5, None, None, True), QuorumVoter(2, 5, None, None, False)
    assert QuorumDescription(1, 1, 5, (voter, observer)).voters == (voter,)
    member = GroupMember("m", "c", "h", {"t": (0, 2)})
    group = GroupDescription("g", GroupType.CLASSIC, "consumer", "Stable", "range", 1, (member,))
    assert group.owner("t", 2) is member
    assert group.owner("t", 1) is None


def test_a_rows_size_is_what_the_producer_gave() -> None:
    row = RecordRow("t", 0, 1, 2, "CreateTime", b"k", b"cu", (("h", b"xy"), ("n", None)), BATCH, 0, 1, 100)
    assert row.size_bytes == 1 + 100 + 3 + 1
    assert row.is_cut
