"""From a frame to its handler and back, over a real socket."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.helpers.eventually import eventually
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker, records
from tests.helpers.served_broker import ServedBroker
from workbench.broker_contract.messages import CLIENTS, FaultKind, FaultRule
from workbench.embedded_broker.replication.events import BrokersChanged
from workbench.embedded_broker.requests import APIS, Role
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire import messages
from workbench.wire.api_keys import ApiKey
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.frames import encode_request_header, frame_request
from workbench.wire.messages import (
    ApiVersionsRequest,
    ApiVersionsResponse,
    FetchRequest,
    ListOffsetsRequest,
    MetadataRequest,
    ProduceRequest,
    VoteRequest,
)


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.correlation_id = 0

    def send(self, request: Message, version: int, client_id: str = "app") -> None:
        self.correlation_id += 1
        flexible = request.FLEXIBLE is not None and version >= request.FLEXIBLE
        header = encode_request_header(request.API_KEY, version, self.correlation_id, client_id, flexible)
        self.writer.write(frame_request(header, request.encode(version)))

    async def receive(self) -> tuple[int, bytes]:
        """Correlation id and what follows it."""
        (size,) = struct.unpack(">i", await asyncio.wait_for(self.reader.readexactly(4), 5))
        frame = await self.reader.readexactly(size)
        return struct.unpack_from(">i", frame)[0], frame[4:]

    async def ask(self, request: Message, version: int) -> Any:
        self.send(request, version)
        correlation_id, body = await self.receive()
        assert correlation_id == self.correlation_id
        name = request.NAME.removesuffix("Request") + "Response"
        flexible = (
            request.FLEXIBLE is not None and version >= request.FLEXIBLE and request.API_KEY != ApiKey.API_VERSIONS
        )
        decoded, end = getattr(messages, name).decode(body, version, 1 if flexible else 0)
        assert end == len(body)
        return decoded

    async def is_closed(self) -> bool:
        return await asyncio.wait_for(self.reader.read(1), 5) == b""


@pytest.fixture
async def served() -> AsyncIterator[ServedBroker]:
    broker = ReplicaBroker()
    broker.create("t", (1,))
    async with ServedBroker(broker) as serving:
        yield serving


async def connect(served: ServedBroker) -> Client:
    return Client(*await asyncio.open_connection("127.0.0.1", served.port))


@pytest.mark.parametrize("version", [0, 3, 4])
async def test_what_is_advertised_is_the_table(served: ServedBroker, version: int) -> None:
    client = await connect(served)
    request = ApiVersionsRequest(client_software_name="tests", client_software_version="1.0")
    response = await client.ask(request, version)
    told = {one.api_key: (one.min_version, one.max_version) for one in response.api_keys}
    assert told == {
        api.key: (api.advertised_from, api.highest_version) for api in APIS.values() if Role.BROKER in api.roles
    }
    (connection,) = served.broker.connections
    if version >= 3:
        assert connection.context.client_software_name == "tests"


async def test_an_unknown_version_of_api_versions_is_answered_in_version_0(served: ServedBroker) -> None:
    client = await connect(served)
    header = encode_request_header(ApiKey.API_VERSIONS, 99, 7, "app", True)
    client.writer.write(frame_request(header, b"whatever"))
    correlation_id, body = await client.receive()
    response, end = ApiVersionsResponse.decode(body, 0)
    assert (correlation_id, response.error_code, end) == (7, ErrorCode.UNSUPPORTED_VERSION, len(body))
    assert [(one.api_key, one.max_version) for one in response.api_keys] == [(18, 4)]
    assert (await client.ask(ApiVersionsRequest(client_software_name="a", client_software_version="1"), 3)).api_keys


async def test_whatever_means_nothing_closes_the_connection(served: ServedBroker) -> None:
    frames = [
        frame_request(encode_request_header(ApiKey.METADATA, 99, 1, "app", True), b""),
        frame_request(encode_request_header(999, 0, 1, "app", False), b""),
        frame_request(encode_request_header(ApiKey.METADATA, 12, 1, "app", True), b"\xff"),
        frame_request(b"\0\3", b""),
        struct.pack(">i", -5),
        struct.pack(">i", served.dispatcher.max_frame_bytes + 1),
    ]
    for frame in frames:
        client = await connect(served)
        client.writer.write(frame)
        assert await client.is_closed()
    client = await connect(served)
    client.send(VoteRequest(), 2)
    assert await client.is_closed(), "what is between controllers is not for clients"


async def test_errors_of_the_broker_itself_are_logged_and_close(
    served: ServedBroker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    async def fail_later(*_: object) -> None:
        raise RuntimeError("a later bug")

    for handler, words in ((fail, "a bug"), (fail_later, "a later bug")):
        monkeypatch.setattr(APIS[ApiKey.METADATA], "handle", handler)
        client = await connect(served)
        client.send(MetadataRequest(), 12)
        assert await client.is_closed()
        assert words in caplog.text


async def test_responses_keep_the_order_of_their_requests(served: ServedBroker) -> None:
    client = await connect(served)
    wanted = FetchRequest.FetchPartition(partition=0, partition_max_bytes=1_000)
    client.send(
        FetchRequest(
            max_wait_ms=20_000,
            min_bytes=1,
            max_bytes=1_000,
            session_epoch=-1,
            topics=[FetchRequest.FetchTopic(topic_id=served.broker.image.topics.by_name["t"].id, partitions=[wanted])],
        ),
        17,
    )
    client.send(ListOffsetsRequest(), 7)
    replica = served.broker.replicas.partitions["t", 0]
    await eventually(lambda: replica.fetch_waiters, "the fetch waits")
    replica.append_as_leader(batch(b"a"), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)
    assert [(await client.receive())[0] for _ in range(2)] == [1, 2]


async def test_writes_of_one_connection_wait_side_by_side(served: ServedBroker) -> None:
    served.broker.create("r", (1, 2), number=2)
    replica = served.broker.replicas.partitions["r", 0]
    client = await connect(served)
    for value in (b"a", b"b", b"c"):
        client.send(
            ProduceRequest(
                acks=-1,
                timeout_ms=20_000,
                topic_data=[
                    ProduceRequest.TopicProduceData(
                        name="r", partition_data=[ProduceRequest.PartitionProduceData(records=records(value))]
                    )
                ],
            ),
            9,
        )
    await eventually(lambda: replica.log.log_end_offset == 3, "all three are written before the first is committed")
    assert replica.leadership is not None
    replica.leadership.followers[2].record_fetch(3, 0, 3, NOW_MS, 102)
    replica.step(BrokersChanged(), NOW_MS)
    assert [(await client.receive())[0] for _ in range(3)] == [1, 2, 3]


async def test_requests_are_counted_by_api_and_connection(served: ServedBroker) -> None:
    client = await connect(served)
    for _ in range(3):
        await client.ask(ListOffsetsRequest(), 7)
    metrics = served.broker.metrics
    assert metrics.requests == 3 and metrics.apis[ApiKey.LIST_OFFSETS].count == 3
    assert metrics.apis[ApiKey.LIST_OFFSETS].latencies.count == 3
    (connection,) = served.broker.connections
    assert (connection.requests, connection.last_api, connection.client_id) == (3, "ListOffsets", "app")
    sizes = connection.bytes_in, connection.bytes_out
    client.writer.close()
    await eventually(lambda: not served.broker.connections, "the connection is gone")
    assert (metrics.network_bytes_in_closed, metrics.network_bytes_out_closed) == sizes and min(sizes) > 0


def produce(topic: str) -> ProduceRequest:
    data = ProduceRequest.PartitionProduceData(records=records(b"a"))
    topics = [ProduceRequest.TopicProduceData(name=topic, partition_data=[data])]
    return ProduceRequest(acks=-1, timeout_ms=20_000, topic_data=topics)


class TestFaults:
    async def test_a_cut_link_ends_connections_and_refuses_requests(self, served: ServedBroker) -> None:
        ours, theirs = await connect(served), await connect(served)
        for client, name in ((ours, "app"), (theirs, "broker-2-fetcher-1")):
            client.send(ListOffsetsRequest(), 7, name)
            await client.receive()
        served.broker.faults.set_rules((FaultRule("f", FaultKind.CUT_LINK, peer="2"),))
        assert await theirs.is_closed()
        await ours.ask(ListOffsetsRequest(), 7)
        again = await connect(served)
        again.send(ListOffsetsRequest(), 7, "broker-2-fetcher-1")
        assert await again.is_closed()
        served.broker.faults.set_rules(())
        healed = await connect(served)
        healed.send(ListOffsetsRequest(), 7, "broker-2-fetcher-1")
        await healed.receive()

    async def test_a_slow_link_makes_answers_late_and_keeps_their_order(self, served: ServedBroker) -> None:
        served.broker.faults.set_rules((FaultRule("f", FaultKind.SLOW_LINK, peer=CLIENTS, delay_ms=60),))
        client = await connect(served)
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert (await client.ask(ListOffsetsRequest(), 7)).topics == []
        assert loop.time() - began >= 0.055

    async def test_a_slow_disk_keeps_only_those_waiting_who_write(self, served: ServedBroker) -> None:
        faults = served.broker.faults
        faults.set_rules((FaultRule("f", FaultKind.SLOW_DISK, delay_ms=80),))
        partition = served.broker.replicas.partitions["t", 0]
        append = partition.log.append_as_leader

        def append_slowly(*arguments: Any, **options: Any) -> Any:
            faults.before_write("/logs/t-0/x.log")
            return append(*arguments, **options)

        partition.log.append_as_leader = append_slowly  # type: ignore[method-assign]
        writer, reader = await connect(served), await connect(served)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(2):
            writer.send(produce("t"), 9)
        while partition.log.log_end_offset == 0:
            await reader.ask(ListOffsetsRequest(), 7)
        assert loop.time() - began < 0.075, "a reader is not kept waiting"
        await writer.receive()
        assert loop.time() - began >= 0.075
        await writer.receive()
        assert loop.time() - began >= 0.15, "one connection writes one after the other, as in Kafka"
        faults.set_rules(())


async def test_stopping_ends_what_waits(served: ServedBroker) -> None:
    served.broker.create("r", (1, 2), number=2)
    client = await connect(served)
    client.send(produce("r"), 9)
    await eventually(lambda: served.broker.replicas.partitions["r", 0].log.log_end_offset, "it is written")
    await asyncio.wait_for(served.close(), 5)
    assert await client.is_closed()
