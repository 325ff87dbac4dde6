"""One fsync at a time in a worker thread; what is appended meanwhile shares the next one.

Invariant: `on_flushed` is told an offset only after everything below it has become durable, with the generation that
the log had when the flush began.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from workbench.system.tasks import TaskKeeper


class GroupCommit:
    """`flush` makes the log durable and returns up to which offset; `generation` is asked on the event loop."""

    def __init__(
        self,
        flush: Callable[[], int],
        generation: Callable[[], int],
        on_flushed: Callable[[int, int], None],
        on_failure: Callable[[Exception], None],
        tasks: TaskKeeper,
    ) -> None:
        self._flush = flush
        self._generation = generation
        self._on_flushed = on_flushed
        self._on_failure = on_failure
        self._tasks = tasks
        self._worker = ThreadPoolExecutor(1, "quorum-fsync")
        self._running = False
        self._wanted = False

    def request(self) -> None:
        """Has everything appended so far flushed soon."""
        self._wanted = True
        if not self._running:
            self._running = True
            self._tasks.spawn(self._run(), "fsync of the metadata log")

    async def _run(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                generation = self._generation()
                end_offset = await asyncio.get_running_loop().run_in_executor(self._worker, self._flush)
                self._on_flushed(end_offset, generation)
        except OSError as error:
            self._on_failure(error)
        finally:
            self._running = False

    async def close(self) -> None:
        """Waits for the flush under way."""
        await asyncio.to_thread(self._worker.shutdown)
