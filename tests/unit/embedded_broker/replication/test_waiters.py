"""Fetches that wait."""

from __future__ import annotations

import asyncio

from workbench.embedded_broker.replication.waiters import FetchWaiter


async def test_it_looks_once_a_turn_and_is_done_once() -> None:
    looks: list[int] = []
    ended: list[str] = []

    def check() -> bool:
        looks.append(1)
        return len(looks) == 2

    waiter = FetchWaiter(check, lambda: ended.append("expired"), 60)
    waiter.on_done(lambda: ended.append("forgotten"))
    waiter.wake()
    waiter.wake()
    await asyncio.sleep(0)
    assert len(looks) == 1 and not waiter.done
    waiter.wake()
    await asyncio.sleep(0)
    waiter.wake()
    await asyncio.sleep(0)
    assert len(looks) == 2 and waiter.done and ended == ["forgotten"]


async def test_time_ends_it() -> None:
    ended = asyncio.Event()
    waiter = FetchWaiter(lambda: False, ended.set, 0.001)
    await asyncio.wait_for(ended.wait(), 5)
    assert waiter.done
    waiter.cancel()


async def test_a_cancelled_one_neither_looks_nor_expires() -> None:
    waiter = FetchWaiter(lambda: (_ for _ in ()).throw(AssertionError), lambda: None, 0.001)
    waiter.wake()
    waiter.cancel()
    await asyncio.sleep(0.005)
    assert waiter.done
