"""Guards of transactions that wait for their coordinator (KIP-890)."""

from __future__ import annotations

from workbench.storage.log.verification import VerificationGuards


def begin(guards: VerificationGuards, sequence: int = 5, epoch: int = 0, *, bump: bool = False) -> object:
    return guards.begin(1, sequence, epoch, supports_epoch_bump=bump, now_ms=100)


def test_without_the_requirement_everything_passes() -> None:
    assert VerificationGuards().allows(1, None)


def test_only_the_guard_that_was_given_passes() -> None:
    guards = VerificationGuards(required=True)
    assert not guards.allows(1, None)
    guard = begin(guards)
    assert begin(guards) is guard
    assert guards.allows(1, guard)
    assert not guards.allows(1, object())
    assert not guards.allows(2, guard)
    guards.end(1)
    assert not guards.allows(1, guard), "a late confirmation opens no transaction"


def test_the_lowest_sequence_of_the_latest_epoch_counts() -> None:
    guards = VerificationGuards(required=True)
    begin(guards, 5)
    begin(guards, 3)
    begin(guards, 9)
    pending = guards.pending(1)
    assert pending is not None
    assert (pending.lowest_sequence, pending.epoch) == (3, 0)
    begin(guards, 7, epoch=1)
    assert (pending.lowest_sequence, pending.epoch) == (7, 1)


def test_a_marker_takes_the_guard_of_its_transaction_only() -> None:
    guards = VerificationGuards(required=True)
    begin(guards)
    guards.marker(1, 0)
    assert guards.pending(1) is None
    begin(guards, epoch=1, bump=True)
    guards.marker(1, 1)
    assert guards.pending(1) is not None, "the marker carries the epoch of the next transaction"
    guards.marker(1, 2)
    assert guards.pending(1) is None
    guards.marker(2, 0)


def test_forgotten_ones_go() -> None:
    guards = VerificationGuards(required=True)
    begin(guards)
    guards.remove_older_than(99)
    assert guards.pending(1) is not None
    guards.remove_older_than(100)
    assert guards.pending(1) is None
