from __future__ import annotations

import asyncio
import threading

import pytest

from tests.helpers.told_progress import ToldProgress
from workbench.cluster.threaded_work import Report, WorkCancelled, in_thread, nobody


async def test_progress_comes_from_the_thread() -> None:
    told = ToldProgress()

    def work(report: Report) -> str:
        for step in range(1, 4):
            report(step, 3)
        return "done"

    assert await in_thread(work, told, "copies") == "done"
    await asyncio.sleep(0)
    assert told.steps[0] == (1, 3, "copies") and told.steps[-1] == (3, 3, "copies")


async def test_who_cancels_waits_until_the_thread_has_tidied_up() -> None:
    begun, tidied = threading.Event(), threading.Event()

    def work(report: Report) -> None:
        try:
            while True:
                report(0, 1)
                begun.set()
        except WorkCancelled:
            tidied.set()
            raise

    task = asyncio.ensure_future(in_thread(work, ToldProgress()))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tidied.is_set()


def test_nobody_wants_to_know() -> None:
    nobody(1, 2)
