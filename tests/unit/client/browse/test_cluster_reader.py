"""A reader finds leaders, follows them when they move, and tells what cannot be read."""

from typing import Any

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.browse import cluster_reader as reader_module
from workbench.client.browse.cluster_reader import EARLIEST, LATEST, ClusterReader, Stopped
from workbench.client.errors import ClientError
from workbench.records import NewRecord, build_batch
from workbench.wire.api_keys import ApiKey
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import FetchResponse, ListOffsetsResponse

RECORDS = bytes(build_batch([NewRecord(1, b"k", b"v")], base_offset=5))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module.time, "sleep", lambda seconds: None)


def fetch_answer(request: Any, *, code: int = 0, records: bytes = RECORDS) -> FetchResponse:
    partitions = [
        FetchResponse.PartitionData(
            partition_index=part.partition,
            error_code=code,
            high_watermark=6,
            last_stable_offset=6,
            log_start_offset=2,
            aborted_transactions=[],
            preferred_read_replica=-1,
            records=records,
        )
        for part in request.topics[0].partitions
    ]
    topic = request.topics[0]
    return FetchResponse(
        responses=[
            FetchResponse.FetchableTopicResponse(topic=topic.topic, topic_id=topic.topic_id, partitions=partitions)
        ]
    )


def offsets_answer(request: Any) -> ListOffsetsResponse:
    found = {EARLIEST: 2, LATEST: 6, 100: -1}
    partitions = [
        ListOffsetsResponse.ListOffsetsPartitionResponse(
            partition_index=part.partition_index, timestamp=-1, offset=found.get(part.timestamp, 4), leader_epoch=0
        )
        for part in request.topics[0].partitions
    ]
    return ListOffsetsResponse(
        topics=[ListOffsetsResponse.ListOffsetsTopicResponse(name="orders", partitions=partitions)]
    )


@pytest.fixture
def broker() -> Any:
    with TinyBroker() as running:
        running.on(ApiKey.METADATA, lambda request: running.metadata({"orders": {0: 1, 1: 1}}))
        running.on(ApiKey.LIST_OFFSETS, offsets_answer)
        running.on(ApiKey.FETCH, fetch_answer)
        yield running


def reader(broker: TinyBroker, **options: Any) -> ClusterReader:
    return ClusterReader([broker.bootstrap], {}, "orders", **options)


def test_partitions_offsets_and_records(broker: TinyBroker) -> None:
    reading = reader(broker)
    assert reading.partitions() == (0, 1)
    assert reading.offsets((0, 1), EARLIEST) == {0: 2, 1: 2}
    assert reading.offsets_at((0,), [LATEST, 50, 100]) == [{0: 6}, {0: 4}, {0: None}]
    fetched = reading.fetch(1, 5, 1_000)
    assert bytes(fetched.records) == RECORDS
    assert (fetched.high_watermark, fetched.log_start_offset) == (6, 2)
    reading.close()


def test_many_times_are_asked_in_one_go(broker: TinyBroker) -> None:
    reading = reader(broker)
    assert len(reading.offsets_at((0, 1), range(200, 300))) == 100
    reading.close()


def test_what_was_asked_ahead_is_not_asked_again(broker: TinyBroker) -> None:
    reading = reader(broker)
    reading.fetch_ahead(0, 5, 1_000)
    assert bytes(reading.fetch(0, 5, 1_000).records) == RECORDS
    assert len(broker.asked("FetchRequest")) == 1
    reading.fetch_ahead(0, 6, 1_000)
    assert reading.offsets((0,), LATEST) == {0: 6}
    assert bytes(reading.fetch(1, 5, 1_000).records) == RECORDS
    reading.close()


def test_a_moved_leader_is_looked_for_again(broker: TinyBroker) -> None:
    codes = iter([ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH])
    broker.on(ApiKey.FETCH, lambda request: fetch_answer(request, code=next(codes, ErrorCode.NONE)))
    reading = reader(broker)
    assert bytes(reading.fetch(0, 5, 1_000).records) == RECORDS
    assert len(broker.asked("MetadataRequest")) == 3
    reading.close()


def test_a_lost_connection_is_made_again(broker: TinyBroker) -> None:
    reading = reader(broker)
    reading.partitions()
    broker.drop_connections()
    assert bytes(reading.fetch(0, 5, 1_000).records) == RECORDS
    reading.close()


def test_patience_ends_with_a_sentence() -> None:
    with TinyBroker() as broker:
        bootstrap = broker.bootstrap
    reading = ClusterReader([bootstrap], {}, "orders", patience_s=0)
    with pytest.raises(ClientError) as caught:
        reading.partitions()
    assert caught.value.code == "NO_BROKER"
    assert bootstrap in caught.value.remedy


def test_who_is_stopped_does_not_wait() -> None:
    reading = ClusterReader(["127.0.0.1:1"], {}, "orders", stopped=lambda: True, patience_s=60)
    with pytest.raises(Stopped):
        reading.partitions()


def test_other_errors_are_told_by_name(broker: TinyBroker) -> None:
    broker.on(ApiKey.FETCH, lambda request: fetch_answer(request, code=ErrorCode.OFFSET_OUT_OF_RANGE))
    reading = reader(broker)
    with pytest.raises(ClientError) as caught:
        reading.fetch(0, 99, 1_000)
    assert caught.value.code == "OFFSET_OUT_OF_RANGE"
    reading.close()


def test_news_leave_out_partitions_without_any(broker: TinyBroker) -> None:
    def some(request: Any) -> FetchResponse:
        answer = fetch_answer(request)
        answer.responses[0].partitions[0].records = b""
        return answer

    broker.on(ApiKey.FETCH, some)
    reading = reader(broker)
    assert list(reading.fetch_news({0: 5, 1: 5}, 1_000, 10)) == [1]
    reading.close()


def test_news_from_behind_the_beginning_tell_where_it_is_now(broker: TinyBroker) -> None:
    broker.on(ApiKey.FETCH, lambda request: fetch_answer(request, code=ErrorCode.OFFSET_OUT_OF_RANGE, records=b""))
    reading = reader(broker)
    news = reading.fetch_news({0: 0}, 1_000, 10)
    assert (news[0].high_watermark, news[0].log_start_offset) == (-1, 2)
    reading.close()
