"""Runs an embedded cluster in the terminal until somebody wants it to stop.

Stops on SIGINT, SIGTERM, and, where standard input is a pipe, at its end: a program that started us and died takes its
cluster with it. Lines on a pipe or a terminal are commands (`cluster/commands.py`), answered on standard error. Under
nohup or a service manager, standard input is neither and is not heeded.

Invariant: however it ends, the brokers are stopped cleanly before `run_in_foreground` returns.
"""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
import threading
from collections.abc import Awaitable, Callable

from workbench.cluster.commands import run_command
from workbench.cluster.events import ClusterEvent, ClusterPhase, ClusterPhaseChanged
from workbench.cluster.supervisor import LocalCluster
from workbench.system.known_error import KnownError


async def run_in_foreground(cluster: LocalCluster, when_ready: Callable[[], Awaitable[None]]) -> None:
    """Starts `cluster`, calls `when_ready`, and returns once it was asked to stop and has.

    KnownError where it cannot start, or where every broker has failed for good.
    """
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    lines: asyncio.Queue[str] = asyncio.Queue()
    _read_standard_input(stopping, lines)
    failed: list[KnownError] = []

    def watch(event: ClusterEvent) -> None:
        if isinstance(event, ClusterPhaseChanged) and event.phase in (ClusterPhase.FAILED, ClusterPhase.STOPPED):
            for handle in cluster.brokers.values():
                if handle.failure is not None:
                    failed.append(KnownError(handle.failure.sentence, handle.failure.remedy))
            stopping.set()

    starting = asyncio.create_task(cluster.start(), name="cluster start")
    waiting = asyncio.create_task(stopping.wait(), name="wait for the end")
    obeying: asyncio.Task[None] | None = None
    try:
        await asyncio.wait((starting, waiting), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            return
        starting.result()
        unsubscribe = cluster.subscribe(watch)
        await when_ready()
        obeying = asyncio.create_task(_obey(cluster, lines), name="commands")
        await waiting
        unsubscribe()
    finally:
        waiting.cancel()
        if obeying is not None:
            obeying.cancel()
        await cluster.close()
        await asyncio.gather(starting, return_exceptions=True)
    if failed:
        raise failed[0]


def _stop_on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:
            # Windows: its loop has no signal handlers; the interpreter's own is called between two steps of the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))


async def _obey(cluster: LocalCluster, lines: asyncio.Queue[str]) -> None:
    """Carries out one line after the other."""
    while True:
        answer = await run_command(cluster, await lines.get())
        if answer:
            print(answer, file=sys.stderr, flush=True)


def _read_standard_input(stopping: asyncio.Event, lines: asyncio.Queue[str]) -> None:
    try:
        descriptor = sys.stdin.fileno()
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        is_terminal = os.isatty(descriptor)
    except (AttributeError, OSError, ValueError):
        return
    if not is_pipe and not is_terminal:
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        rest = b""
        try:
            while True:
                try:
                    data = os.read(descriptor, 65_536)
                except OSError:
                    data = b""
                if not data:
                    break
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    loop.call_soon_threadsafe(lines.put_nowait, line.decode("utf-8", "replace"))
            if is_pipe:
                loop.call_soon_threadsafe(stopping.set)
        except RuntimeError:
            # The loop is closed: the cluster was stopped by other means.
            return

    threading.Thread(target=read, name="standard input", daemon=True).start()
