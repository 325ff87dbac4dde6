"""Curves of the Throughput pane (pure): one value a second for each broker, gaps as NaN, and figures at the cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.system.quick_dataclass import dataclass
from workbench.ui.view_models.rate_history import RateHistory

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its curves are `fields` of a sample, `scale` divides them into `unit`."""

    key: str
    title: str
    unit: str
    field: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """A curve in numbers; None where there is no data."""

    at_cursor: float | None
    average: float | None
    most: float | None


def curve(history: RateHistory, node: int, field: str, scale: float, seconds: int, end_ms: int) -> list[float]:
    """`seconds` values up to `end_ms`, oldest first; NaN where no sample came."""
    values = history.recent(node, field, seconds, end_ms)
    return [NAN if value is None else value / scale for value in values]


def figures(points: Sequence[float], cursor: int | None) -> Figures:
    """Value at the cursor (an index into `points`, None for the newest), average and maximum."""
    known = [point for point in points if not math.isnan(point)]
    if not known:
        return Figures(None, None, None)
    if cursor is None:
        at = next((point for point in reversed(points) if not math.isnan(point)), NAN)
    else:
        at = points[cursor] if 0 <= cursor < len(points) else NAN
    return Figures(None if math.isnan(at) else at, sum(known) / len(known), max(known))
