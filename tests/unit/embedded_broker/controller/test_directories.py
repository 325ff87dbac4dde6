"""AssignReplicasToDirs."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import (
    carry_out,
    directory_id,
    partition,
    partition_of,
    register_broker_record,
    state_of,
    topic_id,
    topic_records,
)
from workbench.embedded_broker.controller.directories import assign_replicas_to_directories
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.registrations import DIRECTORY_LOST
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AssignReplicasToDirsRequest


def cluster(metadata_version: int = 30) -> ControllerState:
    return state_of(
        brokers=(2,),
        records=[
            register_broker_record(1, fenced=False, directories=2),
            *topic_records("a", 1, [partition([1, 2]), partition([2])]),
        ],
        metadata_version=metadata_version,
    )


def assign(state: ControllerState, directory: bytes, *partitions: int, topic: bytes = topic_id(1)) -> list[int]:
    request = AssignReplicasToDirsRequest(
        broker_id=1,
        broker_epoch=101,
        directories=[
            AssignReplicasToDirsRequest.DirectoryData(
                id=directory,
                topics=[
                    AssignReplicasToDirsRequest.TopicData(
                        topic_id=topic,
                        partitions=[
                            AssignReplicasToDirsRequest.PartitionData(partition_index=index) for index in partitions
                        ],
                    )
                ],
            )
        ],
    )
    response = carry_out(state, assign_replicas_to_directories(state, request))
    return [p.error_code for p in response.directories[0].topics[0].partitions]


def test_a_replica_is_noted_where_it_lies() -> None:
    state = cluster()
    assert assign(state, directory_id(1, 1), 0) == [0]
    assert partition_of(state, "a").directory(1) == directory_id(1, 1)
    assert partition_of(state, "a").leader == 1


def test_in_a_lost_directory_it_is_lost() -> None:
    state = cluster()
    assert assign(state, DIRECTORY_LOST, 0) == [0]
    assert (partition_of(state, "a").leader, partition_of(state, "a").isr) == (2, (2,))


def test_refused() -> None:
    state = cluster()
    assert assign(state, directory_id(1), 1, 7) == [
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]
    assert assign(state, directory_id(1), 0, topic=topic_id(9)) == [ErrorCode.UNKNOWN_TOPIC_ID]
    with pytest.raises(BrokerError) as error:
        assign(cluster(metadata_version=16), directory_id(1), 0)
    assert error.value.code == ErrorCode.UNSUPPORTED_VERSION
    with pytest.raises(BrokerError) as error:
        assign_replicas_to_directories(state, AssignReplicasToDirsRequest(broker_id=1, broker_epoch=3))
    assert error.value.code == ErrorCode.STALE_BROKER_EPOCH
