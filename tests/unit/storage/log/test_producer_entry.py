"""What is remembered of one producer."""

from __future__ import annotations

from workbench.storage.log.producer_entry import BatchMetadata, ProducerEntry


def test_the_last_five_batches_are_remembered() -> None:
    entry = ProducerEntry(1)
    for place in range(7):
        entry.add_batch(0, place * 10 + 9, place * 100 + 9, 9, place)
    assert len(entry.batches) == 5
    assert entry.find_duplicate(0, 10, 19) is None, "forgotten"
    assert entry.find_duplicate(0, 20, 29) == BatchMetadata(29, 209, 9, 2)
    assert entry.find_duplicate(0, 20, 28) is None, "a part of a batch is no duplicate"
    assert entry.find_duplicate(1, 20, 29) is None, "nor is one of another epoch"
    assert (entry.last_sequence, entry.last_offset, entry.last_timestamp) == (69, 609, 6)


def test_sequences_wrap() -> None:
    entry = ProducerEntry(1)
    entry.add_batch(0, 4, 100, 9, 0)
    assert entry.batches[0].first_sequence == 2**31 - 5
    assert entry.batches[0].first_offset == 91
    entry.add_batch(0, 2**31 - 1, 101, 0, 0)
    assert entry.follows(0)
    assert not entry.follows(1)


def test_a_new_epoch_begins_afresh() -> None:
    entry = ProducerEntry(1)
    assert entry.follows(0)
    assert (entry.last_sequence, entry.last_offset) == (-1, -1)
    entry.add_batch(0, 9, 9, 9, 0)
    entry.move_to_epoch(0)
    assert len(entry.batches) == 1
    entry.add_batch(1, 0, 10, 0, 0)
    assert [batch.last_sequence for batch in entry.batches] == [0]
    entry.move_to_epoch(2)
    assert not entry.batches
    assert entry != ProducerEntry(1)
    assert ProducerEntry(1) == ProducerEntry(1)
    assert "producer_id=1" in repr(entry)
    assert not entry.in_transaction
