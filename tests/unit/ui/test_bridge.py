"""The door between coroutines and Qt: failures are seen, ends are waited for, calls are coalesced."""

from __future__ import annotations

import asyncio
import logging

import pytest
from pytestqt.qtbot import QtBot

from workbench.ui.bridge import Bridge, Throttle


async def _fail() -> None:
    raise ValueError("broken")


async def test_an_unhandled_failure_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    bridge = Bridge()
    told: list[tuple[str, str]] = []
    bridge.failed.connect(lambda name, error: told.append((name, str(error))))
    bridge.spawn(_fail(), "the work")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == [("the work", "broken")]
    assert any(record.levelno == logging.ERROR and record.exc_info for record in caplog.records)


async def test_a_handler_takes_the_failure() -> None:
    bridge = Bridge()
    told: list[str] = []
    taken: list[str] = []
    bridge.failed.connect(lambda name, _error: told.append(name))
    bridge.spawn(_fail(), "the work", on_error=lambda error: taken.append(str(error)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert taken == ["broken"] and told == []


async def test_closing_cancels_everything_and_takes_nothing_new() -> None:
    bridge = Bridge()
    ended: list[str] = []

    async def wait(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    bridge.spawn(wait("a"), "a")
    bridge.spawn(wait("b"), "b")
    await asyncio.sleep(0)
    await bridge.close()
    assert sorted(ended) == ["a", "b"]
    assert bridge.spawn(wait("c"), "c") is None
    assert sorted(ended) == ["a", "b"]


def test_what_is_spawned_before_the_loop_runs_waits_for_it() -> None:
    bridge = Bridge()
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    assert bridge.spawn(work(), "early") is None

    async def main() -> None:
        assert done == []
        bridge.begin()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert done == [1]


def test_a_throttle_calls_at_once_then_seldom_and_never_loses_the_last(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttle = Throttle(40, lambda: calls.append(1))
    for _ in range(100):
        throttle()
    assert len(calls) == 1
    qtbot.waitUntil(lambda: len(calls) == 2, timeout=2000)
    qtbot.waitUntil(lambda: not throttle._timer.isActive(), timeout=2000)
    assert len(calls) == 2
