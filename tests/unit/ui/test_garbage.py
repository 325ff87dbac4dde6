"""Cycles are collected by the window's thread and by no other."""

import gc
import threading

import pytest

from workbench.ui.garbage import WindowThreadCollector


class Cycle:
    collected_in: list[threading.Thread] = []  # noqa: RUF012

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Cycle.collected_in.append(threading.current_thread())


def test_a_busy_thread_collects_nothing() -> None:
    collector = WindowThreadCollector()
    try:
        Cycle.collected_in.clear()
        Cycle()

        def allocate() -> None:
            kept = [[at] for at in range(100_000)]
            assert kept

        thread = threading.Thread(target=allocate)
        thread.start()
        thread.join()
        assert Cycle.collected_in == []
        kept = [[at] for at in range(2_000)]
        assert collector.check() is not None
        gc.collect()
        assert Cycle.collected_in == [threading.main_thread()] and kept
    finally:
        collector.stop()
    assert gc.isenabled()


def test_nothing_is_collected_while_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = WindowThreadCollector()
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    assert collector.check() is None
    monkeypatch.setattr(gc, "get_count", lambda: (10**6, 11, 0))
    assert collector.check() == 1
    collector.stop()
