"""Messages a second of each topic, from the growth of its end offsets between polls (pure).

Works on any cluster. A topic that was deleted and made anew gives no negative rate; compaction and purging do not
disturb, since only end offsets count.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence

from workbench.client.model import TopicInfo

WINDOW_MS = 10_000
KEPT_POINTS = 40


class MessageRates:
    """Remembers the last polls of each topic."""

    def __init__(self) -> None:
        self._points: dict[str, deque[tuple[int, int]]] = {}

    def take(self, topics: Sequence[TopicInfo], now_ms: int) -> None:
        """Notes the end offsets of one poll."""
        names = set()
        for topic in topics:
            names.add(topic.name)
            ends = [partition.latest_offset for partition in topic.partitions]
            if not ends or any(end is None for end in ends):
                continue
            total = sum(end for end in ends if end is not None)
            points = self._points.setdefault(topic.name, deque(maxlen=KEPT_POINTS))
            if points and total < points[-1][1]:
                points.clear()
            points.append((now_ms, total))
        for gone in self._points.keys() - names:
            del self._points[gone]

    def rate(self, topic: str, now_ms: int) -> float | None:
        """Messages a second over the last ten seconds, None before two polls."""
        points = [point for point in self._points.get(topic, ()) if now_ms - point[0] <= WINDOW_MS]
        if len(points) < 2 or points[-1][0] <= points[0][0]:
            return None
        return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0]) * 1000

    def curve(self, topic: str) -> tuple[float | None, ...]:
        """Rates between the last polls, oldest first."""
        points = list(self._points.get(topic, ()))
        return tuple(
            (later[1] - earlier[1]) / max(1, later[0] - earlier[0]) * 1000
            for earlier, later in itertools.pairwise(points)
        )
