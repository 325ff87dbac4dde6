"""Dictionaries that remember what is committed until the newest change is, and can take changes back.

A coordinator applies a record before it is replicated, so that the next request is decided on the newest state.
What clients may read is the committed state, and a record that could not be written must leave no trace.

Invariants: changes carry the offset of the record that made them; offsets never fall except through `revert`;
a change at offset o is committed once the high watermark is above o.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class _Absent:
    __slots__ = ()


_ABSENT: Final = _Absent()


class Timeline:
    """The order of uncommitted changes of several dictionaries."""

    __slots__ = ("_changes", "committed_offset", "next_offset")

    def __init__(self) -> None:
        self.next_offset = 0
        """Offset of the record that is being applied, or of the next one."""
        self.committed_offset = 0
        """Exclusive end of what is committed: the high watermark."""
        self._changes: deque[tuple[int, TimelineDict[Any, Any], Any]] = deque()

    def record_change(self, dictionary: TimelineDict[Any, Any], key: Any) -> bool:
        """Whether the change about to be made has to be remembered."""
        if self.next_offset < self.committed_offset:
            return False
        self._changes.append((self.next_offset, dictionary, key))
        return True

    def commit(self, high_watermark: int) -> None:
        """Everything below `high_watermark` is now committed; a lower one than before is ignored."""
        if high_watermark <= self.committed_offset:
            return
        self.committed_offset = high_watermark
        changes = self._changes
        while changes and changes[0][0] < high_watermark:
            _, dictionary, key = changes.popleft()
            dictionary._forget_oldest(key)

    def revert(self, offset: int) -> None:
        """Takes back all changes made at `offset` and later, newest first."""
        changes = self._changes
        while changes and changes[-1][0] >= offset:
            _, dictionary, key = changes.pop()
            dictionary._undo_newest(key)
        self.next_offset = offset


class TimelineDict(Generic[K, V]):
    """A dictionary with a newest and a committed face, ordered by first insertion."""

    __slots__ = ("_newest", "_previous", "_timeline")

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._newest: dict[K, V] = {}
        self._previous: dict[K, deque[V | _Absent]] = {}

    def get(self, key: K) -> V | None:
        return self._newest.get(key)

    def get_committed(self, key: K) -> V | None:
        previous = self._previous.get(key)
        if previous is None:
            return self._newest.get(key)
        oldest = previous[0]
        return None if isinstance(oldest, _Absent) else oldest

    def put(self, key: K, value: V) -> V | None:
        """Sets `key` and returns what was there."""
        before = self._newest.get(key, _ABSENT)
        self._remember(key, before)
        self._newest[key] = value
        return None if isinstance(before, _Absent) else before

    def remove(self, key: K) -> V | None:
        """Removes `key`, which may be absent, and returns what was there."""
        before = self._newest.get(key, _ABSENT)
        if isinstance(before, _Absent):
            return None
        self._remember(key, before)
        del self._newest[key]
        return before

    def items(self) -> Iterator[tuple[K, V]]:
        return iter(self._newest.items())

    def committed_items(self) -> Iterator[tuple[K, V]]:
        if not self._previous:
            yield from self._newest.items()
            return
        for key, value in self._newest.items():
            if key not in self._previous:
                yield key, value
        for key, previous in self._previous.items():
            oldest = previous[0]
            if not isinstance(oldest, _Absent):
                yield key, oldest

    def __contains__(self, key: K) -> bool:
        return key in self._newest

    def __len__(self) -> int:
        return len(self._newest)

    def __iter__(self) -> Iterator[K]:
        return iter(self._newest)

    @property
    def is_forgotten(self) -> bool:
        """True when neither face holds anything."""
        return not self._newest and not self._previous

    def _remember(self, key: K, before: V | _Absent) -> None:
        if self._timeline.record_change(self, key):
            self._previous.setdefault(key, deque()).append(before)

    def _forget_oldest(self, key: K) -> None:
        previous = self._previous[key]
        previous.popleft()
        if not previous:
            del self._previous[key]

    def _undo_newest(self, key: K) -> None:
        previous = self._previous[key]
        before = previous.pop()
        if not previous:
            del self._previous[key]
        if isinstance(before, _Absent):
            self._newest.pop(key, None)
        else:
            self._newest[key] = before
