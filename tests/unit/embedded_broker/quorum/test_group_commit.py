from __future__ import annotations

import asyncio
import threading

from workbench.embedded_broker.quorum.group_commit import GroupCommit
from workbench.system.tasks import TaskKeeper


class SlowLog:
    """A log whose flush waits until it is let go."""

    def __init__(self) -> None:
        self.end = 0
        self.generation = 0
        self.flushes = 0
        self.begun = threading.Event()
        self.go = threading.Semaphore(0)
        self.error: OSError | None = None

    def flush(self) -> int:
        end = self.end
        self.flushes += 1
        self.begun.set()
        self.go.acquire()
        if self.error is not None:
            raise self.error
        return end


async def test_appends_during_a_flush_share_the_next_one() -> None:
    log, flushed, tasks = SlowLog(), asyncio.Queue[tuple[int, int]](), TaskKeeper()
    commit = GroupCommit(
        log.flush, lambda: log.generation, lambda end, generation: flushed.put_nowait((end, generation)), print, tasks
    )
    log.end = 1
    commit.request()
    await asyncio.to_thread(log.begun.wait)
    for end in range(2, 50):
        log.end = end
        commit.request()
    log.go.release()
    assert await flushed.get() == (1, 0)
    log.go.release()
    assert await flushed.get() == (49, 0)
    assert log.flushes == 2
    await commit.close()


async def test_the_generation_is_that_of_the_beginning() -> None:
    log, flushed, tasks = SlowLog(), asyncio.Queue[tuple[int, int]](), TaskKeeper()
    commit = GroupCommit(
        log.flush, lambda: log.generation, lambda end, generation: flushed.put_nowait((end, generation)), print, tasks
    )
    log.end = 7
    commit.request()
    await asyncio.to_thread(log.begun.wait)
    log.generation = 1
    log.go.release()
    assert await flushed.get() == (7, 0)
    await commit.close()


async def test_a_failing_disk_is_told_and_nothing_is_called_flushed() -> None:
    log, failures, tasks = SlowLog(), asyncio.Queue[Exception](), TaskKeeper()
    flushed: list[int] = []
    commit = GroupCommit(log.flush, lambda: 0, lambda end, generation: flushed.append(end), failures.put_nowait, tasks)
    log.error = OSError(28, "No space left on device")
    log.go.release()
    commit.request()
    assert await failures.get() is log.error
    assert flushed == []
    await commit.close()
