"""The only door between coroutines, threads and Qt.

Every coroutine that the window starts goes through `Bridge.spawn`: it is named and referenced, its failure is seen
(`failed` is emitted, and the log file gets the traceback), and all of them are cancelled when the window closes.
`throttled` coalesces many calls into at most so many a second, so that a busy cluster never repaints faster than
an eye can read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

log = logging.getLogger(__name__)
T = TypeVar("T")

ErrorHandler = Callable[[BaseException], None]


class Bridge(QObject):
    """Named tasks on the window's event loop."""

    failed = Signal(str, object)  # name of the task, its exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: list[tuple[Coroutine[Any, Any, Any], str, ErrorHandler | None]] = []
        self._closing = False

    def spawn(
        self,
        coroutine: Coroutine[Any, Any, T],
        name: str,
        *,
        on_error: ErrorHandler | None = None,
        owner: QObject | None = None,
    ) -> asyncio.Task[T] | None:
        """Runs a coroutine; its failure goes to `on_error`, else to `failed`. None before the loop runs.

        With an `owner` (a pane, a dialog) it is cancelled when that is deleted, so that it never speaks to a widget
        that is gone. What is spawned before the event loop runs is started by `begin`, and has no owner.
        """
        if self._closing:
            coroutine.close()
            return None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._waiting.append((coroutine, name, on_error))
            return None
        task = loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(done, on_error))
        if owner is not None:
            owner.destroyed.connect(lambda *_: task.cancel())
        return task

    def begin(self) -> None:
        """Starts what was spawned too early; called once from inside the running loop."""
        waiting, self._waiting = self._waiting, []
        for coroutine, name, on_error in waiting:
            self.spawn(coroutine, name, on_error=on_error)

    async def close(self) -> None:
        """Cancels every task and waits until all have ended."""
        self._closing = True
        for coroutine, _name, _handler in self._waiting:
            coroutine.close()
        self._waiting.clear()
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finished(self, task: asyncio.Task[Any], on_error: ErrorHandler | None) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if on_error is not None:
            log.info("%s: %s: %s", task.get_name(), type(error).__name__, error)
            on_error(error)
            return
        log.error("task %s failed", task.get_name(), exc_info=error)
        self.failed.emit(task.get_name(), error)


class Throttle(QObject):
    """Calls `function` at most once in `interval_ms`, however often it is asked; the last call is never lost."""

    def __init__(self, interval_ms: int, function: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._function = function
        self._again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._elapsed)

    def __call__(self) -> None:
        """As `ask`, for callers that are not signals."""
        self.ask()

    def ask(self) -> None:
        """Asks for a call: at once if none was made in the last interval, else when it ends.

        Signals are connected to this: Qt ends such a connection with the object, which it cannot for a mere callable.
        """
        if self._timer.isActive():
            self._again = True
            return
        self._timer.start()
        self._function()

    def _elapsed(self) -> None:
        if self._again:
            self._again = False
            self._timer.start()
            self._function()
