from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.quorum.batches import ReceivedBatch
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.messages import (
    BeginEpochReply,
    DescribeQuorumReply,
    EndEpochReply,
    FetchReply,
    FetchSnapshotReply,
    ReplicaDescription,
    Reply,
    UpdateVoterReply,
    VersionsReply,
    VoterChangeReply,
    VoteReply,
)
from workbench.embedded_broker.quorum.wire_replies import (
    error_to_wire,
    received_records,
    reply_from_wire,
    reply_to_wire,
)
from workbench.records import NewRecord, build_batch
from workbench.records.control import LeaderChange, QuorumVoter, build_control_batch
from workbench.storage.quorum.voters import Endpoint, ReplicaKey
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AddRaftVoterRequest,
    ApiVersionsResponse,
    BeginQuorumEpochRequest,
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    EndQuorumEpochRequest,
    FetchRequest,
    FetchSnapshotRequest,
    FetchSnapshotResponse,
    ProduceRequest,
    RemoveRaftVoterRequest,
    UpdateRaftVoterRequest,
    VoteRequest,
    VoteResponse,
)

LISTENER = "CONTROLLER"
HERE = (Endpoint.of(LISTENER, "localhost", 9093),)
CONTROL = bytes(
    build_control_batch([LeaderChange(1, (QuorumVoter(1),), (QuorumVoter(1),))], leader_epoch=2, timestamp=5)
)
DATA = bytes(build_batch([NewRecord(5, None, b"a"), NewRecord(5, None, b"b")], base_offset=1, leader_epoch=2))

errors = st.sampled_from(list(ErrorCode))
epochs = st.integers(0, 2**31 - 1)
offsets = st.integers(0, 2**62)
positions = st.builds(OffsetAndEpoch, offsets, epochs)


def spoken(reply: Reply, request: Message, data: bytes = b"", version: int | None = None) -> Reply | ErrorCode:
    """The reply as the other node understands it."""
    used = request.VERSIONS[1] if version is None else version
    response = reply_to_wire(reply, request, used, LISTENER, data)
    return reply_from_wire(type(response).decode(response.encode(used), used)[0], LISTENER)


@given(errors, st.none() | st.integers(0, 99), epochs, st.booleans())
def test_what_is_said_about_the_leader_survives(
    error: ErrorCode, leader_id: int | None, epoch: int, granted: bool
) -> None:
    known = () if leader_id is None else HERE
    for reply, request in (
        (VoteReply(error, leader_id, epoch, known, granted=granted), VoteRequest()),
        (BeginEpochReply(error, leader_id, epoch, known), BeginQuorumEpochRequest()),
        (EndEpochReply(error, leader_id, epoch, known), EndQuorumEpochRequest()),
        (UpdateVoterReply(error, leader_id, epoch, known), UpdateRaftVoterRequest()),
    ):
        assert spoken(reply, request) == reply


@given(st.integers(-1, 2**62), offsets, st.none() | positions, st.none() | positions)
def test_fetch_replies_survive(
    watermark: int, start: int, diverging: OffsetAndEpoch | None, snapshot_id: OffsetAndEpoch | None
) -> None:
    reply = FetchReply(ErrorCode.NONE, 1, 2, HERE, None, watermark, start, diverging, snapshot_id)
    assert spoken(reply, FetchRequest()) == reply


def test_records_arrive_with_what_their_headers_and_control_records_say() -> None:
    reply = FetchReply(ErrorCode.NONE, 1, 2, HERE, high_watermark=3, log_start_offset=0)
    got = spoken(reply, FetchRequest(), CONTROL + DATA)
    assert isinstance(got, FetchReply) and got.records is not None
    assert got.records == received_records(CONTROL + DATA)
    assert [(batch.base_offset, batch.last_offset, batch.epoch) for batch in got.records.batches] == [  # type: ignore[union-attr]
        (0, 0, 2),
        (1, 2, 2),
    ]
    first: ReceivedBatch = got.records.batches[0]  # type: ignore[union-attr]
    assert isinstance(first.control[0], LeaderChange)


def test_only_whole_and_undamaged_batches_are_taken() -> None:
    whole = received_records(CONTROL + DATA[:-1])
    assert whole is not None and whole.data == CONTROL and len(whole.batches) == 1
    damaged = bytearray(CONTROL + DATA)
    damaged[-1] ^= 1
    assert received_records(bytes(damaged)) == whole
    damaged[20] ^= 1
    assert received_records(bytes(damaged)) is None
    assert received_records(b"") is None


@given(positions, offsets, offsets, st.binary(max_size=30))
def test_snapshot_pieces_survive(snapshot_id: OffsetAndEpoch, size: int, position: int, piece: bytes) -> None:
    reply = FetchSnapshotReply(ErrorCode.NONE, 1, 2, HERE, snapshot_id, size, position)
    assert spoken(reply, FetchSnapshotRequest(), piece) == replace(reply, chunk=piece)


