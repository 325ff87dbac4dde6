"""Quorum replies to and from Kafka's messages.

Invariant: `reply_from_wire` gives an ErrorCode where the response as a whole failed, so that the machine backs off.
The leader's endpoint is sent for the listener on which was asked, and only at versions that have a place for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.embedded_broker.quorum.batches import ReceivedBatch
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.messages import (
    BeginEpochReply,
    DescribeQuorumReply,
    EndEpochReply,
    FetchReply,
    FetchSnapshotReply,
    ReceivedRecords,
    ReplicaDescription,
    Reply,
    UpdateVoterReply,
    VersionsReply,
    VoterChangeReply,
    VoteReply,
)
from workbench.embedded_broker.quorum.wire_requests import METADATA_PARTITION, METADATA_TOPIC
from workbench.records import CorruptBatchError, UnsupportedMagicError, iterate_batches
from workbench.records.control import decode_control
from workbench.storage.quorum.voters import KRAFT_VERSION_FEATURE, NO_ENDPOINTS, Endpoint, Endpoints, address_of
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AddRaftVoterRequest,
    AddRaftVoterResponse,
    ApiVersionsResponse,
    BeginQuorumEpochRequest,
    BeginQuorumEpochResponse,
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    EndQuorumEpochRequest,
    EndQuorumEpochResponse,
    FetchRequest,
    FetchResponse,
    FetchSnapshotRequest,
    FetchSnapshotResponse,
    RemoveRaftVoterRequest,
    RemoveRaftVoterResponse,
    UpdateRaftVoterRequest,
    UpdateRaftVoterResponse,
    VoteRequest,
    VoteResponse,
)
from workbench.wire.uuids import METADATA_TOPIC_ID

_FIRST_FETCH_VERSION_WITH_ENDPOINTS = 16


def error_to_wire(request: Message, error: ErrorCode) -> Message:
    """The response to `request` that says nothing but `error`."""
    match request:
        case VoteRequest():
            return VoteResponse(error_code=error)
        case BeginQuorumEpochRequest():
            return BeginQuorumEpochResponse(error_code=error)
        case EndQuorumEpochRequest():
            return EndQuorumEpochResponse(error_code=error)
        case FetchRequest():
            return FetchResponse(error_code=error)
        case FetchSnapshotRequest():
            return FetchSnapshotResponse(error_code=error)
        case AddRaftVoterRequest():
            return AddRaftVoterResponse(error_code=error, error_message=_sentence(error))
        case RemoveRaftVoterRequest():
            return RemoveRaftVoterResponse(error_code=error, error_message=_sentence(error))
        case UpdateRaftVoterRequest():
            return UpdateRaftVoterResponse(error_code=error)
        case DescribeQuorumRequest():
            partitions = [
                DescribeQuorumResponse.TopicData(
                    topic_name=topic.topic_name,
                    partitions=[
                        DescribeQuorumResponse.PartitionData(
                            partition_index=partition.partition_index,
                            error_code=error,
                            error_message=_sentence(error),
                        )
                        for partition in topic.partitions
                    ],
                )
                for topic in request.topics
            ]
            return DescribeQuorumResponse(topics=partitions)
        case _:
            raise TypeError(f"{request.NAME} is no request of the quorum")


def _sentence(error: ErrorCode) -> str | None:
    """What the error means, in Kafka's words where a client's mistake leads to it."""
    if error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
        return "This server does not host this topic-partition."
    return None if error == ErrorCode.NONE else error.name.replace("_", " ").capitalize()


def _leader_id(reply: Reply) -> int:
    return -1 if reply.leader_id is None else reply.leader_id


def _node_endpoints(made: type[Any], reply: Reply, listener: str, has_place: bool) -> list[Any]:
    address = address_of(reply.leader_endpoints, listener)
    if address is None or reply.leader_id is None or not has_place:
        return []
    return [made(node_id=reply.leader_id, host=address[0], port=address[1])]


def reply_to_wire(reply: Reply, request: Message, version: int, listener: str, data: bytes = b"") -> Message:
    """The response to `request`, which came at `version` on `listener`; `data` are the records or snapshot bytes."""
    leader_id = _leader_id(reply)
    match reply:
        case VoteReply():
            vote = VoteResponse.PartitionData(
                partition_index=METADATA_PARTITION,
                error_code=reply.error,
                leader_id=leader_id,
                leader_epoch=reply.epoch,
                vote_granted=reply.granted,
            )
            return VoteResponse(
                topics=[VoteResponse.TopicData(topic_name=METADATA_TOPIC, partitions=[vote])],
                node_endpoints=_node_endpoints(VoteResponse.NodeEndpoint, reply, listener, version >= 1),
            )
        case BeginEpochReply():
            begin = BeginQuorumEpochResponse.PartitionData(
                partition_index=METADATA_PARTITION,
                error_code=reply.error,
                leader_id=leader_id,
                leader_epoch=reply.epoch,
            )
            return BeginQuorumEpochResponse(
                topics=[BeginQuorumEpochResponse.TopicData(topic_name=METADATA_TOPIC, partitions=[begin])],
                node_endpoints=_node_endpoints(BeginQuorumEpochResponse.NodeEndpoint, reply, listener, version >= 1),
            )
        case EndEpochReply():
            end = EndQuorumEpochResponse.PartitionData(
                partition_index=METADATA_PARTITION,
                error_code=reply.error,
                leader_id=leader_id,
                leader_epoch=reply.epoch,
            )
            return EndQuorumEpochResponse(
                topics=[EndQuorumEpochResponse.TopicData(topic_name=METADATA_TOPIC, partitions=[end])],
                node_endpoints=_node_endpoints(EndQuorumEpochResponse.NodeEndpoint, reply, listener, version >= 1),
            )
        case FetchReply():
            return _fetch_to_wire(reply, version, listener, data)
        case FetchSnapshotReply():
            return _snapshot_to_wire(reply, version, listener, data)
        case VoterChangeReply():
            message = reply.message or _sentence(reply.error)
            if isinstance(request, AddRaftVoterRequest):
                return AddRaftVoterResponse(error_code=reply.error, error_message=message)
            return RemoveRaftVoterResponse(error_code=reply.error, error_message=message)
        case UpdateVoterReply():
            host, port = address_of(reply.leader_endpoints, listener) or ("", 0)
            return UpdateRaftVoterResponse(
                error_code=reply.error,
                current_leader=UpdateRaftVoterResponse.CurrentLeader(
                    leader_id=leader_id, leader_epoch=reply.epoch, host=host, port=port
                ),
            )
        case DescribeQuorumReply():
            return _describe_to_wire(reply, version)
        case _:
            raise TypeError(f"{reply!r} has no message")


def _fetch_to_wire(reply: FetchReply, version: int, listener: str, records: bytes) -> FetchResponse:
    diverging, snapshot_id = reply.diverging, reply.snapshot_id
    partition = FetchResponse.PartitionData(
        partition_index=METADATA_PARTITION,
        error_code=reply.error,
        high_watermark=reply.high_watermark,
        log_start_offset=reply.log_start_offset,
        current_leader=FetchResponse.LeaderIdAndEpoch(leader_id=_leader_id(reply), leader_epoch=reply.epoch),
        records=records,
    )
    if diverging is not None:
        partition.diverging_epoch = FetchResponse.EpochEndOffset(epoch=diverging.epoch, end_offset=diverging.offset)
    if snapshot_id is not None:
        partition.snapshot_id = FetchResponse.SnapshotId(end_offset=snapshot_id.offset, epoch=snapshot_id.epoch)
    topic = FetchResponse.FetchableTopicResponse(
        topic=METADATA_TOPIC, topic_id=METADATA_TOPIC_ID, partitions=[partition]
    )
    has_place = version >= _FIRST_FETCH_VERSION_WITH_ENDPOINTS
    return FetchResponse(
        responses=[topic], node_endpoints=_node_endpoints(FetchResponse.NodeEndpoint, reply, listener, has_place)
    )


def _snapshot_to_wire(reply: FetchSnapshotReply, version: int, listener: str, chunk: bytes) -> FetchSnapshotResponse:
    snapshot = FetchSnapshotResponse.PartitionSnapshot(
        index=METADATA_PARTITION,
        error_code=reply.error,
        current_leader=FetchSnapshotResponse.LeaderIdAndEpoch(leader_id=_leader_id(reply), leader_epoch=reply.epoch),
        size=reply.size_bytes,
        position=reply.position,
        unaligned_records=chunk,
    )
    if reply.snapshot_id is not None:
        snapshot.snapshot_id = FetchSnapshotResponse.SnapshotId(
            end_offset=reply.snapshot_id.offset, epoch=reply.snapshot_id.epoch
        )
    return FetchSnapshotResponse(
        topics=[FetchSnapshotResponse.TopicSnapshot(name=METADATA_TOPIC, partitions=[snapshot])],
        node_endpoints=_node_endpoints(FetchSnapshotResponse.NodeEndpoint, reply, listener, version >= 1),
    )


def _describe_to_wire(reply: DescribeQuorumReply, version: int) -> DescribeQuorumResponse:
    if reply.error != ErrorCode.NONE:
        partition = DescribeQuorumResponse.PartitionData(
            partition_index=METADATA_PARTITION,
            error_code=reply.error,
            error_message=_sentence(reply.error),
        )
        return DescribeQuorumResponse(
            topics=[DescribeQuorumResponse.TopicData(topic_name=METADATA_TOPIC, partitions=[partition])]
        )

    def states(replicas: Sequence[ReplicaDescription]) -> list[DescribeQuorumResponse.ReplicaState]:
        made = []
        for replica in replicas:
            state = DescribeQuorumResponse.ReplicaState(
                replica_id=replica.key.id,
                log_end_offset=replica.log_end_offset,
                last_fetch_timestamp=replica.last_fetch_timestamp_ms,
                last_caught_up_timestamp=replica.last_caught_up_timestamp_ms,
            )
            if version >= 2:
                state.replica_directory_id = replica.key.wire_directory_id
            made.append(state)
        return made

    partition = DescribeQuorumResponse.PartitionData(
        partition_index=METADATA_PARTITION,
        leader_id=_leader_id(reply),
        leader_epoch=reply.epoch,
        high_watermark=reply.high_watermark,
        current_voters=states(reply.voters),
        observers=states(reply.observers),
    )
    response = DescribeQuorumResponse(
        topics=[DescribeQuorumResponse.TopicData(topic_name=METADATA_TOPIC, partitions=[partition])]
    )
    if version >= 2:
        response.nodes = [
            DescribeQuorumResponse.Node(
                node_id=voter.key.id,
                listeners=[
                    DescribeQuorumResponse.Listener(name=endpoint.listener, host=endpoint.host, port=endpoint.port)
                    for endpoint in voter.endpoints
                ],
            )
            for voter in reply.voters
        ]
    return response


# From the wire


def _leader_endpoints(listener: str, leader_id: int | None, nodes: Sequence[Any]) -> Endpoints:
    for node in nodes:
        if node.node_id == leader_id:
            return (Endpoint.of(listener, node.host, node.port),)
    return NO_ENDPOINTS


def _known(leader_id: int) -> int | None:
    return None if leader_id < 0 else leader_id


def reply_from_wire(response: Message, listener: str) -> Reply | ErrorCode:
    """What the response says, or the error of the response as a whole; `listener` is the one that nodes meet on."""
    top_level: int = getattr(response, "error_code", 0)
    match response:
        case VoteResponse() | BeginQuorumEpochResponse() | EndQuorumEpochResponse():
            if top_level:
                return _code(top_level)
            if not response.topics or not response.topics[0].partitions:
                return ErrorCode.UNKNOWN_SERVER_ERROR
            part = response.topics[0].partitions[0]
            leader = _known(part.leader_id)
            about = (
                _code(part.error_code),
                leader,
                part.leader_epoch,
                _leader_endpoints(listener, leader, response.node_endpoints),
            )
            if isinstance(part, VoteResponse.PartitionData):
                return VoteReply(*about, granted=part.vote_granted)
            return BeginEpochReply(*about) if isinstance(response, BeginQuorumEpochResponse) else EndEpochReply(*about)
        case FetchResponse():
            return _code(top_level) if top_level else _fetch_from_wire(response, listener)
        case FetchSnapshotResponse():
            return _code(top_level) if top_level else _snapshot_from_wire(response, listener)
        case AddRaftVoterResponse() | RemoveRaftVoterResponse():
            return VoterChangeReply(_code(top_level), message=response.error_message)
        case UpdateRaftVoterResponse():
            current = response.current_leader
            leader = _known(current.leader_id)
            known = leader is not None and current.host
            endpoints = (Endpoint.of(listener, current.host, current.port),) if known else NO_ENDPOINTS
            return UpdateVoterReply(_code(top_level), leader, current.leader_epoch, endpoints)
        case ApiVersionsResponse():
            for feature in response.supported_features:
                if feature.name == KRAFT_VERSION_FEATURE:
                    return VersionsReply(_code(top_level), kraft_versions=(feature.min_version, feature.max_version))
            return VersionsReply(_code(top_level))
        case _:
            raise TypeError(f"{response.NAME} is no response of the quorum")


def _code(number: int) -> ErrorCode:
    try:
        return ErrorCode(number)
    except ValueError:
        return ErrorCode.UNKNOWN_SERVER_ERROR


def _fetch_from_wire(response: FetchResponse, listener: str) -> Reply | ErrorCode:
    if not response.responses or not response.responses[0].partitions:
        return ErrorCode.UNKNOWN_SERVER_ERROR
    part = response.responses[0].partitions[0]
    leader = _known(part.current_leader.leader_id)
    diverging, snapshot = part.diverging_epoch, part.snapshot_id
    data = b"" if part.records is None else bytes(part.records)
    return FetchReply(
        _code(part.error_code),
        leader,
        part.current_leader.leader_epoch,
        _leader_endpoints(listener, leader, response.node_endpoints),
        records=received_records(data),
        high_watermark=part.high_watermark,
        log_start_offset=part.log_start_offset,
        diverging=None if diverging.epoch < 0 else OffsetAndEpoch(diverging.end_offset, diverging.epoch),
        snapshot_id=None
        if snapshot.epoch < 0 and snapshot.end_offset < 0
        else OffsetAndEpoch(snapshot.end_offset, snapshot.epoch),
    )


def received_records(data: bytes) -> ReceivedRecords | None:
    """The whole and undamaged batches at the start of `data`; None where there are none."""
    batches: list[ReceivedBatch] = []
    size = 0
    try:
        for view in iterate_batches(data):
            view.check_crc()
            control = (
                tuple(decode_control(record.key, record.value) for record in view.records()) if view.is_control else ()
            )
            batches.append(ReceivedBatch(view.base_offset, view.last_offset, view.leader_epoch, control))
            size += view.size_bytes
    except (CorruptBatchError, UnsupportedMagicError):
        # What came before is good; the rest will be fetched again.
        pass
    return ReceivedRecords(data[:size], tuple(batches)) if batches else None


def _snapshot_from_wire(response: FetchSnapshotResponse, listener: str) -> Reply | ErrorCode:
    if not response.topics or not response.topics[0].partitions:
        return ErrorCode.UNKNOWN_SERVER_ERROR
    part = response.topics[0].partitions[0]
    leader = _known(part.current_leader.leader_id)
    known = part.snapshot_id.end_offset >= 0 and part.snapshot_id.epoch >= 0
    return FetchSnapshotReply(
        _code(part.error_code),
        leader,
        part.current_leader.leader_epoch,
        _leader_endpoints(listener, leader, response.node_endpoints),
        snapshot_id=OffsetAndEpoch(part.snapshot_id.end_offset, part.snapshot_id.epoch) if known else None,
        size_bytes=part.size,
        position=part.position,
        chunk=bytes(part.unaligned_records or b""),
    )
