"""A group of a protocol that this broker does not serve, kept as its records tell it.

Directories that Apache Kafka wrote hold consumer (KIP-848), share (KIP-932) and streams (KIP-1071) groups. Their
offsets are served, they are listed, and once nobody is in them they can be deleted or be joined by classic members.
Since no heartbeat of theirs can arrive here, their members are given up one session timeout after loading.

Invariant: every record of the group is in `records` under its encoded key, so tombstones for all of them delete it.
"""

from __future__ import annotations

from typing import Final

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord
from workbench.embedded_broker.coordinators.timeline import Timeline, TimelineDict
from workbench.system.quick_dataclass import dataclass
from workbench.wire.compiler import Message
from workbench.wire.messages import ConsumerGroupMetadataValue, ShareGroupMetadataValue, StreamsGroupMetadataValue
from workbench.wire.record_values import encode_coordinator_key

KINDS: Final = {"ConsumerGroup": "consumer", "ShareGroup": "share", "StreamsGroup": "streams"}
"""Group type by the beginning of the names of its records."""

_REMOVAL_ORDER: Final = (
    "CurrentMemberAssignment",
    "TargetAssignmentMember",
    "TargetAssignmentMetadata",
    "RegularExpression",
    "MemberMetadata",
    "PartitionMetadata",
    "StatePartitionMetadata",
    "Topology",
    "Metadata",
)
"""Kafka refuses to replay the removal of a group before that of its members, so the group's own record is last."""


@dataclass(frozen=True, slots=True)
class ForeignMembersExpired:
    """Timer: no member of the group can have sent a heartbeat for a session timeout."""

    group_id: str


def kind_of(key: Message) -> str | None:
    """The type of group that a record is about; None for records of classic groups and offsets."""
    return next((kind for prefix, kind in KINDS.items() if key.NAME.startswith(prefix)), None)


class ForeignGroup:
    """Records by encoded key, on the timeline."""

    def __init__(self, group_id: str, kind: str, timeline: Timeline) -> None:
        self.group_id = group_id
        self.kind = kind
        self._records: TimelineDict[bytes, CoordinatorRecord] = TimelineDict(timeline)

    @property
    def records(self) -> list[CoordinatorRecord]:
        return [record for _, record in self._records.items()]

    @property
    def member_ids(self) -> list[str]:
        return [record.key.member_id for record in self.records if self._part(record) == "MemberMetadata"]  # type: ignore[attr-defined]

    @property
    def is_empty(self) -> bool:
        return not self.member_ids

    @property
    def can_become_classic(self) -> bool:
        return self.kind != "share" and self.is_empty

    @property
    def state(self) -> str:
        """ "Empty", or "Stable" since nothing will change until its members are given up."""
        return "Empty" if self.is_empty else "Stable"

    @property
    def protocol_type(self) -> str:
        return self.kind

    @property
    def has_records(self) -> bool:
        return len(self._records) > 0

    def replay(self, record: CoordinatorRecord) -> None:
        key = encode_coordinator_key(record.key)
        if record.value is None:
            self._records.remove(key)
        else:
            self._records.put(key, record)

    def tombstones(self) -> list[CoordinatorRecord]:
        """Removes the group from the log, its own record last."""
        return [CoordinatorRecord(record.key) for record in sorted(self.records, key=self._rank)]

    def expire_members(self) -> list[CoordinatorRecord]:
        """Removes all members and raises the group's epoch, as fencing them does."""
        removed = [
            CoordinatorRecord(record.key)
            for record in sorted(self.records, key=self._rank)
            if hasattr(record.key, "member_id")
        ]
        for record in self.records:
            value = record.value
            if self._part(record) == "Metadata" and isinstance(
                value, ConsumerGroupMetadataValue | ShareGroupMetadataValue | StreamsGroupMetadataValue
            ):
                raised = type(value).decode(value.encode(record.value_version), record.value_version)[0]
                raised.epoch += 1
                raised.metadata_hash = 0
                removed.append(CoordinatorRecord(record.key, raised, record.value_version))
        return removed

    def _part(self, record: CoordinatorRecord) -> str:
        """What of the group a record holds: its name without the kind of group before and `Key` behind."""
        name = record.key.NAME.removesuffix("Key")
        prefix = next(prefix for prefix, kind in KINDS.items() if kind == self.kind)
        return name.removeprefix(prefix)

    def _rank(self, record: CoordinatorRecord) -> int:
        part = self._part(record)
        return _REMOVAL_ORDER.index(part) if part in _REMOVAL_ORDER else 0
