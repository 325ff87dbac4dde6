"""Plain and transactional commits beside one another."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.coordinators.group.offsets import OffsetStore
from workbench.embedded_broker.coordinators.timeline import Timeline
from workbench.wire.messages import OffsetCommitKey, OffsetCommitValue

TOPIC_ID = bytes(range(16))


class Store:
    """Replays at growing record offsets."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.offsets = OffsetStore(self.timeline)

    def commit(
        self,
        offset: int | None,
        producer_id: int = -1,
        *,
        group: str = "g",
        topic: str = "t",
        topic_id: bytes = TOPIC_ID,
    ) -> None:
        value = None if offset is None else OffsetCommitValue(offset=offset, topic_id=topic_id)
        at = self.timeline.next_offset
        self.offsets.replay(at, producer_id, OffsetCommitKey(group=group, topic=topic, partition=0), value)
        self.timeline.next_offset = at + 1

    def end(self, producer_id: int, *, commit: bool) -> None:
        self.offsets.end_transaction(producer_id, commit)
        self.timeline.next_offset += 1

    def offset(self) -> int | None:
        found = self.offsets.get("g", "t", 0)
        return None if found is None else found.offset


def test_the_later_record_wins_not_the_later_marker() -> None:
    store = Store()
    store.commit(1, producer_id=7)
    store.commit(2)
    store.end(7, commit=True)
    assert store.offset() == 2


def test_a_transactional_commit_after_a_plain_one_wins_when_it_commits() -> None:
    store = Store()
    store.commit(2)
    store.commit(1, producer_id=7)
    assert store.offset() == 2
    store.end(7, commit=True)
    assert store.offset() == 1


def test_an_abort_leaves_what_was_there() -> None:
    store = Store()
    store.commit(2)
    store.commit(1, producer_id=7)
    store.end(7, commit=False)
    assert store.offset() == 2
    assert not store.offsets.is_pending("g", "t", 0)


def test_a_partition_is_pending_until_the_last_transaction_ends() -> None:
    store = Store()
    store.commit(1, producer_id=7)
    store.commit(2, producer_id=8)
    store.end(7, commit=True)
    assert store.offsets.is_pending("g", "t", 0)
    store.end(8, commit=True)
    assert not store.offsets.is_pending("g", "t", 0)
    assert store.offset() == 2


def test_a_marker_of_a_producer_without_offsets_is_nothing() -> None:
    store = Store()
    store.end(9, commit=True)
    assert store.offset() is None


def test_a_tombstone_takes_pending_offsets_along() -> None:
    store = Store()
    store.commit(1)
    store.commit(2, producer_id=7)
    store.commit(None)
    store.end(7, commit=True)
    assert store.offset() is None
    assert not store.offsets.is_pending("g", "t", 0)


def test_deleting_a_group_takes_committed_and_pending_once_each() -> None:
    store = Store()
    store.commit(1)
    store.commit(2, producer_id=7)
    store.commit(3, producer_id=7, topic="u")
    store.commit(4, group="other")
    keys = [record.key for record in store.offsets.delete_all("g")]
    assert keys == [
        OffsetCommitKey(group="g", topic="t", partition=0),
        OffsetCommitKey(group="g", topic="u", partition=0),
    ]


@pytest.mark.parametrize(("stored", "goes"), [(TOPIC_ID, True), (bytes(16), True), (b"a newer topic id", False)])
def test_offsets_go_with_their_topic_not_with_its_name(stored: bytes, goes: bool) -> None:
    store = Store()
    store.commit(1, topic_id=stored)
    store.commit(2, producer_id=7, group="pending", topic_id=stored)
    store.commit(3, topic="other", topic_id=stored)
    keys = {record.key.group for record in store.offsets.delete_topics([(TOPIC_ID, "t")])}  # type: ignore[attr-defined]
    assert keys == ({"g", "pending"} if goes else set())


def test_taking_back_restores_every_face() -> None:
    store = Store()
    store.commit(1)
    store.commit(2, producer_id=7)
    before = store.timeline.next_offset
    store.end(7, commit=True)
    store.commit(None)
    store.timeline.revert(before)
    assert store.offset() == 1
    assert store.offsets.is_pending("g", "t", 0)
    store.end(7, commit=True)
    assert store.offset() == 2


def test_what_is_forgotten_takes_no_room() -> None:
    store = Store()
    store.commit(1)
    store.commit(2, producer_id=7)
    store.end(7, commit=True)
    store.commit(None)
    store.offsets.forget_empty()
    assert store.offsets.of_group("g", committed=True) == []
    store.timeline.commit(store.timeline.next_offset)
    store.offsets.forget_empty()
    assert (store.offsets._committed, store.offsets._pending, store.offsets._open) == ({}, {}, {})
