import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.view_models.chart_scale import MOST_LINES, time_lines, value_lines, value_text


@pytest.mark.parametrize(
    ("top", "lines"),
    [
        (1.0, ["0", "0.25", "0.5", "0.75", "1"]),
        (115.0, ["0", "50", "100"]),
        (460.0, ["0", "200", "400"]),
        (1_700.0, ["0", "500", "1,000", "1,500"]),
    ],
)
def test_lines_stand_at_round_values(top: float, lines: list[str]) -> None:
    assert [value_text(value) for value in value_lines(top)] == lines


@given(st.floats(min_value=0.01, max_value=1e12))
def test_there_are_two_to_five_lines_up_to_the_top(top: float) -> None:
    lines = value_lines(top)
    assert lines[0] == 0 and 2 <= len(lines) <= MOST_LINES + 1
    assert lines[-1] <= top * 1.001 and lines[-1] + lines[1] > top


def test_times_stand_on_round_seconds_and_are_not_crowded() -> None:
    assert time_lines(1_000_007, 1_000_127, 8) == ([1_000_020, 1_000_035, 1_000_050, 1_000_065, 1_000_080, 1_000_095,
                                                    1_000_110, 1_000_125], 15)  # fmt: skip
    times, step = time_lines(0, 3600, 8)
    assert step == 600 and times == list(range(0, 3601, 600))
