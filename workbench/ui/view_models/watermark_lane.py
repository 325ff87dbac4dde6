"""The high watermark's lane: which partitions that were written to stand still while something is wrong.

Derived from end offsets that the window polls once a second anyway: a consumer sees no further than the high
watermark, and neither does ListOffsets. A pause of the writers is no standstill, so only troubled times count.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from workbench.client.model import TopicInfo
from workbench.system.counting import counted
from workbench.ui.view_models.timeline_lanes import TimelineSpan, begin_state, close_last, without_old

translate = QCoreApplication.translate
BUSY_MS = 4_000
"""A partition that advanced within this time before the trouble is expected to go on."""
STILL_MS = 1_500


class WatermarkLane:
    """Fed with each poll; knows the last advance of every partition."""

    def __init__(self) -> None:
        self._offsets: dict[tuple[str, int], int] = {}
        self._advanced_ms: dict[tuple[str, int], int] = {}
        self._watched: frozenset[tuple[str, int]] = frozenset()
        self._trouble_ms: int | None = None
        self._spans: list[TimelineSpan] = []

    def take(self, topics: Sequence[TopicInfo], now_ms: int, *, trouble_since_ms: int | None) -> None:
        """A poll's end offsets; `trouble_since_ms` is when a fault began that is not over, None in quiet times."""
        for topic in topics:
            for partition in topic.partitions:
                place = (topic.name, partition.partition)
                offset = partition.latest_offset
                if offset is None:
                    continue
                before = self._offsets.get(place)
                if before is not None and offset > before:
                    self._advanced_ms[place] = now_ms
                self._offsets[place] = offset
        if trouble_since_ms is not None and self._trouble_ms is None:
            busy = (place for place, at in self._advanced_ms.items() if at >= trouble_since_ms - BUSY_MS)
            self._watched = frozenset(busy)
        self._trouble_ms = trouble_since_ms
        self._tell(now_ms)

    def spans(self, oldest_ms: int) -> tuple[TimelineSpan, ...]:
        """What is kept, oldest first."""
        self._spans = without_old(self._spans, oldest_ms)
        return tuple(self._spans)

    def _tell(self, now_ms: int) -> None:
        quiet = self._trouble_ms is None
        watched = self._advanced_ms.keys() if quiet else self._watched
        moving = [place for place in watched if now_ms - self._advanced_ms[place] <= BUSY_MS]
        if quiet:
            if moving:
                begin_state(self._spans, now_ms, translate("timeline", "advancing"), "ok")
            else:
                close_last(self._spans, now_ms)
            return
        still = [self._advanced_ms[place] for place in watched if now_ms - self._advanced_ms[place] > STILL_MS]
        if not still:
            if watched:
                begin_state(self._spans, now_ms, translate("timeline", "advancing"), "ok")
            return
        text = counted(
            len(still),
            translate("timeline", "{} partition stands still"),
            translate("timeline", "{} partitions stand still"),
        )
        last = self._spans[-1] if self._spans else None
        if last is not None and last.until_ms is None and last.tone == "warn":
            self._spans[-1] = TimelineSpan(last.from_ms, None, text, "warn")
            return
        from_ms = max(min(still), self._trouble_ms or 0, self._spans[-1].from_ms if self._spans else 0)
        begin_state(self._spans, from_ms, text, "warn")
