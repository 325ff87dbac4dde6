"""Long work leaves time for others and keeps its order."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from workbench.embedded_broker.replication.sliced_work import PAUSE_S, SLICE_S, SlicedWork
from workbench.system.tasks import TaskKeeper


class Worker:
    """Steps that take half a slice each."""

    def __init__(self) -> None:
        self.now = 0.0
        self.done: list[int] = []

    def steps(self, *names: int) -> list[Callable[[], None]]:
        return [partial(self.step, name) for name in names]

    def step(self, name: int) -> None:
        self.now += SLICE_S / 2
        self.done.append(name)
        if name < 0:
            raise ValueError(name)


async def settled(work: SlicedWork) -> None:
    async with asyncio.timeout(10):
        while work.is_under_way:
            await asyncio.sleep(PAUSE_S)
    await asyncio.sleep(PAUSE_S * 3)


def test_without_tasks_all_is_done_at_once() -> None:
    worker = Worker()
    work = SlicedWork(clock=lambda: worker.now)
    work.do(worker.steps(1, 2, 3, 4, 5))
    assert worker.done == [1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="-1"):
        work.do(worker.steps(-1))


async def test_what_does_not_fit_comes_later_in_order() -> None:
    worker = Worker()
    work = SlicedWork(TaskKeeper(), clock=lambda: worker.now)
    work.do(worker.steps(1, 2, 3, 4, 5))
    assert worker.done == [1, 2]
    work.do(worker.steps(6))
    assert worker.done == [1, 2]
    await settled(work)
    assert worker.done == [1, 2, 3, 4, 5, 6]
    work.do(worker.steps(7))
    assert worker.done[-1] == 7


async def test_longer_slices_where_a_start_waits() -> None:
    worker = Worker()
    work = SlicedWork(TaskKeeper(), clock=lambda: worker.now)
    work.do(worker.steps(*range(1, 31)), for_start=True)
    assert worker.done == list(range(1, 21))
    await asyncio.wait_for(work.finished(), 10)
    assert worker.done == list(range(1, 31))


async def test_a_failure_later_on_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker()
    work = SlicedWork(TaskKeeper(), clock=lambda: worker.now)
    work.do(worker.steps(1, 2, -3, 4))
    await settled(work)
    assert worker.done == [1, 2, -3, 4]
    assert "A step of a change failed" in caplog.text


async def test_what_is_given_up_is_not_done() -> None:
    worker = Worker()
    work = SlicedWork(TaskKeeper(), clock=lambda: worker.now)
    work.do(worker.steps(1, 2, 3))
    work.give_up()
    await settled(work)
    assert worker.done == [1, 2]
