"""Quorum requests to and from Kafka's messages (Vote, BeginQuorumEpoch, EndQuorumEpoch, Fetch, FetchSnapshot, ...).

Invariant: `request_from_wire` returns a request or the error that the whole response must carry; only the partition
`__cluster_metadata`-0 exists here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.messages import (
    AddVoter,
    AskVersions,
    BeginEpoch,
    DescribeQuorum,
    EndEpoch,
    Fetch,
    FetchSnapshot,
    RemoveVoter,
    Request,
    UpdateVoter,
    Vote,
)
from workbench.storage.quorum.voters import Endpoint, Endpoints, ReplicaKey, endpoints_of
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AddRaftVoterRequest,
    ApiVersionsRequest,
    BeginQuorumEpochRequest,
    DescribeQuorumRequest,
    EndQuorumEpochRequest,
    FetchRequest,
    FetchSnapshotRequest,
    RemoveRaftVoterRequest,
    UpdateRaftVoterRequest,
    VoteRequest,
)
from workbench.wire.uuids import METADATA_TOPIC_ID, ZERO_UUID

METADATA_TOPIC = "__cluster_metadata"
METADATA_PARTITION = 0
FIRST_FETCH_VERSION_WITH_TOPIC_ID = 13
FIRST_FETCH_VERSION_WITH_REPLICA_STATE = 15


def _receiver(voter_id: int, directory_id: bytes) -> ReplicaKey | None:
    return None if voter_id < 0 else ReplicaKey.of(voter_id, directory_id)


def _endpoints(listeners: Iterable[Any]) -> Endpoints:
    return endpoints_of(Endpoint.of(listener.name, listener.host, listener.port) for listener in listeners)


def request_to_wire(request: Request, cluster_id: str, request_timeout_ms: int) -> Message:
    """The message to send to another node; the version is chosen when it is known what the node serves."""
    match request:
        case Vote():
            receiver = request.receiver
            vote = VoteRequest.PartitionData(
                partition_index=METADATA_PARTITION,
                replica_epoch=request.epoch,
                replica_id=request.candidate.id,
                replica_directory_id=request.candidate.wire_directory_id,
                voter_directory_id=ZERO_UUID if receiver is None else receiver.wire_directory_id,
                last_offset_epoch=request.last_epoch,
                last_offset=request.last_offset,
                pre_vote=request.pre_vote,
            )
            return VoteRequest(
                cluster_id=cluster_id,
                voter_id=-1 if receiver is None else receiver.id,
                topics=[VoteRequest.TopicData(topic_name=METADATA_TOPIC, partitions=[vote])],
            )
        case BeginEpoch():
            receiver = request.receiver
            begin = BeginQuorumEpochRequest.PartitionData(
                partition_index=METADATA_PARTITION,
                voter_directory_id=ZERO_UUID if receiver is None else receiver.wire_directory_id,
                leader_id=request.leader_id,
                leader_epoch=request.epoch,
            )
            return BeginQuorumEpochRequest(
                cluster_id=cluster_id,
                voter_id=-1 if receiver is None else receiver.id,
                topics=[BeginQuorumEpochRequest.TopicData(topic_name=METADATA_TOPIC, partitions=[begin])],
                leader_endpoints=[
                    BeginQuorumEpochRequest.LeaderEndpoint(
                        name=endpoint.listener, host=endpoint.host, port=endpoint.port
                    )
                    for endpoint in request.leader_endpoints
                ],
            )
        case EndEpoch():
            end = EndQuorumEpochRequest.PartitionData(
                partition_index=METADATA_PARTITION,
                leader_id=request.leader_id,
                leader_epoch=request.epoch,
                preferred_successors=[key.id for key in request.preferred_candidates],
                preferred_candidates=[
                    EndQuorumEpochRequest.ReplicaInfo(candidate_id=key.id, candidate_directory_id=key.wire_directory_id)
                    for key in request.preferred_candidates
                ],
            )
            return EndQuorumEpochRequest(
                cluster_id=cluster_id,
                topics=[EndQuorumEpochRequest.TopicData(topic_name=METADATA_TOPIC, partitions=[end])],
                leader_endpoints=[
                    EndQuorumEpochRequest.LeaderEndpoint(name=endpoint.listener, host=endpoint.host, port=endpoint.port)
                    for endpoint in request.leader_endpoints
                ],
            )
        case Fetch():
            return _fetch_to_wire(request, cluster_id)
        case FetchSnapshot():
            snapshot = FetchSnapshotRequest.PartitionSnapshot(
                partition=METADATA_PARTITION,
                current_leader_epoch=request.epoch,
                snapshot_id=FetchSnapshotRequest.SnapshotId(
                    end_offset=request.snapshot_id.offset, epoch=request.snapshot_id.epoch
                ),
                position=request.position,
                replica_directory_id=request.replica.wire_directory_id,
            )
            return FetchSnapshotRequest(
                cluster_id=cluster_id,
                replica_id=request.replica.id,
                max_bytes=request.max_bytes,
                topics=[FetchSnapshotRequest.TopicSnapshot(name=METADATA_TOPIC, partitions=[snapshot])],
            )
        case AddVoter():
            return AddRaftVoterRequest(
                cluster_id=cluster_id,
                timeout_ms=request_timeout_ms,
                voter_id=request.key.id,
                voter_directory_id=request.key.wire_directory_id,
                listeners=[
                    AddRaftVoterRequest.Listener(name=endpoint.listener, host=endpoint.host, port=endpoint.port)
                    for endpoint in request.endpoints
                ],
                ack_when_committed=request.ack_when_committed,
            )
        case RemoveVoter():
            return RemoveRaftVoterRequest(
                cluster_id=cluster_id,
                voter_id=request.key.id,
                voter_directory_id=request.key.wire_directory_id,
            )
        case UpdateVoter():
            return UpdateRaftVoterRequest(
                cluster_id=cluster_id,
                current_leader_epoch=request.epoch,
                voter_id=request.key.id,
                voter_directory_id=request.key.wire_directory_id,
                listeners=[
                    UpdateRaftVoterRequest.Listener(name=endpoint.listener, host=endpoint.host, port=endpoint.port)
                    for endpoint in request.endpoints
                ],
                kraft_version_feature=UpdateRaftVoterRequest.KRaftVersionFeature(
                    min_supported_version=request.min_kraft_version, max_supported_version=request.max_kraft_version
                ),
            )
        case AskVersions():
            return ApiVersionsRequest(client_software_name="kafka-workbench", client_software_version="1")
        case DescribeQuorum():
            partition = DescribeQuorumRequest.PartitionData(partition_index=METADATA_PARTITION)
            return DescribeQuorumRequest(
                topics=[DescribeQuorumRequest.TopicData(topic_name=METADATA_TOPIC, partitions=[partition])]
            )


def _fetch_to_wire(request: Fetch, cluster_id: str) -> FetchRequest:
    partition = FetchRequest.FetchPartition(
        partition=METADATA_PARTITION,
        current_leader_epoch=request.epoch,
        fetch_offset=request.fetch_offset,
        last_fetched_epoch=request.last_fetched_epoch,
        partition_max_bytes=request.max_bytes,
        replica_directory_id=request.replica.wire_directory_id,
        high_watermark=request.high_watermark,
    )
    return FetchRequest(
        cluster_id=cluster_id,
        replica_state=FetchRequest.ReplicaState(replica_id=request.replica.id),
        max_wait_ms=request.max_wait_ms,
        max_bytes=request.max_bytes,
        topics=[FetchRequest.FetchTopic(topic_id=METADATA_TOPIC_ID, partitions=[partition])],
    )


def _is_metadata(topics: list[Any], name: str = "topic_name", partition: str = "partition_index") -> bool:
    return (
        len(topics) == 1
        and getattr(topics[0], name) == METADATA_TOPIC
        and len(topics[0].partitions) == 1
        and getattr(topics[0].partitions[0], partition) == METADATA_PARTITION
    )


def request_from_wire(message: Message, version: int, cluster_id: str) -> Request | ErrorCode:
    """The request that `message` makes, or the error for its whole response."""
    named = getattr(message, "cluster_id", None)
    if named is not None and named != cluster_id:
        return ErrorCode.INCONSISTENT_CLUSTER_ID
    match message:
        case VoteRequest():
            if not _is_metadata(message.topics):
                return ErrorCode.INVALID_REQUEST
            vote = message.topics[0].partitions[0]
            return Vote(
                ReplicaKey.of(vote.replica_id, vote.replica_directory_id),
                _receiver(message.voter_id, vote.voter_directory_id),
                vote.replica_epoch,
                vote.last_offset,
                vote.last_offset_epoch,
                vote.pre_vote,
            )
        case BeginQuorumEpochRequest():
            if not _is_metadata(message.topics):
                return ErrorCode.INVALID_REQUEST
            begin = message.topics[0].partitions[0]
            receiver = _receiver(message.voter_id, begin.voter_directory_id)
            return BeginEpoch(begin.leader_id, receiver, begin.leader_epoch, _endpoints(message.leader_endpoints))
        case EndQuorumEpochRequest():
            if not _is_metadata(message.topics):
                return ErrorCode.INVALID_REQUEST
            end = message.topics[0].partitions[0]
            candidates = tuple(
                ReplicaKey.of(candidate.candidate_id, candidate.candidate_directory_id)
                for candidate in end.preferred_candidates
            ) or tuple(ReplicaKey(successor) for successor in end.preferred_successors)
            return EndEpoch(end.leader_id, end.leader_epoch, candidates, _endpoints(message.leader_endpoints))
        case FetchRequest():
            return _fetch_from_wire(message, version)
        case FetchSnapshotRequest():
            return _fetch_snapshot_from_wire(message)
        case AddRaftVoterRequest():
            key = ReplicaKey.of(message.voter_id, message.voter_directory_id)
            return AddVoter(key, _endpoints(message.listeners), message.ack_when_committed)
        case RemoveRaftVoterRequest():
            return RemoveVoter(ReplicaKey.of(message.voter_id, message.voter_directory_id))
        case UpdateRaftVoterRequest():
            return UpdateVoter(
                ReplicaKey.of(message.voter_id, message.voter_directory_id),
                message.current_leader_epoch,
                _endpoints(message.listeners),
                message.kraft_version_feature.min_supported_version,
                message.kraft_version_feature.max_supported_version,
            )
        case DescribeQuorumRequest():
            if not _is_metadata(message.topics):
                return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            return DescribeQuorum()
        case _:
            raise TypeError(f"{message.NAME} is no request of the quorum")


def _fetch_from_wire(message: FetchRequest, version: int) -> Fetch | ErrorCode:
    topics = message.topics
    if len(topics) != 1 or len(topics[0].partitions) != 1:
        return ErrorCode.INVALID_REQUEST
    if version >= FIRST_FETCH_VERSION_WITH_TOPIC_ID:
        is_ours = topics[0].topic_id == METADATA_TOPIC_ID
    else:
        is_ours = topics[0].topic == METADATA_TOPIC
    fetch = topics[0].partitions[0]
    if not is_ours or fetch.partition != METADATA_PARTITION:
        return ErrorCode.INVALID_REQUEST
    has_state = version >= FIRST_FETCH_VERSION_WITH_REPLICA_STATE
    return Fetch(
        ReplicaKey.of(
            message.replica_state.replica_id if has_state else message.replica_id, fetch.replica_directory_id
        ),
        fetch.current_leader_epoch,
        fetch.fetch_offset,
        fetch.last_fetched_epoch,
        fetch.high_watermark,
        message.max_wait_ms,
        message.max_bytes,
    )


def _fetch_snapshot_from_wire(message: FetchSnapshotRequest) -> FetchSnapshot | ErrorCode:
    if len(message.topics) != 1 or len(message.topics[0].partitions) != 1:
        return ErrorCode.INVALID_REQUEST
    if not _is_metadata(message.topics, "name", "partition"):
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    snapshot = message.topics[0].partitions[0]
    return FetchSnapshot(
        ReplicaKey.of(message.replica_id, snapshot.replica_directory_id),
        snapshot.current_leader_epoch,
        OffsetAndEpoch(snapshot.snapshot_id.end_offset, snapshot.snapshot_id.epoch),
        snapshot.position,
        message.max_bytes,
    )
