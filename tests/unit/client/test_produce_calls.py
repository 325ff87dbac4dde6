"""One record a request: where it goes, what comes back, what is refused."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.session import ClusterSession
from workbench.records import NewRecord, iterate_batches
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import ProduceResponse


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    topic = FakePartitions()
    for partition in (0, 1, 2):
        topic.add(partition, [NewRecord(1, b"k", b"v")] * (partition + 1))
    with TinyBroker() as running:
        serve(topic, running)
        yield running


@pytest.fixture
async def session(broker: TinyBroker) -> AsyncIterator[ClusterSession]:
    made = ClusterSession(broker.bootstrap)
    yield made
    await made.close()


def produce_answer(request: Any, *, code: int = 0, offset: int = 41, time_ms: int = -1) -> ProduceResponse:
    topic = request.topic_data[0]
    part = ProduceResponse.PartitionProduceResponse(
        index=topic.partition_data[0].index, error_code=code, base_offset=offset, log_append_time_ms=time_ms
    )
    return ProduceResponse(
        responses=[ProduceResponse.TopicProduceResponse(name=topic.name, partition_responses=[part])]
    )


class TestProduce:
    async def test_one_record(self, session: ClusterSession, broker: TinyBroker) -> None:
        broker.on(ApiKey.PRODUCE, produce_answer)
        result = await session.produce(
            "orders", b"v", key=b"k", headers=[("h", b"1")], partition=2, timestamp_ms=77, compression="gzip"
        )
        assert (result.partition, result.offset, result.timestamp_ms, result.log_append_time) == (2, 41, 77, False)
        (request,) = broker.asked("ProduceRequest")
        (batch,) = iterate_batches(request.topic_data[0].partition_data[0].records)
        (record,) = batch.records()
        assert (record.key, record.value, record.headers, record.timestamp) == (b"k", b"v", (("h", b"1"),), 77)
        assert batch.compression.config_name == "gzip"

    async def test_the_log_may_set_the_time(self, session: ClusterSession, broker: TinyBroker) -> None:
        broker.on(ApiKey.PRODUCE, lambda request: produce_answer(request, time_ms=99))
        result = await session.produce("orders", None)
        assert (result.timestamp_ms, result.log_append_time) == (99, True)

    async def test_a_key_has_its_partition_and_none_takes_turns(
        self, session: ClusterSession, broker: TinyBroker
    ) -> None:
        broker.on(ApiKey.PRODUCE, produce_answer)
        keyed = {(await session.produce("orders", b"v", key=b"ord-1")).partition for _ in range(3)}
        assert len(keyed) == 1
        keyless = {(await session.produce("orders", b"v")).partition for _ in range(3)}
        assert keyless == {0, 1, 2}

    async def test_a_moved_leader_is_tried_again(
        self, session: ClusterSession, broker: TinyBroker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        codes = iter([6, 5, 0])
        broker.on(ApiKey.PRODUCE, lambda request: produce_answer(request, code=next(codes)))
        assert (await session.produce("orders", b"v", partition=0)).offset == 41

    @pytest.mark.parametrize(("code", "name"), [(10, "MESSAGE_TOO_LARGE"), (19, "NOT_ENOUGH_REPLICAS")])
    async def test_refusals(self, session: ClusterSession, broker: TinyBroker, code: int, name: str) -> None:
        broker.on(ApiKey.PRODUCE, lambda request: produce_answer(request, code=code))
        with pytest.raises(ClientError) as caught:
            await session.produce("orders", b"v", partition=0)
        assert caught.value.code == name
        assert caught.value.sentence.startswith("orders-0: ")
        assert len(broker.asked("ProduceRequest")) == 1

    @pytest.mark.parametrize("wrong", [{"partition": 9}, {"compression": "rar"}, {"acks": 7}])
    async def test_what_cannot_be_sent_is_not(
        self, session: ClusterSession, broker: TinyBroker, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(ClientError):
            await session.produce("orders", b"v", **wrong)
        assert broker.asked("ProduceRequest") == []
