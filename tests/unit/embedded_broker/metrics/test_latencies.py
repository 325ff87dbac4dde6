from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.metrics.latencies import LatencyHistogram


@given(st.lists(st.floats(1e-6, 3600), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_percentile_is_within_a_bucket_of_the_true_one(values: list[float], fraction: float) -> None:
    histogram = LatencyHistogram()
    for value in values:
        histogram.observe(value)
    wanted = fraction * len(values)
    true_ms = sorted(values)[max(0, int(-(-wanted // 1)) - 1)] * 1000
    told = histogram.percentile_ms(fraction)
    assert told <= true_ms + 1e-9
    assert told >= true_ms / 1.13 - 0.002
    assert histogram.max_s == max(values)


def test_nothing_observed() -> None:
    histogram = LatencyHistogram()
    assert histogram.percentile_ms(0.5) == 0
    histogram.observe(1.0)
    histogram.clear()
    assert (histogram.count, histogram.max_s, histogram.percentile_ms(0.99)) == (0, 0.0, 0.0)


def test_far_out_values_do_not_fail() -> None:
    histogram = LatencyHistogram()
    for seconds in (0.0, -0.0, 1e9):
        histogram.observe(seconds)
    assert histogram.count == 3
