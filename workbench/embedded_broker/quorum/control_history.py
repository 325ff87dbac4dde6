"""Voter sets and kraft.versions by the offset of the control record that set them.

Invariants: offsets ascend; -1 stands for the bootstrap snapshot; a record counts from the moment it is in the log,
committed or not, and ceases to when it is truncated (KIP-853).
"""

from __future__ import annotations

from typing import Generic, TypeVar

from workbench.records.control import ControlRecord, KRaftVersion, KRaftVoters
from workbench.storage.quorum.voters import VoterSet
from workbench.storage.quorum.voters_record import voter_set_of

T = TypeVar("T")


class ValueHistory(Generic[T]):
    """Values by ascending offset."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, T]] = []

    @property
    def last(self) -> tuple[int, T] | None:
        return self._entries[-1] if self._entries else None

    def add(self, offset: int, value: T) -> None:
        if self._entries and offset <= self._entries[-1][0]:
            if offset < self._entries[-1][0]:
                raise ValueError(f"offset {offset} is below {self._entries[-1][0]}, the last known")
            self._entries.pop()
        self._entries.append((offset, value))

    def at_or_before(self, offset: int) -> T | None:
        found: T | None = None
        for known, value in self._entries:
            if known > offset:
                break
            found = value
        return found

    def truncate_from(self, offset: int) -> None:
        self._entries = [entry for entry in self._entries if entry[0] < offset]

    def forget_before(self, offset: int) -> None:
        """Drops all entries at or below `offset` except the newest of them, which is still the value there."""
        below = [entry for entry in self._entries if entry[0] <= offset]
        self._entries = below[-1:] + [entry for entry in self._entries if entry[0] > offset]

    def clear(self) -> None:
        self._entries.clear()


class ControlHistory:
    """The voter set and kraft.version in force at every offset of the log."""

    def __init__(self, static_voters: VoterSet) -> None:
        self.static_voters = static_voters
        self._voters: ValueHistory[VoterSet] = ValueHistory()
        self._kraft_versions: ValueHistory[int] = ValueHistory()

    @property
    def voters(self) -> VoterSet:
        """The latest voter set, from the log where it holds one, else from the configuration."""
        last = self._voters.last
        return self.static_voters if last is None else last[1]

    @property
    def voters_offset(self) -> int | None:
        """Offset of the record that holds the latest voter set; None where it comes from the configuration."""
        last = self._voters.last
        return None if last is None else last[0]

    @property
    def kraft_version(self) -> int:
        last = self._kraft_versions.last
        return 0 if last is None else last[1]

    def voters_at(self, offset: int) -> VoterSet | None:
        """The voter set that the log holds at `offset` (inclusive), None where it holds none."""
        return self._voters.at_or_before(offset)

    def kraft_version_at(self, offset: int) -> int:
        return self._kraft_versions.at_or_before(offset) or 0

    def record(self, offset: int, record: ControlRecord) -> None:
        """Notes a control record; others than voters and kraft.version have no meaning here."""
        if isinstance(record, KRaftVoters):
            self._voters.add(offset, voter_set_of(record))
        elif isinstance(record, KRaftVersion):
            self._kraft_versions.add(offset, record.kraft_version)

    def truncate_from(self, offset: int) -> None:
        self._voters.truncate_from(offset)
        self._kraft_versions.truncate_from(offset)

    def forget_before(self, offset: int) -> None:
        self._voters.forget_before(offset)
        self._kraft_versions.forget_before(offset)

    def load_snapshot(self, last_offset: int, kraft_version: int | None, voters: VoterSet | None) -> None:
        """Starts over from what a snapshot holds; `last_offset` is the last offset that it stands for."""
        self._voters.clear()
        self._kraft_versions.clear()
        if kraft_version is not None:
            self._kraft_versions.add(last_offset, kraft_version)
        if voters is not None:
            self._voters.add(last_offset, voters)
