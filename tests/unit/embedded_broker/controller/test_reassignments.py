"""AlterPartitionReassignments and ListPartitionReassignments."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import carry_out, partition, partition_of, state_of, topic_records
from workbench.embedded_broker.controller.reassignments import (
    alter_partition_reassignments,
    list_partition_reassignments,
)
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionReassignmentsRequest, ListPartitionReassignmentsRequest

Topic = AlterPartitionReassignmentsRequest.ReassignableTopic
Partition = AlterPartitionReassignmentsRequest.ReassignablePartition


def cluster(registration: PartitionRegistration | None = None, **configs: str) -> ControllerState:
    named = {name.replace("_", "."): value for name, value in configs.items()}
    return state_of(
        brokers=(1, 2, 3, 4), records=topic_records("a", 1, [registration or partition([1, 2])], named), elr=False
    )


def reassign(
    state: ControllerState,
    replicas: list[int] | None,
    *,
    name: str = "a",
    index: int = 0,
    allow_factor_change: bool = True,
) -> tuple[int, str | None]:
    request = AlterPartitionReassignmentsRequest(
        topics=[Topic(name=name, partitions=[Partition(partition_index=index, replicas=replicas)])],
        allow_replication_factor_change=allow_factor_change,
    )
    (answer,) = carry_out(state, alter_partition_reassignments(state, request)).responses[0].partitions
    return answer.error_code, answer.error_message


def test_target_replicas_come_first_then_those_to_be_removed() -> None:
    state = cluster()
    assert reassign(state, [3, 2]) == (0, None)
    running = partition_of(state, "a")
    assert (running.replicas, running.adding_replicas, running.removing_replicas) == ((3, 2, 1), (3,), (1,))
    listed = list_partition_reassignments(state.image, ListPartitionReassignmentsRequest(topics=None))
    (ongoing,) = listed.topics[0].partitions
    assert (ongoing.replicas, ongoing.adding_replicas, ongoing.removing_replicas) == ([3, 2, 1], [3], [1])


def test_nothing_asked_is_answered_with_an_empty_message() -> None:
    nothing = alter_partition_reassignments(cluster(), AlterPartitionReassignmentsRequest(topics=[]))
    assert (nothing.response.error_message, nothing.response.responses) == ("", [])


def test_only_the_order_is_done_at_once() -> None:
    state = cluster()
    reassign(state, [2, 1])
    assert partition_of(state, "a").replicas == (2, 1)
    assert not partition_of(state, "a").is_reassigning
    assert partition_of(state, "a").leader == 1


def test_cancelling_restores_what_was() -> None:
    state = cluster()
    reassign(state, [3, 4])
    assert reassign(state, None) == (0, None)
    assert sorted(partition_of(state, "a").replicas) == [1, 2]
    assert not partition_of(state, "a").is_reassigning
    assert reassign(state, None)[0] == ErrorCode.NO_REASSIGNMENT_IN_PROGRESS


def test_cancelling_with_nobody_left_in_sync_is_an_unclean_election() -> None:
    running = partition([3, 1], [3], leader=3, adding_replicas=(3,))
    assert reassign(cluster(running), None)[0] == ErrorCode.INVALID_REPLICA_ASSIGNMENT
    state = cluster(running, unclean_leader_election_enable="true")
    assert reassign(state, None)[0] == 0
    assert (partition_of(state, "a").replicas, partition_of(state, "a").leader) == ((1,), 1)


def test_the_factor_may_be_held() -> None:
    code, message = reassign(cluster(), [1, 2, 3], allow_factor_change=False)
    assert code == ErrorCode.INVALID_REPLICATION_FACTOR
    assert message == "The replication factor is changed from 2 to 3"
    assert reassign(cluster(), [1, 3], allow_factor_change=False)[0] == 0
    state = cluster()
    reassign(state, [3, 4])
    assert reassign(state, [1, 4], allow_factor_change=False)[0] == 0


@pytest.mark.parametrize(
    ("replicas", "name", "index", "code"),
    [
        ([1], "x", 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ([1], "a", 7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ([], "a", 0, ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        ([1, 1], "a", 0, ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        ([9], "a", 0, ErrorCode.INVALID_REPLICA_ASSIGNMENT),
    ],
)
def test_refused(replicas: list[int], name: str, index: int, code: ErrorCode) -> None:
    assert reassign(cluster(), replicas, name=name, index=index)[0] == code


def test_listing_some() -> None:
    state = cluster()
    reassign(state, [3, 2])
    wanted = ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics
    request = ListPartitionReassignmentsRequest(
        topics=[wanted(name="a", partition_indexes=[0, 7]), wanted(name="x", partition_indexes=[0])]
    )
    listed = list_partition_reassignments(state.image, request)
    assert [(t.name, [p.partition_index for p in t.partitions]) for t in listed.topics] == [("a", [0])]
    assert list_partition_reassignments(cluster().image, request).topics == []
