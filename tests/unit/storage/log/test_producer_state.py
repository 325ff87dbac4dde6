"""Idempotence and transactions of one partition (KIP-98, KIP-360, KIP-890; semantics 20, 23, 24)."""

from __future__ import annotations

import pytest

from workbench.storage.log import AppendError, AppendOrigin
from workbench.storage.log.producer_entry import BatchMetadata, ProducerEntry
from workbench.storage.log.producer_state import CompletedTransaction, ProducerState
from workbench.wire.error_codes import ErrorCode

LAST = 2**31 - 1


def with_batches(*batches: tuple[int, int], epoch: int = 0) -> ProducerState:
    """Producer 1 with batches (first sequence, count), offsets following on from 0."""
    state = ProducerState()
    offset = 0
    for first, count in batches:
        last_sequence = (first + count - 1) & LAST
        state.apply_batch(1, epoch, last_sequence, offset, offset + count - 1, 1000, False)
        offset += count
    return state


def refusal(state: ProducerState, epoch: int, sequence: int, delta: int = 0, **options: object) -> ErrorCode | None:
    try:
        assert state.check_batch(1, epoch, sequence, delta, **options) is None  # type: ignore[arg-type]
    except AppendError as error:
        return error.code
    return None


def test_an_unknown_producer_may_start_anywhere() -> None:
    assert refusal(ProducerState(), 3, 500) is None


