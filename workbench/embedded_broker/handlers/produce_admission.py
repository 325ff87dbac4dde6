"""Which writes of a Produce request reach a log, and what the others are answered.

Kafka reads a request in this order (KafkaApis.handleProduceRequest), and so do we, because each step hides the next:
the first batch header of every partition, where one that cannot be read fails the whole request, as does a
transactional one without a transactional id; then each partition's existence and format; and only for what is left,
the logs, which begin with acks. Of a partition that is named twice the last good data is written, and yet a refusal of
the other data is what is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.embedded_broker.handlers.produced_batches import batches_fault, header_fault, is_one_batch
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ProduceRequest

TopicKey = str | bytes
Place = tuple[TopicKey, int]
"""A partition by what the request's version names topics with: name, or id from version 13."""
Refusal = tuple[ErrorCode, str | None]

_ATTRIBUTES_LOW_BYTE = 22
_TRANSACTIONAL = 0x10
_ZSTD = 4
_ZSTD_SINCE = 7
IDS_SINCE = 13


@dataclass(slots=True)
class Admission:
    """`writes` go to the logs; `refused` are answered, whatever became of a write to the same place."""

    places: list[Place] = field(default_factory=list)
    writes: dict[Place, memoryview] = field(default_factory=dict)
    refused: dict[Place, Refusal] = field(default_factory=dict)


def admit(
    request: ProduceRequest, version: int, refusal_of_place: Callable[[TopicKey, int], ErrorCode | None]
) -> Admission:
    """Sorts a request's partitions; `refusal_of_place` tells which do not exist."""
    admission = Admission()
    given: list[tuple[Place, memoryview]] = []
    for topic in request.topic_data:
        key = topic.topic_id if version >= IDS_SINCE else topic.name
        for data in topic.partition_data:
            records = data.records
            given.append(((key, data.index), memoryview(records if records is not None else b"")))
    admission.places = list(dict.fromkeys(place for place, _ in given))
    whole = _refusal_of_whole(request, given)
    if whole is None:
        for place, records in given:
            code = refusal_of_place(*place) or _refusal_of_records(records, version)
            if code == ErrorCode.UNKNOWN_SERVER_ERROR:
                whole = code, None
                break
            if code is not None:
                admission.refused[place] = code, None
            else:
                admission.writes[place] = records
    if whole is not None:
        admission.writes.clear()
        admission.refused = dict.fromkeys(admission.places, whole)
    return admission


def _refusal_of_whole(request: ProduceRequest, given: list[tuple[Place, memoryview]]) -> Refusal | None:
    for _, records in given:
        if not is_one_batch(records):
            fault = header_fault(records)
            if fault is not None:
                return fault
        if request.transactional_id is None and _attributes(records) & _TRANSACTIONAL and _has_batch(records):
            return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, None
    return None


def _refusal_of_records(records: memoryview, version: int) -> ErrorCode | None:
    if version < _ZSTD_SINCE and _has_batch(records):
        codec = _attributes(records) & 7
        if codec > _ZSTD:
            return ErrorCode.UNKNOWN_SERVER_ERROR
        if codec == _ZSTD:
            return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    return None if is_one_batch(records) else batches_fault(records)


def _attributes(records: memoryview) -> int:
    return records[_ATTRIBUTES_LOW_BYTE] if len(records) > _ATTRIBUTES_LOW_BYTE else 0


def _has_batch(records: memoryview) -> bool:
    """Whether the data begins with a whole batch of the present format, the only one with such attributes."""
    return len(records) > 16 and records[16] == 2 and int.from_bytes(records[8:12], signed=True) + 12 <= len(records)
