"""Which partitions of a Produce request are written, and what the others are answered."""

from __future__ import annotations

import pytest

from tests.helpers.replica_broker import records
from workbench.embedded_broker.handlers.produce_admission import Admission, TopicKey, admit
from workbench.records import Compression
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ProduceRequest

GOOD, OTHER = records(b"a"), records(b"b")
BAD_HEADER = GOOD[:16] + b"\x05" + GOOD[17:]
ZSTD = records(b"a", compression=Compression.ZSTD)
TRANSACTIONAL = records(b"a", producer_id=1, producer_epoch=0, base_sequence=0, transactional=True)


def admission_of(
    *writes: tuple[str, int, bytes | None], version: int = 9, transactional_id: str | None = None
) -> Admission:
    """Each write in a topic entry of its own; topics but "unknown" have partitions 0 and 1."""

    def refusal(key: TopicKey, index: int) -> ErrorCode | None:
        return None if key != "unknown" and index < 2 else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    topics = [
        ProduceRequest.TopicProduceData(
            name=name, partition_data=[ProduceRequest.PartitionProduceData(index=index, records=data)]
        )
        for name, index, data in writes
    ]
    return admit(ProduceRequest(transactional_id=transactional_id, topic_data=topics), version, refusal)


def test_good_partitions_are_written_and_unknown_ones_refused() -> None:
    found = admission_of(("t", 0, GOOD), ("unknown", 0, GOOD), ("t", 7, GOOD))
    assert found.writes == {("t", 0): GOOD}
    assert found.refused == dict.fromkeys((("unknown", 0), ("t", 7)), (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, None))


def test_of_a_place_named_twice_the_last_good_data_is_written() -> None:
    found = admission_of(("t", 0, GOOD), ("t", 1, GOOD), ("t", 0, OTHER))
    assert found.places == [("t", 0), ("t", 1)]
    assert found.writes == {("t", 0): OTHER, ("t", 1): GOOD} and not found.refused


def test_a_refusal_is_answered_even_where_other_data_of_the_place_is_written() -> None:
    found = admission_of(("t", 0, GOOD), ("t", 0, GOOD + GOOD))
    assert found.writes == {("t", 0): GOOD}
    assert found.refused == {("t", 0): (ErrorCode.INVALID_RECORD, None)}


@pytest.mark.parametrize(
    ("data", "version", "code"),
    [
        (BAD_HEADER, 9, ErrorCode.CORRUPT_MESSAGE),
        (TRANSACTIONAL, 9, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED),
        (GOOD[:8] + (2**31 - 1).to_bytes(4) + GOOD[12:], 9, ErrorCode.UNKNOWN_SERVER_ERROR),
        (GOOD[:22] + b"\x05" + GOOD[23:], 6, ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_some_data_fails_the_whole_request(data: bytes, version: int, code: ErrorCode) -> None:
    found = admission_of(("t", 0, GOOD), ("unknown", 0, GOOD), ("t", 1, data), version=version)
    assert not found.writes
    assert [refusal[0] for refusal in found.refused.values()] == [code] * 3


def test_the_first_header_that_is_wrong_decides() -> None:
    found = admission_of(("t", 0, BAD_HEADER), ("t", 1, TRANSACTIONAL))
    assert {refusal[0] for refusal in found.refused.values()} == {ErrorCode.CORRUPT_MESSAGE}


def test_a_transactional_id_lets_transactional_batches_through() -> None:
    assert admission_of(("t", 0, TRANSACTIONAL), transactional_id="id").writes == {("t", 0): TRANSACTIONAL}


def test_zstd_came_with_version_7_and_hides_a_second_batch() -> None:
    assert admission_of(("t", 0, ZSTD), version=7).writes
    for data in (ZSTD, ZSTD + ZSTD):
        refused = admission_of(("t", 0, data), version=6).refused
        assert refused == {("t", 0): (ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, None)}


def test_from_version_13_on_places_are_named_by_topic_id() -> None:
    topic = ProduceRequest.TopicProduceData(
        topic_id=b"i" * 16, partition_data=[ProduceRequest.PartitionProduceData(index=0, records=GOOD)]
    )
    found = admit(ProduceRequest(topic_data=[topic, topic]), 13, lambda key, index: None)
    assert found.writes == {(b"i" * 16, 0): GOOD}
