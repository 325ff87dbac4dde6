"""One record, as read from a batch and as given to the builder.

Invariants: timestamps are milliseconds since 1970 (-1: none); a null key or value is None, an empty one b"". Header
values may be None, header keys may not.
"""

from __future__ import annotations

from workbench.system.quick_dataclass import dataclass

NO_TIMESTAMP = -1

Header = tuple[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its place in the log."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record not yet in a batch; its offset comes from its place there."""

    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
