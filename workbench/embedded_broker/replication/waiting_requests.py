"""Requests that wait until an offset is reached: writes for the high watermark, deletions for the low one; pure.

Invariants: each is handed out once, in the order of offsets and then of arrival; of those that gave up no more places
are held than of those that still wait.
"""

from __future__ import annotations

import heapq
from itertools import count

from workbench.embedded_broker.replication.events import Waiter

_Place = tuple[int, int, Waiter]


class WaitingRequests:
    """Who waits for which offset."""

    __slots__ = ("_gone", "_order", "_queue")

    def __init__(self) -> None:
        self._order = count()
        self._queue: list[_Place] = []
        self._gone: set[int] = set()

    def __len__(self) -> int:
        return len(self._queue) - len(self._gone)

    @property
    def places(self) -> int:
        """How many are held, with those of waiters that gave up."""
        return len(self._queue)

    def add(self, offset: int, waiter: Waiter) -> None:
        heapq.heappush(self._queue, (offset, next(self._order), waiter))

    def remove(self, waiter: Waiter) -> bool:
        """Whether it was there."""
        queue, gone = self._queue, self._gone
        # Times are over in about the order of offsets, so that it is found near the front.
        for _, number, known in queue:
            if known is waiter and number not in gone:
                gone.add(number)
                break
        else:
            return False
        while queue and queue[0][1] in gone:
            gone.discard(heapq.heappop(queue)[1])
        if len(gone) > len(queue) // 2:
            self._queue = [place for place in queue if place[1] not in gone]
            heapq.heapify(self._queue)
            gone.clear()
        return True

    def take_up_to(self, offset: int) -> tuple[Waiter, ...]:
        """Those that waited for `offset` or less."""
        queue = self._queue
        if not queue or queue[0][0] > offset:
            return ()
        taken = []
        while queue and queue[0][0] <= offset:
            _, number, waiter = heapq.heappop(queue)
            if number in self._gone:
                self._gone.discard(number)
            else:
                taken.append(waiter)
        return tuple(taken)

    def take_all(self) -> tuple[Waiter, ...]:
        taken = tuple(waiter for _, number, waiter in sorted(self._queue) if number not in self._gone)
        self._queue.clear()
        self._gone.clear()
        return taken
