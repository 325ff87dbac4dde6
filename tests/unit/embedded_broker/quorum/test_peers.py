from __future__ import annotations

from typing import Any

import pytest

from workbench.embedded_broker.quorum.effects import Node
from workbench.embedded_broker.quorum.messages import Vote, VoteReply
from workbench.embedded_broker.quorum.peers import SocketPeers
from workbench.embedded_broker.quorum.transport import NodeConnections, NodeUnreachableError, UnsupportedByNodeError
from workbench.storage.quorum.voters import Endpoint, ReplicaKey
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import VoteRequest, VoteResponse

VOTE = Vote(ReplicaKey(1), ReplicaKey(2), 5, 9, 4, pre_vote=True)
TO = Node(2, "localhost", 9093)


class FakeConnections(NodeConnections):
    """Answers with what it was given."""

    def __init__(self, outcome: Message | Exception | int) -> None:
        super().__init__("test")
        self.outcome = outcome
        self.asked: list[Message] = []

    async def request(
        self, host: str, port: int, request: Message, *, timeout_ms: int, highest_version: int | None = None
    ) -> tuple[Any, int]:
        assert (host, port, timeout_ms) == ("localhost", 9093, 2_000)
        self.asked.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        if isinstance(self.outcome, int):
            request.encode(self.outcome)
        return self.outcome, 2


def peers(connections: FakeConnections) -> SocketPeers:
    return SocketPeers(connections, cluster_id="cluster", listener="CONTROLLER", request_timeout_ms=2_000)


async def test_a_request_goes_out_and_the_answer_comes_back_in_the_machines_words() -> None:
    part = VoteResponse.PartitionData(leader_id=3, leader_epoch=5, vote_granted=False)
    endpoint = VoteResponse.NodeEndpoint(node_id=3, host="other", port=1)
    response = VoteResponse(
        topics=[VoteResponse.TopicData(topic_name="__cluster_metadata", partitions=[part])], node_endpoints=[endpoint]
    )
    connections = FakeConnections(response)
    reply = await peers(connections).exchange(TO, VOTE)
    assert reply == VoteReply(ErrorCode.NONE, 3, 5, (Endpoint("CONTROLLER", "other", 1),), granted=False)
    asked = connections.asked[0]
    assert isinstance(asked, VoteRequest) and asked.cluster_id == "cluster"


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (NodeUnreachableError("gone"), ErrorCode.BROKER_NOT_AVAILABLE),
        (UnsupportedByNodeError("old"), ErrorCode.UNSUPPORTED_VERSION),
        (1, ErrorCode.UNSUPPORTED_VERSION),
        (VoteResponse(error_code=ErrorCode.INCONSISTENT_CLUSTER_ID), ErrorCode.INCONSISTENT_CLUSTER_ID),
    ],
    ids=["unreachable", "api not served", "no place for a pre-vote", "refused as a whole"],
)
async def test_failures_become_one_error_code(outcome: Message | Exception | int, error: ErrorCode) -> None:
    made = peers(FakeConnections(outcome))
    assert await made.exchange(TO, VOTE) == error
    await made.close()
