"""The few administrative requests that changing a cluster's brokers takes, straight over the protocol.

Each goes to whichever broker answers; a broker passes it on to the controller. Errors are KnownErrors in words.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.system.known_error import KnownError
from workbench.wire import messages
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import WireError
from workbench.wire.frames import encode_request_header, frame_request, response_header_is_flexible, skip_tagged_fields
from workbench.wire.messages import (
    AlterPartitionReassignmentsRequest,
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    ListPartitionReassignmentsRequest,
    MetadataRequest,
    MetadataResponse,
    RemoveRaftVoterRequest,
    UnregisterBrokerRequest,
)

CLIENT_ID = "workbench-supervisor"
TIMEOUT_S = 10.0
VOTE_TIMEOUT_S = 30.0
AGAIN_AFTER_S = 0.2
NOT_YET = (
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.NOT_CONTROLLER,
    ErrorCode.BROKER_NOT_AVAILABLE,
    ErrorCode.REQUEST_TIMED_OUT,
)
"""What the quorum answers while it elects a leader or has not committed what came before."""

Topic = MetadataResponse.MetadataResponseTopic


class ClusterAdmin:
    """Asks the brokers at `addresses`, one after the other until one answers."""

    def __init__(self, addresses: Sequence[tuple[str, int]]) -> None:
        self._addresses = tuple(addresses)

    async def ask(self, request: Message, version: int, timeout_s: float = TIMEOUT_S) -> Any:
        """The response. Raises KnownError where no broker answers."""
        last: Exception | None = None
        for host, port in self._addresses:
            try:
                async with asyncio.timeout(timeout_s):
                    return await _exchange(host, port, request, version)
            except (OSError, TimeoutError, asyncio.IncompleteReadError, WireError) as error:
                last = error
        raise KnownError(f"No broker of the cluster answers ({last}).", "Start its brokers first.")

    async def topics(self) -> list[Topic]:
        """Every topic with its partitions, internal ones too."""
        response: MetadataResponse = await self.ask(MetadataRequest(topics=None), 12)
        return response.topics

    async def out_of_sync(self) -> int:
        """Partitions whose in-sync set lacks a replica."""
        topics = await self.topics()
        return sum(
            1
            for topic in topics
            for partition in topic.partitions
            if set(partition.isr_nodes) != set(partition.replica_nodes) or partition.leader_id < 0
        )

    async def controller_id(self) -> int:
        response: DescribeQuorumResponse = await self._describe_quorum()
        return response.topics[0].partitions[0].leader_id

    async def voter_directories(self) -> dict[int, bytes]:
        """Directory ids of the quorum's voters by node id."""
        response = await self._describe_quorum()
        return {
            voter.replica_id: bytes(voter.replica_directory_id)
            for voter in response.topics[0].partitions[0].current_voters
        }

    async def _describe_quorum(self) -> DescribeQuorumResponse:
        request = DescribeQuorumRequest(
            topics=[
                DescribeQuorumRequest.TopicData(
                    topic_name="__cluster_metadata",
                    partitions=[DescribeQuorumRequest.PartitionData(partition_index=0)],
                )
            ]
        )
        response: DescribeQuorumResponse = await self.ask(request, 2)
        _check(response.error_code, response.error_message, "The quorum cannot be described")
        return response

    async def remove_voter(self, node_id: int, directory_id: bytes, timeout_s: float = VOTE_TIMEOUT_S) -> None:
        """Takes a vote; asks again while the quorum elects a leader or ends the change before this one."""
        request = RemoveRaftVoterRequest(cluster_id=None, voter_id=node_id, voter_directory_id=directory_id)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            response = await self.ask(request, 0)
            if response.error_code not in NOT_YET or loop.time() > deadline:
                break
            await asyncio.sleep(AGAIN_AFTER_S)
        if response.error_code != ErrorCode.VOTER_NOT_FOUND:
            _check(response.error_code, response.error_message, f"Broker {node_id} cannot leave the quorum")

    async def unregister(self, node_id: int) -> None:
        response = await self.ask(UnregisterBrokerRequest(broker_id=node_id), 0)
        if response.error_code != ErrorCode.BROKER_ID_NOT_REGISTERED:
            _check(response.error_code, response.error_message, f"Broker {node_id} cannot be unregistered")

    async def move_replicas(self, replicas: Mapping[tuple[str, int], list[int] | None]) -> None:
        """Asks for new replicas of partitions, which are there when `moving` does not name them any more.

        None calls a movement back; one that is over already is left as it is.
        """
        topics: dict[str, AlterPartitionReassignmentsRequest.ReassignableTopic] = {}
        for (name, index), wanted in replicas.items():
            topic = topics.setdefault(name, AlterPartitionReassignmentsRequest.ReassignableTopic(name=name))
            topic.partitions.append(
                AlterPartitionReassignmentsRequest.ReassignablePartition(partition_index=index, replicas=wanted)
            )
        if not topics:
            return
        response = await self.ask(AlterPartitionReassignmentsRequest(topics=list(topics.values())), 0)
        _check(response.error_code, response.error_message, "Partitions cannot be moved")
        for told in response.responses:
            for partition in told.partitions:
                if partition.error_code == ErrorCode.NO_REASSIGNMENT_IN_PROGRESS:
                    continue
                what = f"{told.name}-{partition.partition_index} cannot be moved"
                _check(partition.error_code, partition.error_message, what)

    async def moving(self) -> set[tuple[str, int]]:
        """Partitions whose replicas are on the way."""
        response = await self.ask(ListPartitionReassignmentsRequest(topics=None), 0)
        _check(response.error_code, response.error_message, "Movements cannot be listed")
        return {(topic.name, part.partition_index) for topic in response.topics for part in topic.partitions}


async def _exchange(host: str, port: int, request: Message, version: int) -> Any:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        flexible = request.FLEXIBLE is not None and version >= request.FLEXIBLE
        header = encode_request_header(request.API_KEY, version, 1, CLIENT_ID, flexible)
        writer.write(frame_request(header, request.encode(version)))
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        frame = await reader.readexactly(size)
    finally:
        writer.close()
    position = 4
    if response_header_is_flexible(request.API_KEY, version, request.FLEXIBLE):
        position = skip_tagged_fields(frame, position)
    response_class: type[Message] = getattr(messages, request.NAME.removesuffix("Request") + "Response")
    return response_class.decode(frame, version, position)[0]


def _check(code: int, message: str | None, what: str) -> None:
    if code != ErrorCode.NONE:
        raise KnownError(f"{what}: {ErrorCode(code).name}{f' ({message})' if message else ''}.")
