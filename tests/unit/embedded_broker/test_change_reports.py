"""What a timeline is told of the cluster."""

from __future__ import annotations

from tests.helpers.metadata_doubles import fence_record, partition
from tests.helpers.replica_broker import ReplicaBroker
from workbench.broker_contract.messages import ChangeKind, ChangeReported
from workbench.embedded_broker.change_reports import MOST_NAMES, ChangeReports
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
from workbench.wire.messages import BrokerRegistrationChangeRecord, PartitionChangeRecord


class Told:
    def __init__(self) -> None:
        self.broker = ReplicaBroker()
        self.is_active = True
        self.reports: list[ChangeReported] = []
        self.broker.metadata.add_publisher(
            ChangeReports(1, lambda: self.is_active, self.broker.now_ms, self.reports.append)
        )

    def change(self, index: int, **fields: object) -> PartitionChangeRecord:
        topic_id = self.broker.image.topics.by_name["t"].id
        return PartitionChangeRecord(topic_id=topic_id, partition_id=index, **fields)  # type: ignore[arg-type]


def test_fencing_and_coming_back_and_leaving() -> None:
    told = Told()
    told.broker.commit(fence_record(2), fence_record(3))
    told.broker.commit(fence_record(3, fenced=-1))
    told.broker.commit(BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=101, in_controlled_shutdown=1))
    assert [(one.kind, one.nodes, one.count) for one in told.reports] == [
        (ChangeKind.BROKER_FENCED, (2, 3), 2),
        (ChangeKind.BROKER_UNFENCED, (3,), 1),
        (ChangeKind.BROKER_LEAVING, (1,), 1),
    ]
    assert {one.at_ms for one in told.reports} == {told.broker.time_ms}


def test_partitions_are_told_by_kind_once_for_each_change() -> None:
    told = Told()
    told.broker.create("t", *[(1, 2, 3)] * 4, partition((1, 2), (), -1))
    assert told.reports == [], "a new topic is no change of leaders"
    told.broker.commit(
        told.change(0, leader=2, isr=[2, 3]),
        told.change(1, leader=3, isr=[3]),
        told.change(2, leader=-1, isr=[]),
        told.change(4, leader=1, isr=[1]),
    )
    found = {one.kind: one for one in told.reports}
    assert found[ChangeKind.LEADERS_MOVED].partitions == ("t-0", "t-1")
    assert found[ChangeKind.LEADERS_MOVED].nodes == (1, 2, 3)
    assert found[ChangeKind.PARTITIONS_OFFLINE].partitions == ("t-2",)
    assert found[ChangeKind.PARTITIONS_ONLINE].partitions == ("t-4",)
    assert found[ChangeKind.ISR_SHRANK].partitions == ("t-0", "t-1", "t-2")
    assert found[ChangeKind.ISR_GREW].partitions == ("t-4",)
    assert len(told.reports) == len(found)


def test_of_many_partitions_some_are_named() -> None:
    told = Told()
    told.broker.create("t", *[(1, 2)] * 120)
    told.broker.commit(*(told.change(index, isr=[1]) for index in range(120)))
    (report,) = told.reports
    assert report.count == 120 and len(report.partitions) == MOST_NAMES


def test_only_the_active_controller_tells() -> None:
    told = Told()
    told.is_active = False
    told.broker.commit(fence_record(2))
    assert told.reports == []


def test_a_new_controller_tells_of_itself() -> None:
    told = Told()
    told.broker.metadata.handle_leader_change(LeaderAndEpoch(2, 7))
    told.broker.metadata.handle_leader_change(LeaderAndEpoch(1, 8))
    assert [(one.kind, one.nodes, one.epoch) for one in told.reports] == [(ChangeKind.CONTROLLER_ELECTED, (1,), 8)]


def test_what_was_before_the_node_started_is_not_news() -> None:
    broker = ReplicaBroker()
    broker.create("t", partition((1, 2), (1,)))
    broker.commit(fence_record(2))
    reports: list[ChangeReported] = []
    broker.metadata.add_publisher(ChangeReports(1, lambda: True, broker.now_ms, reports.append))
    assert reports == []
