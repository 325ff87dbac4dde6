"""The five codecs of a batch's payload, as Kafka's clients write and read them.

Invariants: what `compress` writes, Kafka's Java reader accepts: snappy in xerial framing (blocks of 32 KiB), lz4 as a
frame of independent blocks (Java reads no linked ones), zstd and gzip as plain streams. `decompress` also takes what
other clients write: raw snappy without framing (librdkafka), frames and members one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import cramjam

from workbench.records.errors import DecompressionError

Buffer = bytes | bytearray | memoryview

XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER = XERIAL_MAGIC + b"\x00\x00\x00\x01\x00\x00\x00\x01"
_SNAPPY_BLOCK_BYTES = 32 * 1024
_DEFAULT_LEVELS = {1: 6, 3: 9, 4: 3}  # gzip: zlib's own default; lz4 and zstd: Kafka's (KIP-390)


class Compression(IntEnum):
    """Codec number in the lowest three bits of a batch's attributes."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4

    @property
    def config_name(self) -> str:
        """The name in `compression.type`: none, gzip, snappy, lz4, zstd."""
        return self.name.lower()


def compress(codec: Compression, data: Buffer, level: int | None = None) -> bytes:
    """Compresses a payload; `level` as in Kafka's `compression.<codec>.level`, None for Kafka's default."""
    if codec is Compression.NONE:
        return bytes(data)
    if codec is Compression.SNAPPY:
        return _compress_snappy(data)
    if level is None:
        level = _DEFAULT_LEVELS[codec]
    if codec is Compression.GZIP:
        return bytes(cramjam.gzip.compress(data, level=6 if level < 0 else level))
    if codec is Compression.LZ4:
        compressor = cramjam.lz4.Compressor(level=level, content_checksum=False, block_linked=False)
        compressor.compress(bytes(data))
        return bytes(compressor.finish())
    return bytes(cramjam.zstd.compress(data, level=level))


def decompress(codec: Compression, data: Buffer) -> bytes:
    """Raises DecompressionError where the payload does not decode with the codec its batch names."""
    if codec is Compression.NONE:
        return bytes(data)
    try:
        return _DECOMPRESSORS[codec](data)
    except (cramjam.DecompressionError, ValueError, OSError, OverflowError) as error:
        raise DecompressionError(f"{codec.config_name} payload does not decompress: {error}") from error


def _compress_snappy(data: Buffer) -> bytes:
    out = bytearray(_XERIAL_HEADER)
    view = memoryview(data)
    for start in range(0, len(view), _SNAPPY_BLOCK_BYTES):
        block = bytes(cramjam.snappy.compress_raw(view[start : start + _SNAPPY_BLOCK_BYTES]))
        out += len(block).to_bytes(4, "big")
        out += block
    return bytes(out)


def _decompress_snappy(data: Buffer) -> bytes:
    view = memoryview(data)
    if bytes(view[: len(XERIAL_MAGIC)]) != XERIAL_MAGIC:
        return bytes(cramjam.snappy.decompress_raw(view))
    position = len(_XERIAL_HEADER)
    blocks = []
    while position < len(view):
        if bytes(view[position : position + len(XERIAL_MAGIC)]) == XERIAL_MAGIC:  # a second stream behind the first
            position += len(_XERIAL_HEADER)
            continue
        size = int.from_bytes(view[position : position + 4], "big", signed=True)
        position += 4
        if size < 0 or position + size > len(view):
            raise ValueError(f"snappy block of {size} bytes where {len(view) - position} are left")
        blocks.append(bytes(cramjam.snappy.decompress_raw(view[position : position + size])))
        position += size
    return b"".join(blocks)


_DECOMPRESSORS: dict[Compression, Callable[[Buffer], bytes]] = {
    Compression.GZIP: lambda data: bytes(cramjam.gzip.decompress(data)),
    Compression.SNAPPY: _decompress_snappy,
    Compression.LZ4: lambda data: bytes(cramjam.lz4.decompress(data)),
    Compression.ZSTD: lambda data: bytes(cramjam.zstd.decompress(data)),
}
