"""A look at one record batch in a buffer, without decompressing or copying it.

Invariants: a BatchView is made only of a whole batch (its frame and length lie inside the buffer); the payload is
looked at only by `records()`. Batches before magic 2 show only their frame.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.records import layout
from workbench.records.checksum import crc32c
from workbench.records.compression import Buffer, Compression, decompress
from workbench.records.errors import CorruptBatchError, UnsupportedMagicError
from workbench.records.parsing import decode_records
from workbench.records.record import NO_TIMESTAMP, Record

_UNPACK = layout.HEADER.unpack_from
_HEADER_BYTES = layout.HEADER_BYTES


class BatchView:
    """The batch that starts at `position` of `buffer`.

    Raises CorruptBatchError if the buffer does not hold all of it, UnsupportedMagicError for magic other than 2.
    """

    __slots__ = (
        "attributes",
        "base_offset",
        "base_sequence",
        "base_timestamp",
        "buffer",
        "crc",
        "last_offset_delta",
        "leader_epoch",
        "magic",
        "max_timestamp",
        "position",
        "producer_epoch",
        "producer_id",
        "record_count",
        "size_bytes",
    )

    def __init__(self, buffer: Buffer, position: int = 0) -> None:
        left = len(buffer) - position
        if left < _HEADER_BYTES:
            if left > layout.MAGIC_AT and buffer[position + layout.MAGIC_AT] < layout.MAGIC_V2:
                raise UnsupportedMagicError(buffer[position + layout.MAGIC_AT])
            raise CorruptBatchError("batch header is cut", position=position, size_bytes=left)
        self.buffer = buffer
        self.position = position
        (
            self.base_offset,
            length,
            self.leader_epoch,
            self.magic,
            self.crc,
            self.attributes,
            self.last_offset_delta,
            self.base_timestamp,
            self.max_timestamp,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.record_count,
        ) = _UNPACK(buffer, position)
        if self.magic != layout.MAGIC_V2:
            raise UnsupportedMagicError(self.magic)
        self.size_bytes: int = length + layout.FRAME_BYTES
        if self.size_bytes < _HEADER_BYTES or self.size_bytes > left:
            raise CorruptBatchError(
                f"batch says {self.size_bytes} bytes where {left} are left", position=position, size_bytes=left
            )

    def __repr__(self) -> str:
        return (
            f"BatchView(base_offset={self.base_offset}, last_offset={self.last_offset}, "
            f"size_bytes={self.size_bytes}, leader_epoch={self.leader_epoch}, producer_id={self.producer_id})"
        )

    @property
    def last_offset(self) -> int:
        """Offset of the last record that was in the batch (compaction may have removed it)."""
        return self.base_offset + self.last_offset_delta  # type: ignore[no-any-return]

    @property
    def next_offset(self) -> int:
        return self.base_offset + self.last_offset_delta + 1  # type: ignore[no-any-return]

    @property
    def compression(self) -> Compression:
        """Raises CorruptBatchError for a codec number that Kafka does not know."""
        try:
            return Compression(self.attributes & layout.COMPRESSION_MASK)
        except ValueError as error:
            raise CorruptBatchError(str(error), position=self.position, size_bytes=self.size_bytes) from error

    @property
    def timestamp_type(self) -> int:
        """0 CreateTime, 1 LogAppendTime."""
        return 1 if self.attributes & layout.LOG_APPEND_TIME_BIT else 0

    @property
    def is_transactional(self) -> bool:
        return bool(self.attributes & layout.TRANSACTIONAL_BIT)

    @property
    def is_control(self) -> bool:
        return bool(self.attributes & layout.CONTROL_BIT)

    @property
    def delete_horizon_ms(self) -> int | None:
        """When compaction may remove the tombstones in it (KIP-534), None if not set."""
        return self.base_timestamp if self.attributes & layout.DELETE_HORIZON_BIT else None

    @property
    def has_producer_id(self) -> bool:
        return bool(self.producer_id > layout.NO_PRODUCER_ID)

    @property
    def last_sequence(self) -> int:
        return layout.last_sequence_of(self.base_sequence, self.last_offset_delta)

    @property
    def payload(self) -> memoryview:
        """The records as they are stored, compressed or not."""
        start = self.position + layout.RECORDS_AT
        return memoryview(self.buffer)[start : self.position + self.size_bytes]

    def crc_is_valid(self) -> bool:
        covered = memoryview(self.buffer)[self.position + layout.ATTRIBUTES_AT : self.position + self.size_bytes]
        return bool(crc32c(covered) == self.crc)

    def check_crc(self) -> None:
        """Raises CorruptBatchError if the CRC32C does not fit."""
        if not self.crc_is_valid():
            raise CorruptBatchError(
                f"CRC is not {self.crc:#010x} for the batch at offset {self.base_offset}",
                position=self.position,
                size_bytes=self.size_bytes,
            )

    def records(self) -> Iterator[Record]:
        """The records in stored order. Raises CorruptBatchError where the payload does not parse."""
        if self.record_count < 0:
            raise CorruptBatchError(
                f"batch says {self.record_count} records", position=self.position, size_bytes=self.size_bytes
            )
        fixed = self.max_timestamp if self.attributes & layout.LOG_APPEND_TIME_BIT else None
        codec = self.compression
        payload = self.payload if codec is Compression.NONE else decompress(codec, self.payload)
        return decode_records(payload, self.record_count, self.base_offset, self.base_timestamp, fixed)

    def offset_of_max_timestamp(self) -> int | None:
        """Offset of the first record that has the batch's maximum timestamp; None without timestamps."""
        if self.max_timestamp == NO_TIMESTAMP:
            return None
        return next((record.offset for record in self.records() if record.timestamp == self.max_timestamp), None)


def iterate_batches(buffer: Buffer, position: int = 0) -> Iterator[BatchView]:
    """The whole batches in a buffer, from `position`; stops before a cut one at the end, as readers of Fetch must.

    Raises CorruptBatchError for an impossible length, UnsupportedMagicError for old formats.
    """
    end = len(buffer)
    while end - position >= layout.MAGIC_AT + 1:
        length = int.from_bytes(buffer[position + layout.LENGTH_AT : position + layout.FRAME_BYTES], "big", signed=True)
        if length < layout.MIN_MESSAGE_LENGTH:
            raise CorruptBatchError(f"batch length {length}", position=position, size_bytes=end - position)
        if position + layout.FRAME_BYTES + length > end:
            return
        view = BatchView(buffer, position)
        yield view
        position += view.size_bytes
