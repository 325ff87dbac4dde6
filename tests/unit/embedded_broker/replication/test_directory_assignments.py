"""Where replicas lie, as the controller is told."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.helpers.metadata_doubles import directory_id, topic_id
from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.replication.directory_assignments import (
    DirectoryAssignments,
    DirectoryAssignmentSender,
)
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AssignReplicasToDirsRequest, AssignReplicasToDirsResponse

FIRST, SECOND = directory_id(1, 0), directory_id(1, 1)
UNASSIGNED = bytes(15) + b"\x01"


def placed_in(*directories: bytes) -> tuple[ReplicaBroker, DirectoryAssignments]:
    broker = ReplicaBroker(directories=2)
    registrations = [
        PartitionRegistration(replicas=(2, 1), directories=(directory_id(2), directory), isr=(2,), leader=2)
        for directory in directories
    ]
    broker.create("t", *registrations)
    return broker, DirectoryAssignments(1, broker_epoch=lambda: 101, image=lambda: broker.image)


def told(request: AssignReplicasToDirsRequest | None) -> dict[bytes, list[int]]:
    assert request is not None
    request.encode(0)
    return {
        bytes(directory.id): [one.partition_index for topic in directory.topics for one in topic.partitions]
        for directory in request.directories
    }


def answer(codes: dict[int, ErrorCode], directory: bytes = FIRST) -> AssignReplicasToDirsResponse:
    response = AssignReplicasToDirsResponse
    return response(
        directories=[
            response.DirectoryData(
                id=directory,
                topics=[
                    response.TopicData(
                        topic_id=topic_id(1),
                        partitions=[
                            response.PartitionData(partition_index=index, error_code=code)
                            for index, code in codes.items()
                        ],
                    )
                ],
            )
        ]
    )


def test_replicas_that_the_controller_has_elsewhere_are_told_by_directory() -> None:
    _, assignments = placed_in(UNASSIGNED, UNASSIGNED, FIRST, SECOND)
    assert assignments.placed(topic_id(1), 0, FIRST)
    assert assignments.placed(topic_id(1), 1, SECOND)
    assert not assignments.placed(topic_id(1), 2, FIRST), "it knows"
    assert assignments.placed(topic_id(1), 3, FIRST)
    request = assignments.next_request()
    assert told(request) == {FIRST: [0, 3], SECOND: [1]}
    assert request is not None and (request.broker_id, request.broker_epoch) == (1, 101)
    assert assignments.next_request() is None


def test_a_directory_without_an_id_and_replicas_of_others_are_not_told() -> None:
    _, assignments = placed_in(UNASSIGNED)
    assert not assignments.placed(topic_id(1), 0, bytes(16))
    assert not assignments.placed(topic_id(1), 9, FIRST)
    assert not assignments.placed(topic_id(9), 0, FIRST)


def test_what_failed_or_was_refused_is_told_again_unless_it_became_known() -> None:
    broker, assignments = placed_in(UNASSIGNED, UNASSIGNED, UNASSIGNED)
    for index in range(3):
        assignments.placed(topic_id(1), index, FIRST)
    assignments.next_request()
    assignments.failed()
    assert told(assignments.next_request()) == {FIRST: [0, 1, 2]}
    assert assignments.answered(answer({0: ErrorCode.NONE, 1: ErrorCode.NOT_CONTROLLER}))
    assert told(assignments.next_request()) == {FIRST: [1, 2]}
    assignments.failed()
    broker.change("t", 1, directories=(directory_id(2), FIRST), partition_epoch=1)
    assert told(assignments.next_request()) == {FIRST: [2]}
    assert not assignments.answered(answer({2: ErrorCode.NONE}))
    assert assignments.next_request() is None


def test_a_deleted_topic_is_not_told_any_more() -> None:
    broker, assignments = placed_in(UNASSIGNED)
    assignments.placed(topic_id(1), 0, FIRST)
    broker.delete()
    assert assignments.next_request() is None


def test_replicas_tell_where_they_were_put() -> None:
    broker, _ = placed_in(UNASSIGNED, SECOND)
    assert broker.placements == [(0, FIRST), (1, SECOND)]


async def test_the_sender_asks_only_where_there_is_something_to_tell() -> None:
    _, assignments = placed_in(UNASSIGNED, FIRST)
    asked: list[Any] = []
    done = asyncio.Event()

    async def ask(request: Any, version: int, timeout_s: float) -> AssignReplicasToDirsResponse:
        asked.append(request)
        done.set()
        return answer({0: ErrorCode.NONE})

    sender = DirectoryAssignmentSender(assignments, ask)
    sender.placed(topic_id(1), 1, FIRST)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not asked
    sender.placed(topic_id(1), 0, FIRST)
    await asyncio.wait_for(done.wait(), 5)
    await sender.stop()
    assert [told(request) for request in asked] == [{FIRST: [0]}]
