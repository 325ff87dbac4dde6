from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from workbench.embedded_broker.quorum.wire_requests import request_from_wire, request_to_wire
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, endpoints_of
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import UnsupportedFieldError
from workbench.wire.messages import (
    ApiVersionsRequest,
    EndQuorumEpochRequest,
    FetchRequest,
    FetchSnapshotRequest,
    ProduceRequest,
    VoteRequest,
)
from workbench.wire.uuids import random_uuid

CLUSTER = "9wbxeblpRCuoC1yZ6Aa0wg"

ids = st.integers(0, 2**31 - 1)
epochs = st.integers(0, 2**31 - 1)
offsets = st.integers(0, 2**62)
keys = st.builds(ReplicaKey.of, ids, st.binary(min_size=16, max_size=16))
endpoints = st.lists(
    st.builds(Endpoint.of, st.sampled_from(["CONTROLLER", "OTHER"]), st.text(max_size=10), st.integers(0, 65535)),
    max_size=2,
    unique_by=lambda endpoint: endpoint.listener,
).map(endpoints_of)
sizes = st.integers(0, 2**31 - 1)
requests = st.one_of(
    st.builds(Vote, keys, st.none() | keys, epochs, offsets, epochs, st.booleans()),
    st.builds(BeginEpoch, ids, st.none() | keys, epochs, endpoints),
    st.builds(EndEpoch, ids, epochs, st.lists(keys, max_size=3).map(tuple), endpoints),
    st.builds(Fetch, keys, epochs, offsets, epochs, st.integers(-1, 2**62), sizes, sizes),
    st.builds(FetchSnapshot, keys, epochs, st.builds(OffsetAndEpoch, offsets, epochs), offsets, sizes),
    st.builds(AddVoter, keys, endpoints, st.booleans()),
    st.builds(RemoveVoter, keys),
    st.builds(UpdateVoter, keys, epochs, endpoints, st.integers(0, 9), st.integers(0, 9)),
    st.just(DescribeQuorum()),
)


def over_the_wire(message: Message, version: int | None = None) -> tuple[Message, int]:
    spoken = message.VERSIONS[1] if version is None else version
    return type(message).decode(message.encode(spoken), spoken)[0], spoken


@given(requests)
def test_a_request_survives_the_wire_at_the_newest_version(request_made: Request) -> None:
    message, version = over_the_wire(request_to_wire(request_made, CLUSTER, 2_000))
    assert request_from_wire(message, version, CLUSTER) == request_made


@given(requests.filter(lambda made: not isinstance(made, DescribeQuorum)))
def test_another_cluster_is_turned_away(request_made: Request) -> None:
    message, version = over_the_wire(request_to_wire(request_made, CLUSTER, 2_000))
    assert request_from_wire(message, version, "another") == ErrorCode.INCONSISTENT_CLUSTER_ID


def test_version_0_of_end_epoch_names_successors_without_directories() -> None:
    end = EndEpoch(1, 2, (ReplicaKey(3, b"d" * 16), ReplicaKey(2, b"e" * 16)), ())
    message, version = over_the_wire(request_to_wire(end, CLUSTER, 2_000), 0)
    assert isinstance(message, EndQuorumEpochRequest)
    assert request_from_wire(message, version, CLUSTER) == EndEpoch(1, 2, (ReplicaKey(3), ReplicaKey(2)), ())


def test_a_pre_vote_has_no_place_before_version_2() -> None:
    vote = Vote(ReplicaKey(1), None, 1, 0, 0, pre_vote=True)
    with pytest.raises(UnsupportedFieldError):
        request_to_wire(vote, CLUSTER, 2_000).encode(1)


def test_a_fetch_by_topic_name_is_understood() -> None:
    partition = FetchRequest.FetchPartition(partition=0, current_leader_epoch=3, fetch_offset=5, last_fetched_epoch=2)
    topic = FetchRequest.FetchTopic(topic="__cluster_metadata", partitions=[partition])
    message, version = over_the_wire(FetchRequest(replica_id=4, max_wait_ms=1, topics=[topic]), 12)
    fetch = request_from_wire(message, version, CLUSTER)
    assert isinstance(fetch, Fetch)
    assert (fetch.replica, fetch.fetch_offset, fetch.epoch, fetch.last_fetched_epoch) == (ReplicaKey(4), 5, 3, 2)
    assert fetch.high_watermark == 2**63 - 1


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (VoteRequest(topics=[]), ErrorCode.INVALID_REQUEST),
        (VoteRequest(topics=[VoteRequest.TopicData(topic_name="x", partitions=[])]), ErrorCode.INVALID_REQUEST),
        (FetchRequest(topics=[]), ErrorCode.INVALID_REQUEST),
        (
            FetchRequest(
                topics=[FetchRequest.FetchTopic(topic_id=random_uuid(), partitions=[FetchRequest.FetchPartition()])]
            ),
            ErrorCode.INVALID_REQUEST,
        ),
        (FetchSnapshotRequest(topics=[]), ErrorCode.INVALID_REQUEST),
        (
            FetchSnapshotRequest(
                topics=[
                    FetchSnapshotRequest.TopicSnapshot(
                        name="other", partitions=[FetchSnapshotRequest.PartitionSnapshot()]
                    )
                ]
            ),
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ),
    ],
)
def test_what_is_not_about_the_metadata_log_is_refused(message: Message, error: ErrorCode) -> None:
    assert request_from_wire(message, message.VERSIONS[1], message_cluster(message)) == error


def message_cluster(message: Message) -> str:
    return getattr(message, "cluster_id", None) or ""


def test_asking_for_versions_is_api_versions() -> None:
    assert isinstance(request_to_wire(AskVersions(), CLUSTER, 2_000), ApiVersionsRequest)


def test_other_requests_do_not_belong_here() -> None:
    with pytest.raises(TypeError):
        request_from_wire(ProduceRequest(), 9, CLUSTER)
