"""Committed offsets of all groups of one partition, and those that wait for their transaction's end.

A plain commit is in force once replayed. A transactional one is pending under its producer id until the marker comes:
commit moves it to the committed ones unless a later record has overtaken it, abort drops it (KIP-447). Reading "stable"
offsets refuses partitions with pending ones.

Source: Kafka's OffsetMetadataManager.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord
from workbench.embedded_broker.coordinators.group.offset_values import CommittedOffset
from workbench.embedded_broker.coordinators.group.records import offset_tombstone
from workbench.embedded_broker.coordinators.timeline import Timeline, TimelineDict
from workbench.wire.messages import OffsetCommitKey, OffsetCommitValue
from workbench.wire.uuids import ZERO_UUID

log = logging.getLogger(__name__)

NO_PRODUCER_ID = -1

TopicPartition = tuple[str, int]
GroupPartition = tuple[str, str, int]


class OffsetStore:
    """Offsets by group, topic and partition; only `replay` and `end_transaction` change them."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._committed: dict[str, TimelineDict[TopicPartition, CommittedOffset]] = {}
        self._pending: dict[int, TimelineDict[GroupPartition, CommittedOffset]] = {}
        """By producer id."""
        self._open: dict[str, TimelineDict[TopicPartition, frozenset[int]]] = {}
        """Producer ids with a pending offset, by group."""

    # ------------------------------------------------------------------ reading

    def get(self, group_id: str, topic: str, partition: int, *, committed: bool = False) -> CommittedOffset | None:
        """The newest offset, or with `committed` the one that is replicated."""
        offsets = self._committed.get(group_id)
        if offsets is None:
            return None
        return offsets.get_committed((topic, partition)) if committed else offsets.get((topic, partition))

    def of_group(self, group_id: str, *, committed: bool = False) -> list[tuple[TopicPartition, CommittedOffset]]:
        offsets = self._committed.get(group_id)
        if offsets is None:
            return []
        return list(offsets.committed_items() if committed else offsets.items())

    def is_pending(self, group_id: str, topic: str, partition: int) -> bool:
        """Whether a transaction that has not ended holds an offset for the partition."""
        opened = self._open.get(group_id)
        return opened is not None and (topic, partition) in opened

    def pending_of_group(self, group_id: str) -> list[TopicPartition]:
        opened = self._open.get(group_id)
        return [] if opened is None else list(opened)

    # ------------------------------------------------------------------ deciding removals

    def delete_all(self, group_id: str) -> list[CoordinatorRecord]:
        """Tombstones for everything that a group has committed or pending."""
        partitions = dict.fromkeys(key for key, _ in self.of_group(group_id))
        partitions.update(dict.fromkeys(self.pending_of_group(group_id)))
        return [offset_tombstone(group_id, topic, partition) for topic, partition in partitions]

    def delete_topics(self, topics: Iterable[tuple[bytes, str]]) -> list[CoordinatorRecord]:
        """Tombstones for the offsets of deleted topics (id, name); those of a new topic of the same name stay."""
        ids: dict[str, set[bytes]] = {}
        for topic_id, name in topics:
            ids.setdefault(name, {ZERO_UUID}).add(topic_id)
        removed: dict[GroupPartition, None] = {}
        for group_id, offsets in self._committed.items():
            for (topic, partition), offset in offsets.items():
                if offset.topic_id in ids.get(topic, ()):
                    removed[group_id, topic, partition] = None
        for pending in self._pending.values():
            for (group_id, topic, partition), offset in pending.items():
                if offset.topic_id in ids.get(topic, ()):
                    removed[group_id, topic, partition] = None
        return [offset_tombstone(*key) for key in removed]

    # ------------------------------------------------------------------ replaying

    def replay(
        self, record_offset: int, producer_id: int, key: OffsetCommitKey, value: OffsetCommitValue | None
    ) -> None:
        group_id, place = key.group, (key.topic, key.partition)
        if value is None:
            self._remove(group_id, place)
            return
        offset = CommittedOffset.from_record(value, record_offset)
        if producer_id == NO_PRODUCER_ID:
            self._offsets(group_id).put(place, offset)
            return
        if producer_id not in self._pending:
            self._pending[producer_id] = TimelineDict(self._timeline)
        self._pending[producer_id].put((group_id, *place), offset)
        if group_id not in self._open:
            self._open[group_id] = TimelineDict(self._timeline)
        opened = self._open[group_id]
        opened.put(place, (opened.get(place) or frozenset()) | {producer_id})

    def end_transaction(self, producer_id: int, is_commit: bool) -> None:
        """A marker of the producer was read or written."""
        pending = self._pending.get(producer_id)
        if pending is None:
            return
        for key, offset in list(pending.items()):
            group_id, topic, partition = key
            pending.remove(key)
            self._close(group_id, (topic, partition), producer_id)
            if not is_commit:
                continue
            existing = self.get(group_id, topic, partition)
            if existing is None or offset.record_offset > existing.record_offset:
                self._offsets(group_id).put((topic, partition), offset)
            else:
                log.info(
                    "Group %s: the transactional commit of %s-%d at record %d is older than the one at record %d",
                    group_id, topic, partition, offset.record_offset, existing.record_offset,
                )  # fmt: skip

    def forget_empty(self) -> None:
        """Drops dictionaries that hold nothing any more, on either face."""
        for by_name in (self._committed, self._open):
            for group_id in [key for key, offsets in by_name.items() if offsets.is_forgotten]:
                del by_name[group_id]
        for producer_id in [key for key, offsets in self._pending.items() if offsets.is_forgotten]:
            del self._pending[producer_id]

    def _offsets(self, group_id: str) -> TimelineDict[TopicPartition, CommittedOffset]:
        offsets = self._committed.get(group_id)
        if offsets is None:
            offsets = self._committed[group_id] = TimelineDict(self._timeline)
        return offsets

    def _remove(self, group_id: str, place: TopicPartition) -> None:
        offsets = self._committed.get(group_id)
        if offsets is not None:
            offsets.remove(place)
        opened = self._open.get(group_id)
        if opened is None:
            return
        for producer_id in opened.remove(place) or ():
            self._pending[producer_id].remove((group_id, *place))

    def _close(self, group_id: str, place: TopicPartition, producer_id: int) -> None:
        opened = self._open[group_id]
        left = (opened.get(place) or frozenset()) - {producer_id}
        if left:
            opened.put(place, left)
        else:
            opened.remove(place)
