"""AlterPartition: which proposals of an ISR are taken."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import (
    carry_out,
    fence_record,
    partition,
    partition_of,
    state_of,
    topic_id,
    topic_records,
)
from workbench.embedded_broker.controller.alter_partition import alter_partition
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionRequest, AlterPartitionResponse, BrokerRegistrationChangeRecord

Data = AlterPartitionRequest.PartitionData
BrokerState = AlterPartitionRequest.BrokerState
EPOCH = 100


def cluster() -> ControllerState:
    return state_of(records=topic_records("a", 1, [partition([1, 2, 3], [1, 2], leader_epoch=5, partition_epoch=9)]))


def propose(
    state: ControllerState,
    isr: list[int] | list[tuple[int, int]],
    *,
    broker_id: int = 1,
    version: int = 3,
    topic: bytes = topic_id(1),
    **more: Any,
) -> AlterPartitionResponse.PartitionData:
    pairs = [one if isinstance(one, tuple) else (one, EPOCH + one) for one in isr]
    values = {"partition_index": 0, "leader_epoch": 5, "partition_epoch": 9} | more
    data = Data(
        new_isr=[broker for broker, _ in pairs] if version < 3 else [],
        new_isr_with_epochs=[BrokerState(broker_id=b, broker_epoch=e) for b, e in pairs] if version >= 3 else [],
        **values,
    )
    request = AlterPartitionRequest(
        broker_id=broker_id,
        broker_epoch=EPOCH + broker_id,
        topics=[AlterPartitionRequest.TopicData(topic_id=topic, partitions=[data])],
    )
    response = carry_out(state, alter_partition(state, request, version))
    answer: AlterPartitionResponse.PartitionData = response.topics[0].partitions[0]
    return answer


def test_the_isr_grows_and_shrinks() -> None:
    state = cluster()
    answer = propose(state, [1, 2, 3])
    assert (answer.error_code, answer.isr, answer.partition_epoch, answer.leader_epoch) == (0, [1, 2, 3], 10, 5)
    answer = propose(state, [1], partition_epoch=10)
    assert (answer.isr, answer.leader_id) == ([1], 1)
    assert partition_of(state, "a").isr == (1,)


def test_version_2_names_brokers_without_epochs() -> None:
    assert propose(cluster(), [1, 2, 3], version=2).error_code == 0


def test_a_proposal_that_changes_nothing_is_fine() -> None:
    answer = propose(cluster(), [1, 2])
    assert (answer.error_code, answer.partition_epoch) == (0, 9)


@pytest.mark.parametrize(
    ("isr", "more", "code"),
    [
        ([1, 2], {"topic": topic_id(9)}, ErrorCode.UNKNOWN_TOPIC_ID),
        ([1, 2], {"partition_index": 7}, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ([1, 2], {"leader_epoch": 6}, ErrorCode.NOT_CONTROLLER),
        ([1, 2], {"partition_epoch": 10}, ErrorCode.NOT_CONTROLLER),
        ([1, 2], {"leader_epoch": 4}, ErrorCode.FENCED_LEADER_EPOCH),
        ([1, 2], {"broker_id": 2}, ErrorCode.INVALID_REQUEST),
        ([1, 2], {"partition_epoch": 8}, ErrorCode.INVALID_UPDATE_VERSION),
        ([1, 4], {}, ErrorCode.INVALID_REQUEST),
        ([1, 1], {}, ErrorCode.INVALID_REQUEST),
        ([2, 3], {}, ErrorCode.INVALID_REQUEST),
        ([], {}, ErrorCode.INVALID_REQUEST),
        ([1, 2], {"leader_recovery_state": 1}, ErrorCode.INVALID_REQUEST),
        ([1], {"leader_recovery_state": 1}, ErrorCode.INVALID_REQUEST),
        ([1, (3, 7)], {}, ErrorCode.INELIGIBLE_REPLICA),
    ],
)
def test_refused(isr: list[int], more: dict[str, Any], code: ErrorCode) -> None:
    state = cluster()
    before = state.image
    assert propose(state, isr, **more).error_code == code
    assert state.image is before


def test_fenced_and_leaving_brokers_do_not_enter() -> None:
    state = cluster()
    carry_out(state, [fence_record(3)])
    assert propose(state, [1, 2, 3]).error_code == ErrorCode.INELIGIBLE_REPLICA
    state = cluster()
    carry_out(state, [BrokerRegistrationChangeRecord(broker_id=3, broker_epoch=103, in_controlled_shutdown=1)])
    assert propose(state, [1, 2, 3]).error_code == ErrorCode.INELIGIBLE_REPLICA
    assert propose(state, [1, 2, (3, -1)]).error_code == ErrorCode.INELIGIBLE_REPLICA


def test_an_unknown_epoch_is_let_through() -> None:
    assert propose(cluster(), [1, 2, (3, -1)]).error_code == 0


def test_a_recovered_leader_says_so() -> None:
    state = state_of(records=topic_records("a", 1, [partition([1, 2], [1], leader_recovery_state=1)]))
    answer = propose(state, [1], leader_epoch=0, partition_epoch=0, leader_recovery_state=0)
    assert (answer.error_code, answer.leader_recovery_state) == (0, 0)


def test_completing_a_reassignment_may_elect_another() -> None:
    running = partition([2, 3, 1], [1, 2], leader=1, adding_replicas=(3,), removing_replicas=(1,))
    state = state_of(records=topic_records("a", 1, [running]))
    answer = propose(state, [1, 2, 3], leader_epoch=0, partition_epoch=0)
    assert answer.error_code == ErrorCode.NEW_LEADER_ELECTED
    done = partition_of(state, "a")
    assert (done.replicas, done.leader, done.isr) == ((2, 3), 2, (2, 3))


def test_asking_nothing_is_answered_to_anyone() -> None:
    assert alter_partition(cluster(), AlterPartitionRequest(broker_id=9), 3).response == AlterPartitionResponse()


def test_a_stranger_is_refused_as_a_whole() -> None:
    request = AlterPartitionRequest(
        broker_id=1, broker_epoch=7, topics=[AlterPartitionRequest.TopicData(topic_id=topic_id(1))]
    )
    with pytest.raises(BrokerError) as error:
        alter_partition(cluster(), request, 3)
    assert error.value.code == ErrorCode.STALE_BROKER_EPOCH
