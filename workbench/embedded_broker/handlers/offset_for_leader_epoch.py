"""OffsetForLeaderEpoch 2-4: where a leader epoch ended in the leader's log (KIP-101, KIP-279, KIP-320)."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.messages import OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse


@serves(OffsetForLeaderEpochRequest, (2, 4))
def handle(
    broker: Broker, context: RequestContext, request: OffsetForLeaderEpochRequest
) -> OffsetForLeaderEpochResponse:
    response = OffsetForLeaderEpochResponse()
    for topic in request.topics:
        told = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult(topic=topic.topic)
        response.topics.append(told)
        for wanted in topic.partitions:
            answer = OffsetForLeaderEpochResponse.EpochEndOffset(partition=wanted.partition)
            try:
                partition = broker.replicas.leader_of(topic.topic, wanted.partition, wanted.current_leader_epoch)
                end = partition.epoch_end(wanted.leader_epoch)
                answer.leader_epoch, answer.end_offset = end.epoch, end.end_offset
            except BrokerError as error:
                answer.error_code = error.code
            told.partitions.append(answer)
    return response
