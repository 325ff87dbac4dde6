"""Follows partitions from an offset on and gives out what arrives, filtered, a few times a second.

It never ends at an empty fetch or a lost connection: it waits and goes on where it was. Faster news than a person can
follow is cut to the newest rows of each report, and how many were passed over is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from workbench.client.browse.chunk import all_rows, batch_places, search_chunk
from workbench.client.browse.cluster_reader import ClusterReader, Stopped
from workbench.client.browse.scan import ScanControl
from workbench.client.errors import ClientError
from workbench.client.filter_expression import CompiledFilter
from workbench.client.model import RecordRow
from workbench.system.quick_dataclass import dataclass

REPORT_EVERY_S = 0.2
MOST_ROWS = 1_000
_FETCH_BYTES = 1 << 20
_WAIT_MS = 200
_FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class TailNews:
    """`rows` oldest first; `seen` counts all that came, `passed_over` those that matched but are not in `rows`."""

    rows: tuple[RecordRow, ...]
    seen: int
    passed_over: int
    trouble: ClientError | None = None


class Tail:
    """`run` blocks until cancelled; `on_news` is called from its thread."""

    def __init__(
        self,
        reader: ClusterReader,
        offsets: Mapping[int, int],
        wanted: CompiledFilter | None,
        *,
        control: ScanControl,
        on_news: Callable[[TailNews], None],
        cut_bytes: int = 64 << 10,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._offsets = dict(offsets)
        self._wanted = wanted
        self._control = control
        self._on_news = on_news
        self._cut_bytes = cut_bytes
        self._clock = clock

    def run(self) -> None:
        """Trouble with the brokers is reported once and waited out."""
        rows: list[RecordRow] = []
        seen = passed_over = 0
        reported = self._clock()
        in_trouble = False
        while not self._control.cancelled:
            self._control.wait()
            try:
                found, count = self._read()
            except Stopped:
                return
            except ClientError as error:
                if not in_trouble:
                    self._on_news(TailNews((), 0, 0, error))
                in_trouble = True
                time.sleep(0.5)
                continue
            in_trouble = False
            rows += found
            seen += count
            if len(rows) > MOST_ROWS:
                passed_over += len(rows) - MOST_ROWS
                rows = rows[-MOST_ROWS:]
            if (seen or rows) and self._clock() - reported >= REPORT_EVERY_S:
                reported = self._clock()
                rows.sort(key=lambda row: (row.timestamp_ms, row.partition, row.offset))
                self._on_news(TailNews(tuple(rows), seen, passed_over))
                rows, seen, passed_over = [], 0, 0

    def _read(self) -> tuple[list[RecordRow], int]:
        news = self._reader.fetch_news(self._offsets, _FETCH_BYTES, _WAIT_MS)
        found: list[RecordRow] = []
        count = 0
        for partition, fetched in news.items():
            first = self._offsets[partition]
            if fetched.high_watermark < 0:
                self._offsets[partition] = fetched.log_start_offset
                continue
            places = batch_places(fetched.records)
            if not places or places[-1].next_offset <= first:
                continue
            self._offsets[partition] = places[-1].next_offset
            count += places[-1].next_offset - first
            topic, cut = self._reader.topic, self._cut_bytes
            if self._wanted is None:
                # What would be passed over anyway need not be decoded.
                late = max(first, places[-1].next_offset - MOST_ROWS)
                found += all_rows(fetched.records, places, topic, partition, first=late, end=_FOREVER, cut_bytes=cut)
            else:
                found += search_chunk(
                    fetched.records, places, self._wanted, topic, partition, first=first, end=_FOREVER, cut_bytes=cut
                )
        return found, count
