"""Searches the records of one fetch: whole batches are passed over by their bytes, few records are decoded.

This is where a scan spends its time. A batch whose payload cannot hold a match costs one search of its bytes; in one
that can, records are told apart by their lengths alone and only those with the needle in them are decoded.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import NamedTuple

from workbench.client.browse.aborted import AbortedFilter
from workbench.client.browse.batch_rows import TIMESTAMP_TYPES, facts_of, payload_of, rows_of
from workbench.client.filter_expression import CompiledFilter, FilterRecord
from workbench.client.model import BatchFacts, RecordRow
from workbench.client.needles import hits_of
from workbench.records import BatchView
from workbench.records.layout import COMPRESSION_MASK
from workbench.records.parsing import decode_records

_HEAD = struct.Struct(">qiibIhiqq")
_FRAME_BYTES = 12
_HEADER_BYTES = 61


class BatchPlace(NamedTuple):
    """Where a batch lies in a fetched buffer, and what its header tells at once."""

    position: int
    size_bytes: int
    base_offset: int
    next_offset: int
    base_timestamp: int
    max_timestamp: int
    attributes: int


def batch_places(records: memoryview) -> list[BatchPlace]:
    """The whole batches of a fetch, in order; stops before a cut one."""
    places = []
    position, end = 0, len(records)
    unpack = _HEAD.unpack_from
    while end - position >= _HEADER_BYTES:
        base, length, _, _, _, attributes, last_delta, base_timestamp, max_timestamp = unpack(records, position)
        size = length + _FRAME_BYTES
        if size < _HEADER_BYTES or position + size > end:
            break
        next_offset = base + last_delta + 1
        places.append(BatchPlace(position, size, base, next_offset, base_timestamp, max_timestamp, attributes))
        position += size
    return places


def search_chunk(
    records: memoryview,
    places: list[BatchPlace],
    wanted: CompiledFilter,
    topic: str,
    partition: int,
    *,
    first: int,
    end: int,
    cut_bytes: int,
    aborted: AbortedFilter | None = None,
    keep_aborted: bool = False,
) -> list[RecordRow]:
    """Matching rows with `first` <= offset < `end`, rising; those of aborted transactions marked or left out."""
    found: list[RecordRow] = []
    plain = _PlainHits(records, places, wanted)
    for place in places:
        if place.base_offset >= end:
            break
        if place.next_offset <= first:
            continue
        if aborted is None and not plain.may_match(place):
            continue
        batch = BatchView(records, place.position)
        is_aborted = aborted is not None and aborted.skips(batch)
        if (is_aborted and not keep_aborted) or batch.is_control:
            continue
        payload = payload_of(batch)
        data = payload if isinstance(payload, bytes) else bytes(payload)
        hits = hits_of(wanted.needles, data) if wanted.needles else []
        if hits is not None:
            rows = _search_batch(batch, data, hits, wanted, topic, partition, first, end, cut_bytes)
            found += [replace(row, aborted=True) for row in rows] if is_aborted else rows
    return found


class _PlainHits:
    """Batches stored plain are searched all at once: a log of batches of one record each holds many of them."""

    def __init__(self, records: memoryview, places: list[BatchPlace], wanted: CompiledFilter) -> None:
        plain = any(not place.attributes & COMPRESSION_MASK for place in places)
        self._hits = hits_of(wanted.needles, bytes(records)) if plain and wanted.needles else []

    def may_match(self, place: BatchPlace) -> bool:
        """False only if the batch is stored plain and lacks a needle."""
        if place.attributes & COMPRESSION_MASK:
            return True
        if self._hits is None:
            return False
        start, stop = place.position, place.position + place.size_bytes
        for places in self._hits:
            at = bisect_left(places, start)
            if at == len(places) or places[at] >= stop:
                return False
        return True


def _search_batch(
    batch: BatchView,
    payload: bytes,
    hits: list[list[int]],
    wanted: CompiledFilter,
    topic: str,
    partition: int,
    first: int,
    end: int,
    cut_bytes: int,
) -> list[RecordRow]:
    fixed = batch.max_timestamp if batch.timestamp_type else None
    test = wanted.test
    facts: BatchFacts | None = None
    rows: list[RecordRow] = []
    places = _record_places(payload, batch.record_count)
    for index in _candidates(places, hits):
        start, stop = places[index]
        record = next(decode_records(payload[start:stop], 1, batch.base_offset, batch.base_timestamp, fixed))
        key, value = record.key, record.value
        if not first <= record.offset < end or not test(
            FilterRecord(partition, record.offset, record.timestamp, key, value, record.headers)
        ):
            continue
        facts = facts or facts_of(batch, len(payload))
        rows.append(
            RecordRow(
                topic=topic,
                partition=partition,
                offset=record.offset,
                timestamp_ms=record.timestamp,
                timestamp_type=TIMESTAMP_TYPES[batch.timestamp_type],
                key=key[:cut_bytes] if key is not None else None,
                value=value[:cut_bytes] if value is not None else None,
                headers=record.headers,
                batch=facts,
                position_in_batch=index,
                key_length=len(key or b""),
                value_length=len(value or b""),
            )
        )
    return rows


def _candidates(places: list[tuple[int, int]], hits: list[list[int]]) -> list[int]:
    """Indexes of the records that hold a place of every needle."""
    if not hits:
        return list(range(len(places)))
    starts = [start for start, _ in places]
    found = {bisect_right(starts, place) - 1 for place in hits[0]}
    for more in hits[1:]:
        found &= {bisect_right(starts, place) - 1 for place in more}
    return sorted(found)


def _record_places(payload: bytes, count: int) -> list[tuple[int, int]]:
    """Start and end of each record: a zig-zag length, then so many bytes. The reading is written out for speed."""
    places = []
    position = 0
    limit = len(payload)
    for _ in range(count):
        start = position
        byte = payload[position]
        position += 1
        length = byte & 127
        shift = 7
        while byte > 127:
            byte = payload[position]
            position += 1
            length |= (byte & 127) << shift
            shift += 7
        position += length >> 1
        if position > limit:
            break
        places.append((start, position))
    return places


def all_rows(
    records: memoryview,
    places: list[BatchPlace],
    topic: str,
    partition: int,
    *,
    first: int,
    end: int,
    cut_bytes: int,
    aborted: AbortedFilter | None = None,
) -> list[RecordRow]:
    """Every row in the span, for a live tail without a filter."""
    found: list[RecordRow] = []
    for place in places:
        if place.base_offset >= end:
            break
        if place.next_offset <= first:
            continue
        batch = BatchView(records, place.position)
        if aborted is not None and aborted.skips(batch):
            continue
        found += rows_of(batch, topic, partition, first=first, end=end, cut_bytes=cut_bytes)
    return found
