"""What reading a log gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from workbench.system.platform_files import Buffer

if TYPE_CHECKING:
    from workbench.storage.log.segment import LogSegment


class FileRegion:
    """Stored bytes that are read when they are sent, piece by piece, instead of all at once.

    A large fetch then passes through the processor's cache instead of through memory. The file may be closed or cut
    meanwhile (retention, a change of leaders): `read` then raises OSError or returns less than was asked for.
    """

    __slots__ = ("_position", "_segment", "_size_bytes")

    def __init__(self, segment: LogSegment, position: int, size_bytes: int) -> None:
        self._segment = segment
        self._position = position
        self._size_bytes = size_bytes

    def __len__(self) -> int:
        return self._size_bytes

    def read(self, start: int, size_bytes: int) -> bytes:
        """Up to `size_bytes` from `start` within the region. Raises OSError."""
        return self._segment.read(self._position + start, min(size_bytes, self._size_bytes - start))

    def send(self, socket_fd: int, start: int) -> int:
        """Sends from `start` on to a socket, as much as it takes now. Raises BlockingIOError, OSError."""
        return self._segment.file().send(socket_fd, self._position + start, self._size_bytes - start)


class LogRead(NamedTuple):
    """Stored bytes from the batch that holds `first_offset` on; the last batch may be cut at the limit.

    `data` is empty where nothing may be read there, and where the first batch is larger than the limit
    (`first_entry_incomplete`). `segment_base_offset` and `position` tell where the bytes lie, -1 where there are none.
    """

    data: list[Buffer]
    first_offset: int
    size_bytes: int
    segment_base_offset: int = -1
    position: int = -1
    first_entry_incomplete: bool = False


class LazyRead(NamedTuple):
    """The same, with large data as regions still to be read."""

    data: list[Buffer | FileRegion]
    found: LogRead
    size_bytes: int


class TimestampOffset(NamedTuple):
    """A record found by time; the epoch is that of its batch, None if it has none."""

    timestamp: int
    offset: int
    leader_epoch: int | None
