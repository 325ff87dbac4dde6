"""Where the lines of a chart stand (pure): a few round values from 0 up, and round times some way apart."""

from __future__ import annotations

import math

MOST_LINES = 4
TIME_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def value_lines(top: float, most: int = MOST_LINES) -> list[float]:
    """Round values from 0 to at most `top`, evenly apart, at most `most` of them beside 0."""
    least = max(top, 1e-9) / most
    magnitude = 10.0 ** math.floor(math.log10(least))
    step = next(factor * magnitude for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * magnitude >= least * 0.999)
    return [step * place for place in range(int(top / step + 1e-9) + 1)]


def value_text(value: float) -> str:
    """Whole numbers with thousands, decimals only where there are some."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")


def time_lines(first_s: float, last_s: float, most: int) -> tuple[list[int], int]:
    """Seconds since 1970 on round times between two, at most `most` of them, and how far they are apart."""
    span = last_s - first_s
    step = next((step for step in TIME_STEPS_S if span / step <= most), TIME_STEPS_S[-1])
    begin = math.ceil(first_s / step) * step
    return list(range(begin, math.floor(last_s) + 1, step)), step
