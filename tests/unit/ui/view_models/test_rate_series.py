"""Curves and their figures."""

from __future__ import annotations

import math

from workbench.storage.workspace.metrics import RateSample
from workbench.ui.view_models.rate_history import RateHistory
from workbench.ui.view_models.rate_series import curve, figures

NOW = 1_800_000_000_000
NAN = float("nan")


def test_a_curve_is_scaled_and_has_gaps() -> None:
    history = RateHistory("local", None)
    history.add(RateSample(NOW - 4000, 1, 2048.0, 0, 0, 0, 0))
    history.add(RateSample(NOW, 1, 1024.0, 0, 0, 0, 0))
    points = curve(history, 1, "bytes_in", 1024.0, 5, NOW)
    assert points[0] == 2.0 and points[4] == 1.0
    assert all(math.isnan(point) for point in points[1:4])


def test_figures_leave_gaps_out() -> None:
    found = figures([1.0, NAN, 3.0], None)
    assert (found.at_cursor, found.average, found.most) == (3.0, 2.0, 3.0)
    assert figures([1.0, NAN, 3.0], 1).at_cursor is None
    assert figures([1.0, NAN, 3.0], 0).at_cursor == 1.0
    assert figures([1.0], 5).at_cursor is None
    assert figures([NAN, NAN], None).average is None
