"""The body of a Fetch response by hand: record data goes out in the buffers it was read into, uncopied.

Versions 4 to 18; what the bytes are is held against the compiled codec by tests.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Protocol

from workbench.wire.varints import append_unsigned_varint

Buffer = bytes | bytearray | memoryview

_HEAD = struct.Struct(">ihi")
_PARTITION_V4 = struct.Struct(">ihqq")
_PARTITION_V5 = struct.Struct(">ihqqq")
_INT32 = struct.Struct(">i")
_INT16 = struct.Struct(">h")
_ABORTED = struct.Struct(">qq")
_EPOCH_END = struct.Struct(">iq")
_LEADER = struct.Struct(">ii")


class ReadPartition(Protocol):
    """What `encode_fetch_response` needs of one partition's outcome."""

    @property
    def topic_name(self) -> str: ...
    @property
    def topic_id(self) -> bytes: ...
    @property
    def partition_index(self) -> int: ...
    @property
    def error(self) -> int: ...
    @property
    def high_watermark(self) -> int: ...
    @property
    def last_stable_offset(self) -> int: ...
    @property
    def log_start_offset(self) -> int: ...
    @property
    def aborted(self) -> Sequence[tuple[int, int]] | None:
        """(producer id, first offset) of each aborted transaction within the data; None for read_uncommitted."""
        ...

    @property
    def preferred_replica(self) -> int: ...
    @property
    def buffers(self) -> Sequence[Any]:
        """Record data; only its length is looked at here."""
        ...

    @property
    def size_bytes(self) -> int: ...
    @property
    def diverging(self) -> tuple[int, int] | None:
        """Epoch and its end offset where the reader's log diverged from ours."""
        ...

    @property
    def leader_id(self) -> int:
        """Who leads instead of us, or -1; with `leader_epoch`."""
        ...

    @property
    def leader_epoch(self) -> int: ...


def _append_tags(out: bytearray, read: ReadPartition) -> None:
    tags: list[tuple[int, bytes]] = []
    if read.diverging is not None:
        tags.append((0, _EPOCH_END.pack(*read.diverging) + b"\0"))
    if read.leader_id >= 0 or read.leader_epoch >= 0:
        tags.append((1, _LEADER.pack(read.leader_id, read.leader_epoch) + b"\0"))
    append_unsigned_varint(out, len(tags))
    for tag, body in tags:
        append_unsigned_varint(out, tag)
        append_unsigned_varint(out, len(body))
        out += body


def encode_fetch_response(
    version: int,
    error: int,
    session_id: int,
    reads: Sequence[ReadPartition],
    endpoints: Sequence[tuple[int, str, int, str | None]],
) -> list[Any]:
    """The body as buffers; `reads` of one topic must stand together to be told as one topic."""
    flexible = version >= 12
    out = bytearray()
    if version >= 7:
        out += _HEAD.pack(0, error, session_id)
    else:
        out += _INT32.pack(0)
    topics: list[list[ReadPartition]] = []
    last_key: object = None
    for read in reads:
        key = read.topic_id if version >= 13 else read.topic_name
        if not topics or key != last_key:
            topics.append([])
            last_key = key
        topics[-1].append(read)
    buffers: list[Any] = []
    if flexible:
        append_unsigned_varint(out, len(topics) + 1)
    else:
        out += _INT32.pack(len(topics))
    for topic in topics:
        if version >= 13:
            out += topic[0].topic_id
        else:
            name = topic[0].topic_name.encode()
            if flexible:
                append_unsigned_varint(out, len(name) + 1)
            else:
                out += _INT16.pack(len(name))
            out += name
        if flexible:
            append_unsigned_varint(out, len(topic) + 1)
        else:
            out += _INT32.pack(len(topic))
        for read in topic:
            if version >= 5:
                out += _PARTITION_V5.pack(
                    read.partition_index,
                    read.error,
                    read.high_watermark,
                    read.last_stable_offset,
                    read.log_start_offset,
                )
            else:
                out += _PARTITION_V4.pack(
                    read.partition_index, read.error, read.high_watermark, read.last_stable_offset
                )
            aborted = read.aborted
            if flexible:
                append_unsigned_varint(out, 0 if aborted is None else len(aborted) + 1)
            else:
                out += _INT32.pack(-1 if aborted is None else len(aborted))
            for entry in aborted or ():
                out += _ABORTED.pack(*entry)
                if flexible:
                    out.append(0)
            if version >= 11:
                out += _INT32.pack(read.preferred_replica)
            if flexible:
                append_unsigned_varint(out, read.size_bytes + 1)
            else:
                out += _INT32.pack(read.size_bytes)
            if read.size_bytes:
                buffers.append(out)
                buffers.extend(read.buffers)
                out = bytearray()
            if flexible:
                _append_tags(out, read)
        if flexible:
            out.append(0)
    if flexible:
        if endpoints and version >= 16:
            body = bytearray()
            append_unsigned_varint(body, len(endpoints) + 1)
            for node_id, host, port, rack in endpoints:
                body += _INT32.pack(node_id)
                raw = host.encode()
                append_unsigned_varint(body, len(raw) + 1)
                body += raw
                body += _INT32.pack(port)
                if rack is None:
                    body.append(0)
                else:
                    raw = rack.encode()
                    append_unsigned_varint(body, len(raw) + 1)
                    body += raw
                body.append(0)
            out += b"\1\0"
            append_unsigned_varint(out, len(body))
            out += body
        else:
            out.append(0)
    buffers.append(out)
    return buffers
