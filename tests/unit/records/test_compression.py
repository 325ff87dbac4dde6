"""All codecs, in the framings that the clients of the world write."""

from __future__ import annotations

import gzip

import cramjam
import lz4.frame
import pytest
import zstandard
from aiokafka.codec import lz4_decode, snappy_decode
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import Compression, DecompressionError, compress, decompress
from workbench.records.compression import XERIAL_MAGIC

DATA = b"some text that repeats itself, " * 5000
CODECS = [codec for codec in Compression if codec is not Compression.NONE]


@given(data=st.binary(max_size=5000), codec=st.sampled_from(list(Compression)))
def test_what_was_compressed_comes_back(data: bytes, codec: Compression) -> None:
    assert decompress(codec, compress(codec, data)) == data


@pytest.mark.parametrize("codec", CODECS)
def test_large_payloads_shrink_and_come_back(codec: Compression) -> None:
    packed = compress(codec, memoryview(DATA))
    assert len(packed) < len(DATA) // 5
    assert decompress(codec, memoryview(packed)) == DATA


@pytest.mark.parametrize(("codec", "level"), [(Compression.GZIP, -1), (Compression.GZIP, 9), (Compression.LZ4, 17)])
def test_levels_of_kafka(codec: Compression, level: int) -> None:
    assert decompress(codec, compress(codec, DATA, level)) == DATA


@pytest.mark.parametrize("level", [-7, 1, 22])
def test_levels_of_zstd(level: int) -> None:
    assert decompress(Compression.ZSTD, compress(Compression.ZSTD, DATA[:1000], level)) == DATA[:1000]


def test_other_readers_take_ours() -> None:
    assert gzip.decompress(compress(Compression.GZIP, DATA)) == DATA
    assert zstandard.ZstdDecompressor().decompressobj().decompress(compress(Compression.ZSTD, DATA)) == DATA
    assert lz4_decode(compress(Compression.LZ4, DATA)) == DATA
    assert snappy_decode(compress(Compression.SNAPPY, DATA)) == DATA


def test_lz4_blocks_are_independent() -> None:
    """Java's reader refuses a frame without this bit."""
    assert compress(Compression.LZ4, DATA)[4] & 0x20


def test_lz4_frames_of_other_writers() -> None:
    for options in (
        {"content_checksum": True, "store_size": True},
        {"block_linked": True, "block_checksum": True},
        {"block_size": lz4.frame.BLOCKSIZE_MAX64KB},
    ):
        assert decompress(Compression.LZ4, lz4.frame.compress(DATA, **options)) == DATA
    two = lz4.frame.compress(DATA) + lz4.frame.compress(DATA)
    assert decompress(Compression.LZ4, two) == DATA + DATA


def test_snappy_with_and_without_framing() -> None:
    framed = compress(Compression.SNAPPY, DATA)
    assert framed.startswith(XERIAL_MAGIC)
    assert decompress(Compression.SNAPPY, bytes(cramjam.snappy.compress_raw(DATA))) == DATA, "as librdkafka writes"
    assert decompress(Compression.SNAPPY, framed + framed) == DATA + DATA


def test_gzip_members_one_after_another() -> None:
    assert decompress(Compression.GZIP, gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"


def test_zstd_without_a_size_in_its_header() -> None:
    writer = zstandard.ZstdCompressor().compressobj()
    assert decompress(Compression.ZSTD, writer.compress(DATA) + writer.flush()) == DATA


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("garbage", [b"this was never compressed", XERIAL_MAGIC + bytes(8) + b"\x7f\xff\xff\xff"])
def test_garbage_is_told(codec: Compression, garbage: bytes) -> None:
    with pytest.raises(DecompressionError):
        decompress(codec, garbage)


def test_a_cut_snappy_block_is_told() -> None:
    with pytest.raises(DecompressionError):
        decompress(Compression.SNAPPY, compress(Compression.SNAPPY, DATA)[:-3])


def test_names_are_those_of_the_configuration() -> None:
    assert [codec.config_name for codec in Compression] == ["none", "gzip", "snappy", "lz4", "zstd"]
