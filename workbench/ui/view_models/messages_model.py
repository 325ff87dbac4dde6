"""What a messages pane shows of one topic and can do: range, order, filter, rows, progress; no widgets.

States: `idle` (nothing asked), `opening`, `showing` (a whole view, page by page), `scanning` and `found` (a filter's
matches), `live`, `failed`. Every change of range, order or filter opens the view anew with a fresh end, and nothing
is ever read past that end except in `live`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from workbench.client.browse.service import BrowseJob, BrowseService, BrowseView, Dropped
from workbench.client.browse.tail import TailNews
from workbench.client.browse.view_spec import Bound, BoundKind, Histogram, PackedRows, ViewInfo, ViewSpec
from workbench.client.errors import ClientError
from workbench.client.filter_expression import CompiledFilter, FilterError, FilterRecord, compile_filter
from workbench.client.model import RecordRow, ScanProgress
from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.bridge import Bridge, Throttle
from workbench.ui.item_models.records_model import ListedRows, PackedMatches, PagedRows, RowSource
from workbench.ui.view_models.jobs import Jobs, JobState
from workbench.ui.view_models.messages_rows import RowDecoding

HISTOGRAM_BUCKETS = 120
LIVE_ROWS = 10_000
LIVE_BEFORE = 200
ADD_EVERY_MS = 200
FROM_EARLIEST, TO_LATEST = Bound(BoundKind.EARLIEST), Bound(BoundKind.LATEST)


class Order(StrEnum):
    """How rows stand."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LIVE = "live"


