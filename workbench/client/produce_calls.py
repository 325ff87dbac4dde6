"""Appends single records: one request each, so that each has its own answer."""

from __future__ import annotations

import asyncio
import itertools
import time

from workbench.client.errors import ClientError
from workbench.client.failures import check, error_of_code
from workbench.client.link import ClusterLink
from workbench.client.model import ProduceResult
from workbench.client.offset_calls import describe_metadata
from workbench.client.partitioning import partition_for_key
from workbench.records import Compression, NewRecord, build_batch
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ProduceRequest, ProduceResponse

_COMPRESSIONS = {compression.name.lower(): compression for compression in Compression}
_NOT_APPENDED = (ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.LEADER_NOT_AVAILABLE, ErrorCode.FENCED_LEADER_EPOCH)
"""Refusals after which the record is surely not in the log, so that another leader may be tried."""

_WITH_TOPIC_NAMES = 12
"""From 13 on Produce names topics by id alone, which an old broker beside a new one may not know yet."""

_keyless = itertools.count()


async def produce(
    link: ClusterLink,
    topic: str,
    *,
    key: bytes | None,
    value: bytes | None,
    headers: tuple[tuple[str, bytes | None], ...],
    partition: int | None,
    timestamp_ms: int | None,
    compression: str,
    acks: int,
    timeout_ms: int,
) -> ProduceResult:
    """A record without key and partition goes to the partitions in turn."""
    if compression not in _COMPRESSIONS:
        raise ClientError(f"There is no compression {compression}.", f"Choose from {', '.join(_COMPRESSIONS)}.")
    if acks not in (-1, 0, 1):
        raise ClientError(f"acks cannot be {acks}.", "Choose all, 1 or 0.", "INVALID_REQUIRED_ACKS")
    started = time.monotonic()
    timestamp = round(time.time() * 1_000) if timestamp_ms is None else timestamp_ms
    record = NewRecord(timestamp, key, value, headers)
    batch = bytes(build_batch([record], compression=_COMPRESSIONS[compression]))
    keyless = next(_keyless)
    while True:
        metadata = (await describe_metadata(link, [topic])).topics[0]
        check(metadata.error_code, None, f"Topic {topic}")
        leaders = {p.partition_index: p.leader_id for p in metadata.partitions}
        chosen = partition
        if chosen is None:
            chosen = partition_for_key(key, len(leaders)) if key is not None else keyless % len(leaders)
        if chosen not in leaders:
            raise ClientError(
                f"Topic {topic} has no partition {chosen}.",
                f"Choose one from 0 to {len(leaders) - 1}.",
                "UNKNOWN_TOPIC_OR_PARTITION",
            )
        code = ErrorCode.LEADER_NOT_AVAILABLE.value
        if leaders[chosen] >= 0:
            request = _request(topic, chosen, batch, acks, timeout_ms)
            if acks == 0:
                await link.send_unanswered(request, leaders[chosen], highest=_WITH_TOPIC_NAMES)
                return ProduceResult(topic, chosen, None, None, False, _since(started))
            answer = await link.send(
                request,
                ProduceResponse,
                node_id=leaders[chosen],
                highest=_WITH_TOPIC_NAMES,
                repeatable=False,
                timeout_s=timeout_ms / 1_000 + 5,
            )
            result = answer.responses[0].partition_responses[0]
            code = result.error_code
            if not code:
                by_log = result.log_append_time_ms >= 0
                appended_ms = result.log_append_time_ms if by_log else timestamp
                return ProduceResult(topic, chosen, result.base_offset, appended_ms, by_log, _since(started))
            if code not in _NOT_APPENDED:
                raise error_of_code(code, result.error_message, f"{topic}-{chosen}")
        if _since(started) > timeout_ms:
            raise error_of_code(code, None, f"{topic}-{chosen}")
        await asyncio.sleep(0.2)


def _request(topic: str, partition: int, batch: bytes, acks: int, timeout_ms: int) -> ProduceRequest:
    return ProduceRequest(
        transactional_id=None,
        acks=acks,
        timeout_ms=timeout_ms,
        topic_data=[
            ProduceRequest.TopicProduceData(
                name=topic, partition_data=[ProduceRequest.PartitionProduceData(index=partition, records=batch)]
            )
        ],
    )


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1_000
