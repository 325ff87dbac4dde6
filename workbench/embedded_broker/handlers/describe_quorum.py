"""DescribeQuorum 0-2: how far every replica of the metadata log is, as its leader knows (KIP-595, KIP-836, KIP-853)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.quorum_requests import ask_quorum_leader
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import DescribeQuorumRequest


@serves(DescribeQuorumRequest, (0, 2), BOTH)
def handle(broker: Broker, context: RequestContext, request: DescribeQuorumRequest) -> Awaitable[Answer]:
    return ask_quorum_leader(broker, context, request)