class MessagesState(StrEnum):
    """See the module."""

    IDLE = "idle"
    OPENING = "opening"
    SHOWING = "showing"
    SCANNING = "scanning"
    FOUND = "found"
    LIVE = "live"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FilterValidity:
    """`verdict` is "" for a blank filter, ok or err; for err, where the fault lies in the text."""

    verdict: str = ""
    words: str = ""
    start: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that determines the rows."""

    start: Bound = FROM_EARLIEST
    end: Bound = TO_LATEST
    partitions: tuple[int, ...] | None = None
    order: Order = Order.NEWEST
    filter_text: str = ""
    brush_ms: tuple[int, int] | None = None
    committed: bool = False


class MessagesModel(QObject):
    """One topic's messages. `rows_replaced` when `source` is another one, `changed` for all the rest."""

    changed = Signal()
    rows_replaced = Signal()
    columns_changed = Signal()
    histogram_changed = Signal()

    def __init__(
        self,
        topic: str,
        bootstrap: Callable[[], str],
        properties: Callable[[], Mapping[str, str]],
        service: BrowseService,
        bridge: Bridge,
        jobs: Jobs | None = None,
        leaders: Callable[[], Mapping[int, int | None]] = dict,
    ) -> None:
        """`leaders` are those of the topic's partitions, as far as they are known, None for none."""
        super().__init__()
        self.topic = topic
        self._leaders = leaders
        self.left_out: tuple[int, ...] = ()
        self._bootstrap = bootstrap
        self._properties = properties
        self._service = service
        self._bridge = bridge
        self._jobs = jobs
        self._job_number: int | None = None
        self.asked = Asked()
        self.state = MessagesState.IDLE
        self.error: ClientError | None = None
        self.info: ViewInfo | None = None
        self.source: RowSource = ListedRows()
        self.decoding = RowDecoding()
        self.progress: ScanProgress | None = None
        self.histogram: Histogram | None = None
        self.match_counts: list[int] = []
        self.live_seen = 0
        self.live_passed_over = 0
        self.paused = False
        self._view: BrowseView | None = None
        self._job: BrowseJob | None = None
        self._opening: asyncio.Task[None] | None = None
        self._compiled: CompiledFilter | None = None
        self._histogram_of: tuple[object, ...] = ()
        self._matches_waiting: list[tuple[PackedMatches, PackedRows]] = []
        self._add_waiting = Throttle(ADD_EVERY_MS, self._add_matches, self)

    # -- what is asked ------------------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> None:
        """Shows other rows, from the start of a new view."""
        self.asked = asked
        self.reload()

    def change(self, **changes: object) -> None:
        """As `ask`, with some of it changed."""
        self.ask(replace(self.asked, **changes))  # type: ignore[arg-type]

    def run_filter(self, text: str) -> bool:
        """Applies a filter if it is valid; the rows shown stay otherwise."""
        if self.validate(text).verdict == "err":
            return False
        self.change(filter_text=text.strip())
        return True

    def validate(self, text: str, sample: RecordRow | None = None) -> FilterValidity:
        """Whether a filter compiles against the fields seen so far, and whether it is true of a record."""
        try:
            compiled = compile_filter(text, self.decoding.samples)
        except FilterError as error:
            return FilterValidity("err", error.sentence, error.start, error.length)
        if compiled is None:
            return FilterValidity()
        words = self.tr("valid")
        if sample is not None and not sample.is_cut:
            true = compiled.test(filter_record(sample))
            words = (
                self.tr("valid; true for the selected message")
                if true
                else self.tr("valid; false for the selected message")
            )
        return FilterValidity("ok", words)

    def reload(self) -> None:
        """Opens the view again, with all that has been produced since."""
        self.stop()
        self.error = None
        self.state = MessagesState.OPENING
        self.changed.emit()
        self._opening = self._bridge.spawn(self._open(), f"messages of {self.topic}", on_error=self._failed)

    def stop(self) -> None:
        """Ends scan or tail; what was found stays."""
        self._halt()
        if self.state in (MessagesState.SCANNING, MessagesState.LIVE):
            self.state = MessagesState.FOUND
            if self.progress is not None:
                self.progress = replace(self.progress, finished=True, paused=False)
            self.changed.emit()

    def _halt(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.paused = False
        self._end_job(JobState.CANCELLED)

    def pause(self) -> None:
        """Holds or continues scan or tail."""
        if self._job is None:
            return
        self.paused = not self.paused
        if self.paused:
            self._job.pause()
        else:
            self._job.resume()
        self.changed.emit()

    def close(self) -> None:
        """Ends everything in silence; the model is not used any more."""
        self._halt()
        if self._view is not None:
            self._view.close()
            self._view = None
        self.state = MessagesState.IDLE

    # -- opening ------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        asked = self.asked
        start, end = asked.start, asked.end
        if asked.brush_ms is not None:
            start = Bound(BoundKind.TIMESTAMP, asked.brush_ms[0])
            end = Bound(BoundKind.TIMESTAMP, asked.brush_ms[1])
        # An embedded cluster that was started again may listen elsewhere.
        servers = tuple(server.strip() for server in self._bootstrap().split(",") if server.strip())
        if not servers:
            raise ClientError(self.tr("The cluster is not running."), self.tr("Start it."), "NO_BROKER")
        partitions = asked.partitions
        leaders = self._leaders()
        led = tuple(number for number, leader in leaders.items() if leader is not None)
        # One partition that nobody can read does not hide the others, unless it was asked for by name.
        self.left_out = ()
        if partitions is None and led and len(led) < len(leaders):
            partitions, self.left_out = led, tuple(number for number in leaders if number not in led)
        spec = ViewSpec(
            servers,
            self.topic,
            partitions,
            start,
            Bound(BoundKind.LATEST) if asked.order is Order.LIVE else end,
            asked.committed,
            dict(self._properties()),
        )
        view = await self._service.open(spec)
        before, self._view = self._view, view
        if before is not None:
            before.close()
        self.info = view.info
        # The last rows are read in any case: they teach fields and decoders to what follows.
        newest = await self._first_rows(view, LIVE_BEFORE if asked.order is Order.LIVE else 100)
        if self.decoding.learn(newest):
            self.columns_changed.emit()
        if asked.order is Order.LIVE:
            self._begin_live(view, newest)
        elif asked.filter_text:
            self._begin_scan(view)
        else:
            self._show_pages(view, newest)
        await self._measure(view)

    async def _first_rows(self, view: BrowseView, count: int) -> list[RecordRow]:
        total = view.info.total
        position = 0 if self.asked.order is Order.OLDEST else max(0, total - count)
        return [row for _, row in await view.page(position, count)]

    def _show_pages(self, view: BrowseView, first: Sequence[RecordRow]) -> None:
        source = PagedRows(view.info.total, self.asked.order is Order.NEWEST, self._fetch)
        _, count = source.span(0)
        if len(first) == count:
            source.give(0, first)
        self.progress = None
        self._replace(source, MessagesState.SHOWING)

    def _begin_scan(self, view: BrowseView) -> None:
        self._compiled = compile_filter(self.asked.filter_text)
        source = PackedMatches()
        self.match_counts = [0] * (len(self.histogram.counts) if self.histogram else 0)
        self.progress = ScanProgress(0, view.info.total, 0, 0.0, None)
        if self._jobs is not None:
            title = self.tr("Search {}").format(self.topic)
            self._job_number = self._jobs.begin(title, total=view.info.total, cancel=self.stop)
        self._replace(source, MessagesState.SCANNING)
        self._job = view.scan(
            self.asked.filter_text,
            newest_first=self.asked.order is Order.NEWEST,
            on_rows=lambda rows: self._matched(source, rows),
            on_progress=self._progressed,
            on_error=self._failed,
        )

    def _begin_live(self, view: BrowseView, before: Sequence[RecordRow]) -> None:
        self._compiled = compile_filter(self.asked.filter_text)
        source = ListedRows(newest_on_top=True, limit=LIVE_ROWS)
        test = self._compiled.test if self._compiled is not None else None
        source.add([row for row in before if test is None or test(filter_record(row))])
        self.live_seen = self.live_passed_over = 0
        self.progress = None
        self._replace(source, MessagesState.LIVE)
        self._job = view.tail(
            self.asked.filter_text, on_news=lambda news: self._arrived(source, news), on_error=self._failed
        )

    def _replace(self, source: RowSource, state: MessagesState) -> None:
        self.source = source
        self.state = state
        self.rows_replaced.emit()
        self.changed.emit()

    async def _measure(self, view: BrowseView) -> None:
        """The histogram is of the range without the brush, so that the brush can be moved."""
        asked = self.asked
        range_asked = (asked.start, asked.end, asked.partitions, asked.committed)
        if view.info.total == 0 and asked.brush_ms is None:
            self.histogram = None
            self.histogram_changed.emit()
            return
        if asked.brush_ms is not None and self._histogram_of == range_asked:
            return
        if asked.brush_ms is not None:
            return
        self.histogram = await view.histogram(HISTOGRAM_BUCKETS)
        self._histogram_of = range_asked
        self.match_counts = [0] * len(self.histogram.counts)
        if isinstance(self.source, PackedMatches):
            for part in self.source.parts:
                self._count_matches(part)
        self.histogram_changed.emit()

    # -- pages --------------------------------------------------------------------------------------------------

    def _fetch(self, page: int, position: int, count: int) -> None:
        view, source = self._view, self.source
        if view is not None and isinstance(source, PagedRows):
            self._bridge.spawn(self._read_page(view, source, page, position, count), f"page {page} of {self.topic}")

    async def _read_page(self, view: BrowseView, source: PagedRows, page: int, position: int, count: int) -> None:
        try:
            rows = [row for _, row in await view.page(position, count)]
        except Dropped:
            source.refuse(page)
            return
        except ClientError as error:
            source.refuse(page)
            if source is self.source:
                self._failed(error)
            return
        if self.decoding.learn(rows) and source is self.source:
            self.columns_changed.emit()
        source.give(page, rows)
        if source is self.source:
            self.changed.emit()

    async def whole_record(self, row: RecordRow) -> RecordRow:
        """The record with all its bytes."""
        if not row.is_cut or self._view is None:
            return row
        return await self._view.record(row.partition, row.offset) or row

    # -- matches and news ---------------------------------------------------------------------------------------

    def _matched(self, source: PackedMatches, part: PackedRows) -> None:
        if self.decoding.samples.count == 0 and self.decoding.learn(part.rows()):
            self.columns_changed.emit()
        self._count_matches(part)
        self._matches_waiting.append((source, part))
        self._add_waiting()

    def _add_matches(self) -> None:
        """A few times a second: each insertion lays the table out anew."""
        waiting, self._matches_waiting = self._matches_waiting, []
        parts = [part for source, part in waiting if source is self.source]
        if isinstance(self.source, PackedMatches):
            self.source.add(parts)

    def _count_matches(self, part: PackedRows) -> None:
        histogram = self.histogram
        if histogram is None or len(histogram.edges_ms) < 2:
            return
        first, step = histogram.edges_ms[0], histogram.edges_ms[1] - histogram.edges_ms[0]
        last = len(self.match_counts) - 1
        for time_ms in part.times():
            self.match_counts[min(last, max(0, (time_ms - first) // step))] += 1

    def _progressed(self, progress: ScanProgress) -> None:
        self.progress = progress
        if progress.finished or progress.paused:
            self._add_matches()
        self.paused = progress.paused
        words = self.tr("{} match").format(units.number(progress.matches))
        if self._jobs is not None and self._job_number is not None and not progress.finished:
            self._jobs.progress(self._job_number, progress.scanned, progress.total, words)
        if progress.finished:
            self.state = MessagesState.FOUND
            self._job = None
            self._end_job(JobState.DONE, words)
        self.histogram_changed.emit()
        self.changed.emit()

    def _end_job(self, state: JobState, words: str = "") -> None:
        number, self._job_number = self._job_number, None
        if self._jobs is not None and number is not None:
            # The list of jobs may be gone already when the whole window goes.
            with contextlib.suppress(RuntimeError):
                self._jobs.end(number, state, words)

    def _arrived(self, source: ListedRows, news: TailNews) -> None:
        if news.trouble is not None:
            self.error = news.trouble
            self.changed.emit()
            return
        self.error = None
        self.live_seen += news.seen
        self.live_passed_over += news.passed_over
        if self.decoding.learn(news.rows[:100]):
            self.columns_changed.emit()
        source.add(news.rows)
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, ClientError):
            raise error
        self.error = error
        self._job = None
        self._end_job(JobState.FAILED, error.sentence)
        self.state = MessagesState.FAILED
        self.changed.emit()

    # -- words --------------------------------------------------------------------------------------------------

    @property
    def scanned_until_ms(self) -> int | None:
        """How far in time a scan has come, None when everything or nothing is scanned."""
        return self.progress.reached_ms if self.progress is not None and not self.progress.finished else None


def filter_record(row: RecordRow) -> FilterRecord:
    """A row as the filter sees it."""
    return FilterRecord(row.partition, row.offset, row.timestamp_ms, row.key, row.value, row.headers)
