"""One committed offset as the coordinator keeps it."""

from __future__ import annotations

from typing import Final

from workbench.system.quick_dataclass import dataclass
from workbench.wire.messages import OffsetCommitValue
from workbench.wire.uuids import ZERO_UUID

INVALID_OFFSET: Final = -1
"""Answered where nothing is committed."""


@dataclass(frozen=True, slots=True)
class CommittedOffset:
    """`leader_epoch` -1, `expire_timestamp_ms` None and `topic_id` all zero mean "not told".

    `record_offset` is where the commit lies in `__consumer_offsets`: of a plain and a transactional commit the later
    one wins, even if the transaction ends after the plain one was written.
    """

    offset: int
    leader_epoch: int
    metadata: str
    commit_timestamp_ms: int
    expire_timestamp_ms: int | None
    topic_id: bytes = ZERO_UUID
    record_offset: int = -1

    def is_of_topic(self, topic_id: bytes) -> bool:
        """False when both ids are known and differ: the offset belongs to a deleted topic of the same name."""
        return self.topic_id == topic_id or ZERO_UUID in (self.topic_id, topic_id)

    def is_expired(self, now_ms: int, base_timestamp_ms: int, retention_ms: int) -> bool:
        """An explicit expiry (commits of clients before KIP-211 with a retention time) overrules the retention."""
        if self.expire_timestamp_ms is not None:
            return now_ms >= self.expire_timestamp_ms
        return now_ms - base_timestamp_ms >= retention_ms

    @classmethod
    def from_record(cls, value: OffsetCommitValue, record_offset: int) -> CommittedOffset:
        return cls(
            value.offset,
            value.leader_epoch,
            value.metadata,
            value.commit_timestamp,
            None if value.expire_timestamp == -1 else value.expire_timestamp,
            value.topic_id,
            record_offset,
        )
