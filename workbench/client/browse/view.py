"""One open view inside the browsing process: its own connections, a thread for pages and one for scan or tail.

Pages are answered newest question first: whoever scrolls on no longer needs what he has passed.
"""

from __future__ import annotations

import itertools
import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from workbench.client.browse.cluster_reader import (
    EARLIEST,
    LATEST,
    READ_COMMITTED,
    READ_UNCOMMITTED,
    ClusterReader,
    Stopped,
)
from workbench.client.browse.partition_cursor import PartitionCursor
from workbench.client.browse.scan import Scan, ScanControl
from workbench.client.browse.tail import Tail
from workbench.client.browse.timeline import Timeline
from workbench.client.browse.view_spec import Bound, BoundKind, Histogram, PackedRows, ViewInfo, ViewSpec
from workbench.client.errors import ClientError
from workbench.client.filter_expression import FilterError, compile_filter
from workbench.client.model import RecordRow

Emit = Callable[[str, int, Any], None]
"""Kind of answer, number of the request, answer."""

_MOST_WAITING_PAGES = 12
_PACKED_ROWS = 200


class View:
    """`emit` is called from its threads."""

    def __init__(self, spec: ViewSpec, emit: Emit) -> None:
        self._spec = spec
        self._emit = emit
        self._closed = False
        self._waiting: deque[tuple[str, int, tuple[Any, ...]]] = deque()
        self._wake = threading.Condition()
        self._reader = self._new_reader(lambda: self._closed)
        self._timeline: Timeline | None = None
        self._jobs: dict[int, tuple[ScanControl, ClusterReader]] = {}
        self._thread = threading.Thread(target=self._serve, name=f"view {spec.topic}", daemon=True)
        self._thread.start()

    def _new_reader(self, stopped: Callable[[], bool]) -> ClusterReader:
        spec = self._spec
        return ClusterReader(spec.bootstrap_servers, spec.properties, spec.topic, stopped=stopped)

    # -- from outside -------------------------------------------------------------------------------------------

    def ask(self, what: str, request_id: int, arguments: tuple[Any, ...]) -> None:
        """Queues `open`, `page`, `record`, `histogram` or `position`."""
        dropped = None
        with self._wake:
            pages = [item for item in self._waiting if item[0] == "page"]
            if what == "page" and len(pages) >= _MOST_WAITING_PAGES:
                dropped = pages[0]
                self._waiting.remove(dropped)
            self._waiting.append((what, request_id, arguments))
            self._wake.notify()
        if dropped is not None:
            self._emit("dropped", dropped[1], None)

    def start(self, what: str, request_id: int, arguments: tuple[Any, ...]) -> None:
        """Begins a `scan` or `tail`, which emits under its request's number until it ends or is stopped."""
        control = ScanControl()
        reader = self._new_reader(lambda: control.cancelled)
        self._jobs[request_id] = (control, reader)
        work = self._scan if what == "scan" else self._tail
        thread = threading.Thread(
            target=self._guarded, args=(work, request_id, (control, reader, *arguments)), name=what, daemon=True
        )
        thread.start()

    def control(self, request_id: int, what: str) -> None:
        """`pause`, `resume` or `cancel` of a scan or tail; unknown ones have ended already."""
        job = self._jobs.get(request_id)
        if job is None:
            return
        control, reader = job
        if what == "pause":
            control.pause()
        elif what == "resume":
            control.resume()
        else:
            control.cancel()
            reader.close()

    def close(self) -> None:
        """Ends every thread and connection."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        for request_id in list(self._jobs):
            self.control(request_id, "cancel")
        self._reader.close()

    # -- pages --------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                what, request_id, arguments = self._waiting.pop()
            self._guarded(self._answer, request_id, (what, *arguments))

    def _guarded(self, work: Callable[..., None], request_id: int, arguments: tuple[Any, ...]) -> None:
        """A known failure is an answer; a bug is one as well, with its traceback, so that it is seen."""
        try:
            work(request_id, *arguments)
        except Stopped:
            self._emit("error", request_id, ClientError("Reading was stopped.", "", "CANCELLED"))
        except ClientError as error:
            self._emit("error", request_id, error)
        except Exception as error:
            if self._closed:
                return
            traceback.print_exc()
            self._emit(
                "error",
                request_id,
                ClientError(f"Reading failed: {error!r}.", "This is a mistake of the workbench; see its log.", "BUG"),
            )
        finally:
            self._jobs.pop(request_id, None)

    def _answer(self, request_id: int, what: str, *arguments: Any) -> None:
        if what == "open":
            self._emit("answer", request_id, self._open())
            return
        timeline = self._timeline
        assert timeline is not None, "asked before it is open"
        if what == "page":
            self._emit("answer", request_id, timeline.page(*arguments))
        elif what == "record":
            self._emit("answer", request_id, self._record(*arguments))
        elif what == "position":
            self._emit("answer", request_id, timeline.position_of_time(*arguments))
        else:
            self._emit("answer", request_id, self._histogram(*arguments))

    def _open(self) -> ViewInfo:
        spec = self._spec
        every = self._reader.partitions()
        wanted = every if spec.partitions is None else tuple(p for p in spec.partitions if p in every)
        if not wanted:
            raise ClientError("None of these partitions exists.", "Choose others.", "UNKNOWN_TOPIC_OR_PARTITION")
        earliest = {p: offset or 0 for p, offset in self._reader.offsets(wanted, EARLIEST).items()}
        isolation = READ_COMMITTED if spec.committed else READ_UNCOMMITTED
        latest = {p: offset or 0 for p, offset in self._reader.offsets(wanted, LATEST, isolation).items()}
        ends = self._bound(spec.end, earliest, latest)
        starts = self._bound(spec.start, earliest, ends)
        starts = {p: min(starts[p], ends[p]) for p in wanted}
        if spec.start.kind is BoundKind.NEWEST:
            whole = Timeline(self._reader, earliest, ends, committed=spec.committed)
            if whole.total > spec.start.value:
                starts = dict(whole.offsets_of_position(whole.total - spec.start.value))
        self._timeline = Timeline(self._reader, starts, ends, committed=spec.committed)
        return ViewInfo(every, starts, ends, self._timeline.total, self._timeline.span_ms())

    def _bound(self, bound: Bound, earliest: dict[int, int], latest: dict[int, int]) -> dict[int, int]:
        if bound.kind is BoundKind.LATEST:
            return dict(latest)
        if bound.kind is BoundKind.OFFSET:
            return {p: min(max(bound.value, earliest[p]), latest[p]) for p in latest}
        if bound.kind is BoundKind.TIMESTAMP:
            found = self._reader.offsets(tuple(latest), bound.value)
            return {
                p: latest[p] if (at := found.get(p)) is None else min(max(at, earliest[p]), latest[p]) for p in latest
            }
        return dict(earliest)

    def _record(self, partition: int, offset: int) -> RecordRow | None:
        cursor = PartitionCursor(
            self._reader, partition, offset, offset + 1, at=offset, upwards=True, wanted=1, cut_bytes=1 << 40
        )
        return cursor.head

    def _histogram(self, buckets: int) -> Histogram:
        timeline = self._timeline
        assert timeline is not None
        span = timeline.span_ms()
        if span is None:
            return Histogram((), ())
        first, last = span
        step = max(1, -(-(last + 1 - first) // buckets))
        edges = list(range(first, last + 1, step))
        found = [sum(offsets) for offsets in timeline.offsets_at_times(edges)]
        found[0] = sum(timeline.starts)
        found.append(sum(timeline.ends))
        counts = tuple(max(0, later - sooner) for sooner, later in itertools.pairwise(found))
        return Histogram((*edges, edges[-1] + step), counts)

    # -- scan and tail ------------------------------------------------------------------------------------------

    def _scan(
        self,
        request_id: int,
        control: ScanControl,
        reader: ClusterReader,
        text: str,
        newest_first: bool,
        starts: dict[int, int],
        ends: dict[int, int],
    ) -> None:
        wanted = _compiled(text)
        assert wanted is not None, "a scan needs a filter"
        try:
            reader.partitions()
            Scan(
                reader,
                starts,
                ends,
                wanted,
                newest_first=newest_first,
                control=control,
                on_matches=lambda rows: self._emit_rows(request_id, rows),
                on_progress=lambda progress: self._emit("progress", request_id, progress),
                committed=self._spec.committed,
            ).run()
        finally:
            reader.close()

    def _emit_rows(self, request_id: int, rows: list[RecordRow]) -> None:
        for at in range(0, len(rows), _PACKED_ROWS):
            self._emit("rows", request_id, PackedRows.of(rows[at : at + _PACKED_ROWS]))

    def _tail(
        self, request_id: int, control: ScanControl, reader: ClusterReader, text: str, offsets: dict[int, int]
    ) -> None:
        try:
            reader.partitions()
            Tail(
                reader,
                offsets,
                _compiled(text),
                control=control,
                on_news=lambda news: self._emit("news", request_id, news),
            ).run()
        finally:
            reader.close()


def _compiled(text: str) -> Any:
    try:
        return compile_filter(text)
    except FilterError as error:
        raise ClientError(error.sentence, "Correct the filter.", "FILTER") from None
