"""Work on the event loop in slices: what takes long is done piece by piece, and others are served in between.

Invariant: steps run in the order in which they were given, each once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable

from workbench.system.tasks import TaskKeeper

log = logging.getLogger(__name__)

SLICE_S = 0.01
PAUSE_S = 0.005
"""Between slices: an exchange with others takes several turns of the loop, so one turn would not do."""

Step = Callable[[], None]


class SlicedWork:
    """Does at once what fits into a slice of time, and what is left in a task of `tasks`.

    Without `tasks`, where nobody waits, all of it is done at once.
    """

    def __init__(self, tasks: TaskKeeper | None = None, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._tasks = tasks
        self._clock = clock
        self._steps: deque[Step] = deque()
        self.is_under_way = False
        """Whether there are steps that are not done yet."""

    def do(self, steps: Iterable[Step], *, at_once: bool = False) -> None:
        """Does `steps` after those that are not done yet. Raises what a step raises that is done at once."""
        self._steps.extend(steps)
        if at_once:
            while self._steps:
                self._steps.popleft()()
        if self.is_under_way:
            return
        self._slice()
        if self._steps and self._tasks is not None:
            self.is_under_way = True
            self._tasks.spawn(self._rest(), "steps left of a change")

    def give_up(self) -> None:
        """Forgets what is not done yet."""
        self._steps.clear()

    def _slice(self) -> None:
        end = self._clock() + SLICE_S
        while self._steps:
            self._steps.popleft()()
            if self._tasks is not None and self._clock() >= end:
                return

    async def _rest(self) -> None:
        try:
            while self._steps:
                await asyncio.sleep(PAUSE_S)
                try:
                    self._slice()
                except Exception:
                    # One partition's trouble is not to keep the broker from following the others.
                    log.exception("A step of a change failed")
        finally:
            self.is_under_way = False
