"""Produce 3-13 (advertised from 0: librdkafka misbehaves otherwise, KAFKA-18659).

acks=0 has no response, and an error closes the connection; acks=all answers once every partition's high watermark
has passed what was written. Topic ids from version 13 on (KIP-516); errors that mean "not the leader" carry the
leader from version 10 on (KIP-951).
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError, CloseConnectionError
from workbench.embedded_broker.handlers.produce_admission import TopicKey, admit
from workbench.embedded_broker.replication.partition import Partition, ReplicationCallback
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.storage.log.append_result import AppendOrigin
from workbench.storage.log.errors import AppendError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ProduceRequest, ProduceResponse

log = logging.getLogger(__name__)

TopicAnswer = ProduceResponse.TopicProduceResponse
PartitionAnswer = ProduceResponse.PartitionProduceResponse
ADMIN_CLIENT_ID = "__admin_client"
INTERNAL_TOPICS = frozenset({"__consumer_offsets", "__transaction_state", "__share_group_state"})

_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
"""A full disk refuses writes and loses nothing; every other error means that the directory has failed."""
_NO_LOG_START_FOR = frozenset(
    {
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.MESSAGE_TOO_LARGE,
        ErrorCode.RECORD_LIST_TOO_LARGE,
        ErrorCode.CORRUPT_MESSAGE,
        ErrorCode.KAFKA_STORAGE_ERROR,
        ErrorCode.UNKNOWN_TOPIC_ID,
        ErrorCode.INVALID_TOPIC_EXCEPTION,
    }
)


def _failure(index: int, code: ErrorCode, message: str | None = None) -> PartitionAnswer:
    return PartitionAnswer(index=index, error_code=code, base_offset=-1, error_message=message)


class Write:
    """One request being carried out: `run`, then `watch` where anything waits."""

    def __init__(self, broker: Broker, context: RequestContext, request: ProduceRequest) -> None:
        self.broker = broker
        self.context = context
        self.request = request
        self.response = ProduceResponse()
        self.waiting: list[tuple[Partition, int, PartitionAnswer]] = []
        self._watching: dict[int, tuple[Partition, ReplicationCallback, PartitionAnswer]] = {}
        self.failed: list[str] = []

    def run(self) -> None:
        broker = self.broker
        admission = admit(self.request, self.context.api_version, self._refusal_of_place)
        answers: dict[TopicKey, TopicAnswer] = {}
        for place in admission.places:
            key, index = place
            name = self._name_of(key)
            one = None
            if place in admission.writes:
                one = self._append(name or "", index, admission.writes[place])
            if place in admission.refused:
                one = _failure(index, *admission.refused[place])
            assert one is not None, "what is not refused is written"
            if key not in answers:
                answers[key] = TopicAnswer(topic_id=key) if isinstance(key, bytes) else TopicAnswer(name=key)
                self.response.responses.append(answers[key])
            answers[key].partition_responses.append(one)
            if one.error_code:
                self.failed.append(f"{name}-{index}: {ErrorCode(one.error_code).name}")
                broker.metrics.refused(one.error_code)
        if self.failed:
            broker.metrics.error_responses += 1

    def _name_of(self, key: TopicKey) -> str | None:
        return self.broker.image.topics.topic_name(key) if isinstance(key, bytes) else key

    def _refusal_of_place(self, key: TopicKey, index: int) -> ErrorCode | None:
        name = self._name_of(key)
        if name is None:
            return ErrorCode.UNKNOWN_TOPIC_ID
        replicas = self.broker.replicas
        if (name, index) not in replicas.partitions:
            code = replicas.missing(name, index).code
            if code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
                return code
        return None

    def _append(self, topic: str, index: int, data: memoryview) -> PartitionAnswer:
        if self.request.acks not in (-1, 0, 1):
            return _failure(index, ErrorCode.INVALID_REQUIRED_ACKS)
        broker = self.broker
        partition = broker.replicas.partitions.get((topic, index))
        try:
            if partition is None:
                raise broker.replicas.missing(topic, index)
            if topic in INTERNAL_TOPICS and self.context.client_id != ADMIN_CLIENT_ID:
                raise BrokerError(ErrorCode.INVALID_TOPIC_EXCEPTION, f"{topic} is internal")
            result = partition.append_as_leader(
                data,
                acks=self.request.acks,
                now_ms=broker.now_ms(),
                origin=AppendOrigin.CLIENT,
            )
        except AppendError as error:
            if error.code == ErrorCode.KAFKA_STORAGE_ERROR:
                cause = error.__cause__
                if isinstance(cause, OSError) and cause.errno not in _NO_ROOM:
                    broker.replicas.storage_failed(topic, index, cause)
                else:
                    broker.replicas.write_refused(topic, index, error.message)
            answer = _failure(index, error.code, error.message if error.tell_message else None)
            answer.record_errors = [
                ProduceResponse.BatchIndexAndErrorMessage(
                    batch_index=fault.batch_index, batch_index_error_message=fault.message
                )
                for fault in error.record_errors
            ]
            if partition is not None and error.code not in _NO_LOG_START_FOR:
                answer.log_start_offset = partition.log.log_start_offset
            return answer
        except BrokerError as error:
            answer = _failure(index, error.code)
            if error.code == ErrorCode.NOT_LEADER_OR_FOLLOWER:
                self._name_leader(answer, topic, partition)
            elif partition is not None and error.code not in _NO_LOG_START_FOR:
                answer.log_start_offset = partition.log.log_start_offset
            return answer
        except OSError as error:
            log.error("Writing to %s-%d failed: %s", topic, index, error)
            broker.replicas.storage_failed(topic, index, error)
            return _failure(index, ErrorCode.KAFKA_STORAGE_ERROR)
        broker.metrics.produced(topic, result.size_bytes, result.record_count)
        answer = PartitionAnswer(
            index=index,
            base_offset=result.first_offset,
            log_append_time_ms=result.log_append_time_ms,
            log_start_offset=result.log_start_offset,
        )
        if self.request.acks == -1:
            required = result.last_offset + 1
            if not partition.is_committed(required):
                self.waiting.append((partition, required, answer))
        return answer

    def _name_leader(self, answer: PartitionAnswer, topic: str, partition: Partition | None) -> None:
        """Tells the client who leads now, so that it need not ask (KIP-951)."""
        if self.context.api_version < 10:
            return
        if partition is not None:
            leader_id, leader_epoch = partition.leader_id, partition.leader_epoch
        else:
            known = self.broker.image.topics.partition(topic, answer.index)
            leader_id, leader_epoch = (-1, -1) if known is None else (known.leader, known.leader_epoch)
        answer.current_leader = ProduceResponse.LeaderIdAndEpoch(leader_id=leader_id, leader_epoch=leader_epoch)
        endpoint = self.broker.endpoint_of(leader_id, self.context.connection.listener)
        if endpoint is not None and all(n.node_id != leader_id for n in self.response.node_endpoints):
            self.response.node_endpoints.append(
                ProduceResponse.NodeEndpoint(
                    node_id=leader_id, host=endpoint.host, port=endpoint.port, rack=endpoint.rack
                )
            )

    def watch(self, finished: Callable[[], None]) -> None:
        """Calls `finished` once every write that waits is committed or cannot be; `expire` ends it before."""
        left = len(self.waiting)

        def watch_one(partition: Partition, required: int, answer: PartitionAnswer) -> None:
            def told(code: ErrorCode) -> None:
                nonlocal left
                left -= 1
                del self._watching[id(answer)]
                if code != ErrorCode.NONE:
                    answer.error_code = code
                    self.broker.metrics.refused(code)
                    if code == ErrorCode.NOT_LEADER_OR_FOLLOWER:
                        self._name_leader(answer, partition.topic, partition)
                if not left:
                    finished()

            self._watching[id(answer)] = partition, told, answer
            partition.when_committed(required, told)

        for one in self.waiting:
            watch_one(*one)

    def expire(self) -> None:
        """The time is over: what is not committed by now is answered so, and not waited for any more (acks=all)."""
        for partition, told, answer in self._watching.values():
            partition.give_up(told)
            answer.error_code = ErrorCode.REQUEST_TIMED_OUT
            self.broker.metrics.refused(ErrorCode.REQUEST_TIMED_OUT)
        self._watching.clear()

    def wait(self) -> asyncio.Future[ProduceResponse]:
        """The response once all that was written is committed or cannot be, or its time is over.

        It waits from now on, not from when somebody first awaits it: leadership may end in between.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[ProduceResponse] = loop.create_future()

        def finish() -> None:
            if not done.done():
                self.expire()
                done.set_result(self.response)

        def ended(_: object) -> None:
            timer.cancel()
            self.expire()

        timer = loop.call_later(max(self.request.timeout_ms, 0) / 1000, finish)
        done.add_done_callback(ended)
        self.watch(finish)
        return done


@serves(ProduceRequest, (3, 13), advertised_from=0, pipelines=True)
def handle(
    broker: Broker, context: RequestContext, request: ProduceRequest
) -> ProduceResponse | Awaitable[ProduceResponse] | None:
    write = Write(broker, context, request)
    write.run()
    if request.acks == 0:
        if write.failed:
            raise CloseConnectionError(f"a write with acks=0 failed ({write.failed[0]})")
        return None
    if write.waiting:
        return write.wait()
    return write.response
