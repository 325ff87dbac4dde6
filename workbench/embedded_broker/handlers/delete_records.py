"""DeleteRecords 0-2: moves a partition's log start; what is below is gone for readers at once (KIP-107).

-1 means the high watermark. The response waits until the log of every live replica begins there too, so that what was
deleted does not come back with another leader; after the request's timeout it says REQUEST_TIMED_OUT.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.produce import INTERNAL_TOPICS
from workbench.embedded_broker.replication.partition import Partition, ReplicationCallback
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DeleteRecordsRequest, DeleteRecordsResponse

PartitionAnswer = DeleteRecordsResponse.DeleteRecordsPartitionResult


class _Deletion:
    """One request being carried out."""

    def __init__(self, broker: Broker, request: DeleteRecordsRequest) -> None:
        self._broker = broker
        self._request = request
        self.response = DeleteRecordsResponse()
        self.waiting: list[tuple[Partition, int, PartitionAnswer]] = []

    def run(self) -> None:
        """Of a partition that is named twice the last offset counts; a topic without partitions is not answered."""
        wanted: dict[str, dict[int, int]] = {}
        for topic in self._request.topics:
            for one in topic.partitions:
                wanted.setdefault(topic.name, {})[one.partition_index] = one.offset
        for name, offsets in wanted.items():
            told = DeleteRecordsResponse.DeleteRecordsTopicResult(name=name)
            self.response.topics.append(told)
            for index, offset in offsets.items():
                answer = PartitionAnswer(partition_index=index, low_watermark=-1)
                told.partitions.append(answer)
                try:
                    self._delete(name, offset, answer)
                except BrokerError as error:
                    answer.error_code = error.code

    def _delete(self, topic: str, offset: int, answer: PartitionAnswer) -> None:
        if topic in INTERNAL_TOPICS and self._broker.image.topics.partition(topic, answer.partition_index) is not None:
            raise BrokerError(ErrorCode.INVALID_TOPIC_EXCEPTION)
        replicas = self._broker.replicas
        partition = replicas.leader_of(topic, answer.partition_index)
        try:
            required = partition.delete_records(offset)
        except OSError as error:
            replicas.storage_failed(topic, answer.partition_index, error)
            raise BrokerError(ErrorCode.KAFKA_STORAGE_ERROR) from error
        answer.low_watermark = partition.low_watermark
        if answer.low_watermark < required:
            self.waiting.append((partition, required, answer))

    async def wait(self) -> DeleteRecordsResponse:
        """The response once every live replica has followed, or the time is over."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        watching: list[tuple[Partition, ReplicationCallback]] = []
        missing = len(self.waiting)

        def finish() -> None:
            if not done.done():
                done.set_result(None)

        def watch(partition: Partition, required: int, answer: PartitionAnswer) -> None:
            def told(code: ErrorCode) -> None:
                nonlocal missing
                answer.error_code = code
                if code == ErrorCode.NONE:
                    answer.low_watermark = partition.low_watermark
                missing -= 1
                if not missing:
                    finish()

            answer.error_code = ErrorCode.REQUEST_TIMED_OUT
            watching.append((partition, told))
            partition.when_low_watermark(required, told)

        for waiting in self.waiting:
            watch(*waiting)
        timer = loop.call_later(max(self._request.timeout_ms, 0) / 1000, finish)
        try:
            await done
        finally:
            timer.cancel()
            for partition, told in watching:
                partition.give_up(told)
        return self.response


@serves(DeleteRecordsRequest, (0, 2))
def handle(
    broker: Broker, context: RequestContext, request: DeleteRecordsRequest
) -> DeleteRecordsResponse | Awaitable[DeleteRecordsResponse]:
    deletion = _Deletion(broker, request)
    deletion.run()
    return deletion.wait() if deletion.waiting else deletion.response
