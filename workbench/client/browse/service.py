"""The window's side of browsing: opens views in the browsing process and hands their answers to the event loop.

Callbacks and results arrive on the loop that called. If the process dies, every open question fails with a
`ClientError` and the next view starts it anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from workbench.client.browse.tail import TailNews
from workbench.client.browse.view_spec import Histogram, PackedRows, ViewInfo, ViewSpec
from workbench.client.browse.worker import Answer, Browser, Command, read_frame, write_frame
from workbench.client.errors import ClientError
from workbench.client.model import RecordRow, ScanProgress
from workbench.system.processes import python_child_environment
from workbench.system.quick_dataclass import dataclass

SUB_COMMAND = "browse"
"""What a frozen program is started with, since it has no `python -m`."""


class BrowseService:
    """One process for all views of the window. `in_process` runs the views' threads here, for tests."""

    def __init__(self, *, in_process: bool = False) -> None:
        self._in_process = in_process
        self._process: subprocess.Popen[bytes] | None = None
        self._browser: Browser | None = None
        self._numbers = itertools.count(1)
        self._views: dict[int, BrowseView] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Starts the process ahead of the first view, which then opens the sooner. Idempotent."""
        self._loop = asyncio.get_running_loop()
        if self._in_process:
            self._browser = self._browser or Browser(self._hand_over)
        elif self._process is None or self._process.poll() is not None:
            # Both flags are of Windows and 0 elsewhere.
            flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
            self._process = subprocess.Popen(
                _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                creationflags=flags,
                env=python_child_environment(),
            )
            assert self._process.stdout is not None
            threading.Thread(
                target=self._read, args=(self._process, self._process.stdout), name="browse answers", daemon=True
            ).start()

    async def open(self, spec: ViewSpec) -> BrowseView:
        """Resolves the bounds; raises `ClientError` for an unknown topic or brokers that do not answer."""
        self.start()
        view = BrowseView(self, next(self._numbers))
        self._views[view.view_id] = view
        try:
            view.info = await view.ask("open", spec)
        except BaseException:
            view.close()
            raise
        return view

    def close(self) -> None:
        """Ends the process and all views."""
        for view in list(self._views.values()):
            view.close()
        if self._browser is not None:
            self._browser.close()
            self._browser = None
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # -- inside -------------------------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Raises `ClientError` when the process is gone."""
        if self._browser is not None:
            self._browser.handle(command)
            return
        process = self._process
        if process is None or process.stdin is None:
            raise _gone()
        try:
            with self._lock:
                write_frame(process.stdin, command)  # type: ignore[arg-type]
        except (OSError, ValueError) as error:
            self._bury(process)
            raise _gone() from error

    def forget(self, view_id: int) -> None:
        """The view is closed."""
        self._views.pop(view_id, None)

    def _read(self, process: subprocess.Popen[bytes], stream: BinaryIO) -> None:
        while True:
            try:
                answer: Answer = read_frame(stream)
            except (EOFError, OSError, ValueError):
                break
            self._hand_over(answer)
        if self._process is process and self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._bury, process)
        stream.close()

    def _hand_over(self, answer: Answer) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._deliver, answer)

    def _deliver(self, answer: Answer) -> None:
        kind, view_id, request_id, value = answer
        view = self._views.get(view_id)
        if view is not None:
            view.deliver(kind, request_id, value)

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """Its pipes are broken, so it is of no use even if it should still run; views of the next one live on."""
        if self._process is not process:
            return
        self._process = None
        process.kill()
        threading.Thread(target=process.wait, name="browse end", daemon=True).start()
        for view in list(self._views.values()):
            view.fail(_gone())


def _gone() -> ClientError:
    return ClientError("The process that reads records has ended.", "Refresh to start it anew.", "BROWSER_GONE")


class Dropped(Exception):
    """A page that was asked for is no longer worth reading, because newer questions waited."""


@dataclass(slots=True)
class _Job:
    on_rows: Callable[[PackedRows], None] | None
    on_progress: Callable[[ScanProgress], None] | None
    on_news: Callable[[TailNews], None] | None
    on_error: Callable[[ClientError], None]


