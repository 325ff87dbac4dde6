"""What can be wrong with record batches, told with the place where it is wrong.

Invariant: `position` and `size_bytes` describe the bytes from the start of the file (or buffer, when `file` is None)
that cannot be trusted, so that a user can be told what is lost.
"""

from __future__ import annotations


class RecordsError(Exception):
    """Base of every error this package raises."""


class CorruptBatchError(RecordsError):
    """Bytes that are no whole, valid batch: bad length, CRC, or a payload that does not parse.

    `position` and `size_bytes` are in bytes; `file` is the path of the file, None for a buffer in memory.
    """

    def __init__(self, reason: str, *, position: int = 0, size_bytes: int = 0, file: str | None = None) -> None:
        super().__init__(reason, position, size_bytes, file)
        self.reason = reason
        self.position = position
        self.size_bytes = size_bytes
        self.file = file

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        return f"{where}bytes {self.position}..{self.position + self.size_bytes}: {self.reason}"

    def at(self, file: str, position: int) -> CorruptBatchError:
        """The same error for a buffer that was read from `position` of `file`."""
        return type(self)(self.reason, position=self.position + position, size_bytes=self.size_bytes, file=file)


class DecompressionError(CorruptBatchError):
    """A payload that its codec cannot read."""


class UnsupportedMagicError(RecordsError):
    """A batch in a format before Kafka 0.11 (magic 0 or 1), or after the one known here."""

    def __init__(self, magic: int) -> None:
        super().__init__(f"record format with magic {magic} is not supported, only 2")
        self.magic = magic
