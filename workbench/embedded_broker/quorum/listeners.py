"""Delivers what is committed to the users of the metadata log, each at its own pace, as `contract.py` promises.

Invariants: a listener's offsets have no gaps; it learns of the own node's leadership only after the first record of
that epoch, hence after every earlier one; no listener is called while another call of it is still running.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from workbench.embedded_broker.quorum.contract import (
    CommittedBatch,
    LeaderAndEpoch,
    LoadedSnapshot,
    OffsetAndEpoch,
    QuorumListener,
)

NOTHING_SEEN = -1


class _Subscription:
    def __init__(self, listener: QuorumListener) -> None:
        self.listener = listener
        self.next_offset = NOTHING_SEEN
        self.last_leader = LeaderAndEpoch(None, -1)

    def must_hear_of(self, leader: LeaderAndEpoch) -> bool:
        last = self.last_leader
        if leader == last or leader.epoch < last.epoch:
            return False
        return leader.epoch > last.epoch or last.leader_id is None or leader.leader_id is None


class Listeners:
    """All users of the metadata log."""

    def __init__(
        self,
        read_committed: Callable[[int, int], Iterator[list[CommittedBatch]]],
        load_snapshot: Callable[[OffsetAndEpoch], LoadedSnapshot],
    ) -> None:
        self._read_committed = read_committed
        self._load_snapshot = load_snapshot
        self._subscriptions: list[_Subscription] = []
        self._recent: deque[CommittedBatch] = deque()
        self._leader = LeaderAndEpoch(None, -1)
        self._own_epoch_start_offset: int | None = None
        self._high_watermark = -1
        self._log_start_offset = 0
        self._snapshot_id: OffsetAndEpoch | None = None
        self._delivering = False

    def register(self, listener: QuorumListener) -> None:
        self._subscriptions.append(_Subscription(listener))
        self.deliver()

    def remember(self, batch: CommittedBatch) -> None:
        """Keeps a batch that this node just appended, so that it need not be read back once it is committed."""
        self._recent.append(batch)

    def forget_uncommitted(self) -> None:
        """This node leads no more: what it appended may never be committed."""
        self._recent.clear()

    def log_changed(self, log_start_offset: int, latest_snapshot: OffsetAndEpoch | None) -> None:
        """Where the log starts and which snapshot holds what came before; None where none holds records."""
        self._log_start_offset = log_start_offset
        self._snapshot_id = latest_snapshot

    def committed(self, high_watermark: int) -> None:
        self._high_watermark = max(self._high_watermark, high_watermark)

    def leader_changed(self, leader: LeaderAndEpoch, own_epoch_start_offset: int | None) -> None:
        """`own_epoch_start_offset` is the offset of this node's first record as leader, None where another leads."""
        self._leader = leader
        self._own_epoch_start_offset = own_epoch_start_offset

    def deliver(self) -> None:
        """Brings every listener up to date; calls made by listeners meanwhile are taken up by the same loop."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while any(list(map(self._advance, self._subscriptions))):
                pass
        finally:
            self._delivering = False
        slowest = min((subscription.next_offset for subscription in self._subscriptions), default=NOTHING_SEEN)
        while self._recent and self._recent[0].last_offset < slowest:
            self._recent.popleft()

    def _advance(self, subscription: _Subscription) -> bool:
        """Makes the calls that are due; False where none was."""
        moved = False
        watermark = self._high_watermark
        if subscription.next_offset < watermark:
            self._catch_up(subscription, watermark)
            moved = True
        own_start = self._own_epoch_start_offset
        if subscription.must_hear_of(self._leader) and (own_start is None or subscription.next_offset > own_start):
            subscription.last_leader = self._leader
            subscription.listener.handle_leader_change(self._leader)
            moved = True
        return moved

    def _catch_up(self, subscription: _Subscription, watermark: int) -> None:
        starts = subscription.next_offset == NOTHING_SEEN
        if starts or subscription.next_offset < self._log_start_offset:
            if self._snapshot_id is not None:
                subscription.next_offset = self._snapshot_id.offset
                subscription.listener.handle_load_snapshot(self._load_snapshot(self._snapshot_id))
            else:
                subscription.next_offset = 0
        recent = self._recent_from(subscription.next_offset, watermark)
        if recent is not None:
            if recent:
                subscription.next_offset = recent[-1].last_offset + 1
                subscription.listener.handle_commit(recent)
            return
        for batches in self._read_committed(subscription.next_offset, watermark):
            subscription.next_offset = batches[-1].last_offset + 1
            subscription.listener.handle_commit(batches)

    def _recent_from(self, offset: int, watermark: int) -> list[CommittedBatch] | None:
        """The remembered batches between the offsets, None where they are not all remembered."""
        if offset >= watermark:
            return []
        found = [batch for batch in self._recent if batch.base_offset >= offset and batch.last_offset < watermark]
        complete = found and found[0].base_offset == offset and found[-1].last_offset == watermark - 1
        return found if complete else None