class BrowseView:
    """An open view. Its methods belong to the loop's thread."""

    def __init__(self, service: BrowseService, view_id: int) -> None:
        self._service = service
        self.view_id = view_id
        self.info = ViewInfo((), {}, {}, 0, None)
        self._requests = itertools.count(1)
        self._futures: dict[int, asyncio.Future[Any]] = {}
        self._jobs: dict[int, _Job] = {}
        self._closed = False

    async def page(self, position: int, count: int) -> Sequence[tuple[int, RecordRow]]:
        """Rows of an ascending span of positions, each with its position; raises `Dropped` when overtaken."""
        rows: Sequence[tuple[int, RecordRow]] = await self.ask("page", position, count)
        return rows

    async def record(self, partition: int, offset: int) -> RecordRow | None:
        """One record with all its bytes; None if it is gone."""
        row: RecordRow | None = await self.ask("record", partition, offset)
        return row

    async def histogram(self, buckets: int) -> Histogram:
        """Rows over time, without reading them."""
        histogram: Histogram = await self.ask("histogram", buckets)
        return histogram

    async def position_of_time(self, time_ms: int) -> int:
        """How many rows are older."""
        position: int = await self.ask("position", time_ms)
        return position

    def scan(
        self,
        filter_text: str,
        *,
        newest_first: bool,
        on_rows: Callable[[PackedRows], None],
        on_progress: Callable[[ScanProgress], None],
        on_error: Callable[[ClientError], None],
        starts: Mapping[int, int] | None = None,
        ends: Mapping[int, int] | None = None,
    ) -> BrowseJob:
        """Begins a scan of the view, or of a part of it; the last progress says `finished`."""
        arguments = (
            filter_text,
            newest_first,
            dict(self.info.starts if starts is None else starts),
            dict(self.info.ends if ends is None else ends),
        )
        return self._start("scan", _Job(on_rows, on_progress, None, on_error), arguments)

    def tail(
        self,
        filter_text: str,
        *,
        on_news: Callable[[TailNews], None],
        on_error: Callable[[ClientError], None],
    ) -> BrowseJob:
        """Follows the view's partitions from its end on."""
        return self._start("tail", _Job(None, None, on_news, on_error), (filter_text, dict(self.info.ends)))

    def close(self) -> None:
        """Stops whatever runs for it. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._service.forget(self.view_id)
        with contextlib.suppress(ClientError):
            self._service.send(("close", self.view_id, 0, ()))
        for future in self._futures.values():
            future.cancel()
        self._futures.clear()
        self._jobs.clear()

    # -- inside -------------------------------------------------------------------------------------------------

    async def ask(self, what: str, *arguments: Any) -> Any:
        """Sends a question and awaits its answer."""
        number = next(self._requests)
        self._service.send((what, self.view_id, number, arguments))
        future = self._futures[number] = asyncio.get_running_loop().create_future()
        try:
            return await future
        finally:
            self._futures.pop(number, None)

    def _start(self, what: str, job: _Job, arguments: tuple[Any, ...]) -> BrowseJob:
        number = next(self._requests)
        self._service.send((what, self.view_id, number, arguments))
        self._jobs[number] = job
        return BrowseJob(self, number)

    def control(self, number: int, what: str) -> None:
        """Pause, resume or cancel a job."""
        if what == "cancel":
            self._jobs.pop(number, None)
        with contextlib.suppress(ClientError):
            self._service.send(("control", self.view_id, number, (what,)))

    def deliver(self, kind: str, request_id: int, value: Any) -> None:
        """An answer has come."""
        job = self._jobs.get(request_id)
        if job is not None:
            self._deliver_to_job(job, kind, request_id, value)
            return
        future = self._futures.get(request_id)
        if future is None or future.done():
            return
        if kind == "answer":
            future.set_result(value)
        elif kind == "dropped":
            future.set_exception(Dropped())
        else:
            future.set_exception(value)

    def _deliver_to_job(self, job: _Job, kind: str, request_id: int, value: Any) -> None:
        if kind == "rows" and job.on_rows is not None:
            job.on_rows(value)
        elif kind == "progress" and job.on_progress is not None:
            if value.finished:
                del self._jobs[request_id]
            job.on_progress(value)
        elif kind == "news" and job.on_news is not None:
            job.on_news(value)
        elif kind == "error":
            del self._jobs[request_id]
            job.on_error(value)

    def fail(self, error: ClientError) -> None:
        """The process is gone."""
        for future in self._futures.values():
            if not future.done():
                future.set_exception(error)
        jobs, self._jobs = self._jobs, {}
        for job in jobs.values():
            job.on_error(error)


@dataclass(frozen=True, slots=True)
class BrowseJob:
    """A running scan or tail."""

    view: BrowseView
    number: int

    def pause(self) -> None:
        """Holds it."""
        self.view.control(self.number, "pause")

    def resume(self) -> None:
        """Lets it go on."""
        self.view.control(self.number, "resume")

    def cancel(self) -> None:
        """Ends it; no callback follows."""
        self.view.control(self.number, "cancel")


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, SUB_COMMAND]
    # `-P` keeps the current folder off the import path: a learner's own `kafka.py` must not take our library's place.
    return [sys.executable, "-P", "-m", "workbench.client.browse.worker"]