@pytest.mark.parametrize(
    ("epoch", "sequence", "code"),
    [
        (0, 10, None),
        (0, 11, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
        (0, 5, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
        (1, 0, None),
        (1, 10, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
    ],
)
def test_sequences_follow_each_other(epoch: int, sequence: int, code: ErrorCode | None) -> None:
    assert refusal(with_batches((0, 10)), epoch, sequence) == code


def test_an_older_epoch_is_refused() -> None:
    assert refusal(with_batches((0, 10), epoch=2), 1, 10) is ErrorCode.INVALID_PRODUCER_EPOCH


def test_an_epoch_below_none_is_older_than_that_of_an_unknown_producer() -> None:
    assert refusal(ProducerState(), -2, 0) is ErrorCode.INVALID_PRODUCER_EPOCH
    assert refusal(ProducerState(), -1, 0) is None


def test_sequences_wrap() -> None:
    assert refusal(with_batches((LAST - 1, 2)), 0, 0) is None
    assert refusal(with_batches((LAST - 1, 4)), 0, 2) is None
    assert refusal(with_batches((LAST - 1, 2)), 0, 1) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_duplicates_of_the_last_five_batches_answer_what_was_written() -> None:
    state = with_batches(*[(place * 3, 3) for place in range(6)])
    assert state.check_batch(1, 0, 6, 2) == BatchMetadata(8, 8, 2, 1000)
    assert refusal(state, 0, 0, 2) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "the sixth is forgotten"
    assert refusal(state, 0, 6, 1) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "a part of one is none"


def test_coordinators_have_no_sequences() -> None:
    state = with_batches((0, 10), epoch=2)
    assert refusal(state, 2, -1, origin=AppendOrigin.COORDINATOR) is None
    assert refusal(state, 1, -1, origin=AppendOrigin.COORDINATOR) is ErrorCode.INVALID_PRODUCER_EPOCH


def test_a_transaction_from_begin_to_commit() -> None:
    state = ProducerState()
    state.apply_batch(1, 0, 0, 10, 10, 1000, True)
    state.apply_batch(2, 0, 0, 11, 11, 1000, True)
    assert (state.first_unstable_offset, state.first_undecided_offset) == (10, 10)
    assert refusal(state, 0, 1) is ErrorCode.INVALID_TXN_STATE, "a write outside the open transaction"
    assert refusal(state, 0, 1, transactional=True) is None
    assert state.apply_marker(1, 0, 5, 12, 1000, False) == (CompletedTransaction(1, 10, 12, False), 11)
    assert state.first_unstable_offset == 10, "not yet replicated"
    assert state.first_undecided_offset == 11
    state.high_watermark_advanced(12)
    assert state.first_unstable_offset == 10, "the marker itself is not below the high watermark"
    state.high_watermark_advanced(13)
    assert state.first_unstable_offset == 11
    assert state.apply_marker(2, 0, 5, 13, 1000, True) == (CompletedTransaction(2, 11, 13, True), 14)
    state.high_watermark_advanced(14)
    assert state.first_unstable_offset is None


def test_a_marker_without_a_transaction_completes_none() -> None:
    state = ProducerState()
    assert state.apply_marker(1, 4, 0, 0, 1000, True) is None
    assert state.producers[1].epoch == 4
    assert state.first_unstable_offset is None


def test_a_marker_keeps_the_sequences_of_its_epoch_and_forgets_those_of_another() -> None:
    state = with_batches((0, 10))
    state.apply_marker(1, 0, 0, 10, 1000, False)
    assert refusal(state, 0, 10) is None
    state.apply_marker(1, 1, 0, 11, 1000, False)
    assert refusal(state, 1, 0) is None
    assert refusal(state, 1, 10) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


@pytest.mark.parametrize(
    ("version", "epoch", "coordinator_epoch", "code"),
    [
        (0, 3, 5, None),
        (0, 4, 5, None),
        (0, 2, 5, ErrorCode.INVALID_PRODUCER_EPOCH),
        (0, 3, 4, ErrorCode.TRANSACTION_COORDINATOR_FENCED),
        (2, 4, 5, None),
        (2, 3, 5, ErrorCode.INVALID_PRODUCER_EPOCH),
        (2, 2, 5, ErrorCode.INVALID_PRODUCER_EPOCH),
    ],
)
def test_markers_of_an_open_transaction(
    version: int, epoch: int, coordinator_epoch: int, code: ErrorCode | None
) -> None:
    state = ProducerState()
    state.apply_marker(1, 3, 5, 0, 1000, False)
    state.apply_batch(1, 3, 0, 1, 1, 1000, True)
    found = None
    try:
        state.check_marker(1, epoch, coordinator_epoch, transaction_version=version)
    except AppendError as error:
        found = error.code
    assert found == code


def test_a_repeated_marker_of_transaction_version_2_is_let_through() -> None:
    state = ProducerState()
    state.apply_batch(1, 3, 0, 0, 0, 1000, True)
    state.apply_marker(1, 4, 0, 1, 1000, False)
    state.check_marker(1, 4, 0, transaction_version=2)
    state.check_marker(9, 0, 0, transaction_version=2)


def test_without_confirmation_no_transaction_begins() -> None:
    state = ProducerState()
    state.guards.required = True
    assert refusal(state, 0, 0, transactional=True) is ErrorCode.INVALID_TXN_STATE
    guard = state.guards.begin(1, 0, 0, supports_epoch_bump=True, now_ms=0)
    assert refusal(state, 0, 1, transactional=True, guard=guard) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert refusal(state, 0, 0, transactional=True, guard=guard) is None
    state.apply_batch(1, 0, 0, 0, 0, 1000, True)
    assert refusal(state, 0, 1, transactional=True) is None, "the open transaction is its own proof"
    assert refusal(state, 1, 0, transactional=True) is ErrorCode.INVALID_TXN_STATE, "but not that of another epoch"


def test_an_old_epoch_is_told_before_a_missing_confirmation() -> None:
    state = with_batches((0, 1), epoch=2)
    state.guards.required = True
    assert refusal(state, 1, 1, transactional=True) is ErrorCode.INVALID_PRODUCER_EPOCH


def test_silent_producers_are_forgotten_unless_in_a_transaction() -> None:
    state = ProducerState(expiration_ms=100)
    state.apply_batch(1, 0, 0, 0, 0, 1000, False)
    state.apply_batch(2, 0, 0, 1, 1, 1000, True)
    state.remove_expired(1099)
    assert sorted(state.producers) == [1, 2]
    state.remove_expired(1100)
    assert sorted(state.producers) == [2]
    assert not state.is_empty


def test_loading_a_snapshot_opens_its_transactions_in_order() -> None:
    late, early = ProducerEntry(1, 0, 0, 1000, 50), ProducerEntry(2, 0, 0, 1000, 20)
    expired = ProducerEntry(3, 0, 0, 0)
    state = ProducerState(expiration_ms=1000)
    state.load([late, early, expired], now_ms=1500)
    assert list(state.ongoing.items()) == [(20, 2), (50, 1)]
    assert sorted(state.producers) == [1, 2]
    state.clear()
    assert state.is_empty


def test_late_transactions() -> None:
    state = ProducerState()
    assert not state.has_late_transaction(10**9, 1000)
    state.apply_batch(1, 0, 0, 0, 0, 1000, True)
    assert not state.has_late_transaction(1000 + 1000 + 300_000, 1000)
    assert state.has_late_transaction(1000 + 1001 + 300_000, 1000)
