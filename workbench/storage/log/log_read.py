"""What reading a log gives."""

from __future__ import annotations

from typing import NamedTuple

from workbench.system.platform_files import Buffer


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


class TimestampOffset(NamedTuple):
    """A record found by time; the epoch is that of its batch, None if it has none."""

    timestamp: int
    offset: int
    leader_epoch: int | None
