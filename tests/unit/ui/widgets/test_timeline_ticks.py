"""Steps between the clock's labels."""

from __future__ import annotations

import pytest

from workbench.ui.widgets.timeline_ticks import tick_step_ms


@pytest.mark.parametrize(
    ("span_ms", "labels", "step_ms"),
    [
        (30_000, 10.0, 5_000),
        (30_000, 30.0, 1_000),
        (60_000, 4.0, 15_000),
        (1_800_000, 6.0, 300_000),
        (10_000, 0.5, 10_000),
    ],
)
def test_labels_fit_and_steps_are_round(span_ms: int, labels: float, step_ms: int) -> None:
    assert tick_step_ms(span_ms, labels) == step_ms


def test_a_span_without_room_takes_the_largest_step() -> None:
    assert tick_step_ms(100_000_000, 1.0) == 1_800_000
