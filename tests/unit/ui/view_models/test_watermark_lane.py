"""Standstill is told only of partitions that were written to, and only while something is wrong."""

from __future__ import annotations

from tests.helpers.fake_session import partition, topic
from workbench.client.model import TopicInfo
from workbench.ui.view_models.watermark_lane import WatermarkLane


def _at(*offsets: int | None) -> list[TopicInfo]:
    return [topic("a", *(partition(number, latest_offset=offset) for number, offset in enumerate(offsets)))]


def test_partitions_stand_still_from_their_last_advance_until_they_go_on() -> None:
    lane = WatermarkLane()
    for second in range(5):
        lane.take(_at(second, second, 7), second * 1000, trouble_since_ms=None)
    assert [span.text for span in lane.spans(0)] == ["advancing"]
    for second in range(5, 10):
        lane.take(_at(second, 4, 7), second * 1000, trouble_since_ms=4_500)
    still = lane.spans(0)[-1]
    assert (still.text, still.tone, still.until_ms) == ("1 partition stands still", "warn", None)
    assert still.from_ms >= 4_500, "before the fault nothing stood still because of it"
    lane.take(_at(10, 40, 7), 10_000, trouble_since_ms=4_500)
    assert lane.spans(0)[-1].text == "advancing"
    assert lane.spans(0)[-2].until_ms == 10_000


def test_an_unknown_offset_is_no_advance() -> None:
    lane = WatermarkLane()
    for second in range(3):
        lane.take(_at(second, second), second * 1000, trouble_since_ms=None)
    for second in range(3, 8):
        lane.take(_at(None, None), second * 1000, trouble_since_ms=2_500)
    assert lane.spans(0)[-1].text == "2 partitions stand still"


def test_writers_that_pause_are_no_standstill() -> None:
    lane = WatermarkLane()
    for second in range(20):
        lane.take(_at(min(second, 5)), second * 1000, trouble_since_ms=None)
    spans = lane.spans(0)
    assert [span.text for span in spans] == ["advancing"] and spans[0].until_ms is not None
