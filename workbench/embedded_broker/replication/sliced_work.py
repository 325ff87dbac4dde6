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
LONG_SLICE_S = 0.1
"""For work that a start waits for: nobody is served yet, but the metadata quorum must hear from this node."""
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
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_under_way(self) -> bool:
        """Whether there are steps that are not done yet."""
        return not self._idle.is_set()

    def do(self, steps: Iterable[Step], *, for_start: bool = False) -> None:
        """Does `steps` after those that are not done yet. Raises what a step raises that is done at once."""
        self._steps.extend(steps)
        if self.is_under_way:
            return
        slice_s = LONG_SLICE_S if for_start else SLICE_S
        self._slice(slice_s)
        if self._steps and self._tasks is not None:
            self._idle.clear()
            self._tasks.spawn(self._rest(slice_s), "steps left of a change")

    async def finished(self) -> None:
        """Waits until nothing is left."""
        await self._idle.wait()

    def give_up(self) -> None:
        """Forgets what is not done yet."""
        self._steps.clear()

    def _slice(self, slice_s: float) -> None:
        end = self._clock() + slice_s
        while self._steps:
            self._steps.popleft()()
            if self._tasks is not None and self._clock() >= end:
                return

    async def _rest(self, slice_s: float) -> None:
        try:
            while self._steps:
                await asyncio.sleep(PAUSE_S)
                try:
                    self._slice(slice_s)
                except Exception:
                    # One partition's trouble is not to keep the broker from following the others.
                    log.exception("A step of a change failed")
        finally:
            self._idle.set()
