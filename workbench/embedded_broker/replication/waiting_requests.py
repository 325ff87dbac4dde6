"""Requests that wait until an offset is reached: writes for the high watermark, deletions for the low one; pure.

Invariants: each is handed out once, in the order of offsets and then of arrival; one that gave up is not kept: what is
held is bounded by twice those that still wait.
"""

from __future__ import annotations

import heapq
from itertools import count

from workbench.embedded_broker.replication.events import Waiter

_SPARE = 16


class WaitingRequests:
    """Who waits for which offset."""

    __slots__ = ("_numbers", "_order", "_queue", "_waiters")

    def __init__(self) -> None:
        self._order = count()
        self._queue: list[tuple[int, int]] = []
        self._waiters: dict[int, Waiter] = {}
        self._numbers: dict[int, int] = {}
        # By identity: a waiter need not be hashable, and is kept alive by the entry beside.

    def __len__(self) -> int:
        return len(self._waiters)

    @property
    def held(self) -> int:
        """How many places are taken, with those of waiters that gave up."""
        return len(self._queue)

    def add(self, offset: int, waiter: Waiter) -> None:
        number = next(self._order)
        heapq.heappush(self._queue, (offset, number))
        self._waiters[number] = waiter
        self._numbers[id(waiter)] = number

    def remove(self, waiter: Waiter) -> bool:
        """Whether it was there."""
        number = self._numbers.pop(id(waiter), None)
        if number is None:
            return False
        del self._waiters[number]
        if len(self._queue) > 2 * len(self._waiters) + _SPARE:
            self._queue = [place for place in self._queue if place[1] in self._waiters]
            heapq.heapify(self._queue)
        return True

    def take_up_to(self, offset: int) -> tuple[Waiter, ...]:
        """Those that waited for `offset` or less."""
        queue = self._queue
        if not queue or queue[0][0] > offset:
            return ()
        taken = []
        while queue and queue[0][0] <= offset:
            waiter = self._waiters.pop(heapq.heappop(queue)[1], None)
            if waiter is not None:
                self._numbers.pop(id(waiter), None)
                taken.append(waiter)
        return tuple(taken)

    def take_all(self) -> tuple[Waiter, ...]:
        taken = tuple(self._waiters[number] for _, number in sorted(self._queue) if number in self._waiters)
        self._queue.clear()
        self._waiters.clear()
        self._numbers.clear()
        return taken
