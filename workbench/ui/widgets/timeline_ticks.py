"""Where the clock's labels stand under a timeline (pure)."""

from __future__ import annotations

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800)


def tick_step_ms(span_ms: int, labels: float) -> int:
    """The smallest round step with which at most `labels` labels stand in `span_ms`."""
    for step in STEPS_S:
        if span_ms / (step * 1000) <= max(1.0, labels):
            return step * 1000
    return STEPS_S[-1] * 1000
