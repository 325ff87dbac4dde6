"""Errors tell where."""

from workbench.records import CorruptBatchError, DecompressionError, UnsupportedMagicError


def test_place_in_a_buffer_becomes_place_in_a_file() -> None:
    error = CorruptBatchError("bad", position=10, size_bytes=5).at("a.log", 100)
    assert (error.file, error.position, error.size_bytes) == ("a.log", 110, 5)
    assert str(error) == "a.log: bytes 110..115: bad"


def test_the_kind_stays() -> None:
    assert isinstance(DecompressionError("x").at("f", 0), DecompressionError)
    assert "magic 1" in str(UnsupportedMagicError(1))
