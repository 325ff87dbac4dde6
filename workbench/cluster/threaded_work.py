"""Work that blocks on the disk, in a thread, with progress, and an end as soon as its task is cancelled."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from workbench.cluster.progress import Progress

T = TypeVar("T")
Report = Callable[[int, int], None]
"""Takes done and total; raises `WorkCancelled` where nobody wants the rest."""
EVERY_S = 0.1


class WorkCancelled(Exception):
    """The work is not wanted any more; who raises it further has tidied up behind himself."""


def nobody(_done: int, _total: int) -> None:
    """Nobody wants to know."""


async def in_thread(work: Callable[[Report], T], progress: Progress, note: str = "") -> T:
    """Runs `work` with a report that tells `progress`; cancelled, it waits until the thread has ended."""
    loop = asyncio.get_running_loop()
    stop = threading.Event()
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        if stop.is_set():
            raise WorkCancelled
        now = time.monotonic()
        if now - last >= EVERY_S or done == total:
            last = now
            loop.call_soon_threadsafe(progress.show, done, total, note)

    running = asyncio.ensure_future(asyncio.to_thread(work, report))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        raise