def test_endpoints_are_left_out_where_the_version_has_no_place() -> None:
    reply = VoteReply(ErrorCode.NONE, 1, 2, HERE)
    assert spoken(reply, VoteRequest(), version=0) == replace(reply, leader_endpoints=())
    fetch = FetchReply(ErrorCode.NONE, 1, 2, HERE, None, 3, 0)
    assert spoken(fetch, FetchRequest(), version=15) == replace(fetch, leader_endpoints=())
    piece = FetchSnapshotReply(ErrorCode.NONE, 1, 2, HERE, OffsetAndEpoch(1, 1), 1, 0, b"")
    assert spoken(piece, FetchSnapshotRequest(), version=0) == replace(piece, leader_endpoints=())


def test_voter_changes_carry_a_sentence() -> None:
    for request in (AddRaftVoterRequest(), RemoveRaftVoterRequest()):
        assert spoken(VoterChangeReply(ErrorCode.NONE), request) == VoterChangeReply(ErrorCode.NONE)
        got = spoken(VoterChangeReply(ErrorCode.VOTER_NOT_FOUND, message="no such voter"), request)
        assert got == VoterChangeReply(ErrorCode.VOTER_NOT_FOUND, message="no such voter")
        without = spoken(VoterChangeReply(ErrorCode.NOT_LEADER_OR_FOLLOWER), request)
        assert isinstance(without, VoterChangeReply) and without.message == "Not leader or follower"


@pytest.mark.parametrize("version", [0, 1, 2])
def test_describe_quorum_at_every_version(version: int) -> None:
    replicas = (ReplicaDescription(ReplicaKey(1, b"d" * 16), 7, 10, 11, HERE),)
    reply = DescribeQuorumReply(ErrorCode.NONE, 1, 2, HERE, 7, replicas, replicas)
    response = reply_to_wire(reply, DescribeQuorumRequest(), version, LISTENER)
    got, _ = DescribeQuorumResponse.decode(response.encode(version), version)
    part = got.topics[0].partitions[0]
    assert (part.leader_id, part.leader_epoch, part.high_watermark) == (1, 2, 7)
    assert part.current_voters[0].log_end_offset == part.observers[0].log_end_offset == 7
    assert part.current_voters[0].last_fetch_timestamp == (-1 if version == 0 else 10)
    assert [node.node_id for node in got.nodes] == ([1] if version == 2 else [])
    refused = reply_to_wire(DescribeQuorumReply(ErrorCode.NOT_LEADER_OR_FOLLOWER), DescribeQuorumRequest(), version, "")
    assert refused.topics[0].partitions[0].error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER  # type: ignore[attr-defined]


def test_versions_tell_the_range_of_kraft_version() -> None:
    feature = ApiVersionsResponse.SupportedFeatureKey(name="kraft.version", min_version=0, max_version=1)
    assert reply_from_wire(ApiVersionsResponse(supported_features=[feature]), LISTENER) == VersionsReply(
        ErrorCode.NONE, kraft_versions=(0, 1)
    )
    assert reply_from_wire(ApiVersionsResponse(), LISTENER) == VersionsReply(ErrorCode.NONE)


def test_an_error_of_the_whole_response_is_only_that() -> None:
    requests: list[Message] = [
        VoteRequest(),
        BeginQuorumEpochRequest(),
        EndQuorumEpochRequest(),
        FetchRequest(),
        FetchSnapshotRequest(),
    ]
    for request in requests:
        response = error_to_wire(request, ErrorCode.INCONSISTENT_CLUSTER_ID)
        assert reply_from_wire(response, LISTENER) == ErrorCode.INCONSISTENT_CLUSTER_ID
    updated = reply_from_wire(error_to_wire(UpdateRaftVoterRequest(), ErrorCode.INVALID_REQUEST), LISTENER)
    assert isinstance(updated, Reply) and updated.error == ErrorCode.INVALID_REQUEST


def test_responses_without_a_partition_are_failures() -> None:
    assert reply_from_wire(VoteResponse(), LISTENER) == ErrorCode.UNKNOWN_SERVER_ERROR
    assert reply_from_wire(FetchSnapshotResponse(), LISTENER) == ErrorCode.UNKNOWN_SERVER_ERROR


def test_describe_quorum_of_another_topic_is_answered_for_that_topic() -> None:
    request = DescribeQuorumRequest(
        topics=[
            DescribeQuorumRequest.TopicData(
                topic_name="x", partitions=[DescribeQuorumRequest.PartitionData(partition_index=3)]
            )
        ]
    )
    response = error_to_wire(request, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    assert isinstance(response, DescribeQuorumResponse)
    assert response.topics[0].topic_name == "x"
    assert response.topics[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert response.topics[0].partitions[0].error_message == "This server does not host this topic-partition."


def test_other_messages_do_not_belong_here() -> None:
    with pytest.raises(TypeError):
        error_to_wire(ProduceRequest(), ErrorCode.NONE)
    with pytest.raises(TypeError):
        reply_from_wire(ProduceRequest(), LISTENER)
    with pytest.raises(TypeError):
        reply_to_wire(VersionsReply(ErrorCode.NONE), VoteRequest(), 2, LISTENER)
