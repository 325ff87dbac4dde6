"""Spans follow each other without gap or overlap."""

from __future__ import annotations

from workbench.ui.view_models.timeline_lanes import TimelineSpan, begin_state, close_last, without_old


def test_a_state_ends_where_the_next_begins() -> None:
    spans: list[TimelineSpan] = []
    begin_state(spans, 10, "running", "ok")
    begin_state(spans, 20, "running", "ok")
    begin_state(spans, 30, "fenced", "err")
    assert spans == [TimelineSpan(10, 30, "running", "ok"), TimelineSpan(30, None, "fenced", "err")]


def test_a_state_of_no_length_leaves_no_trace() -> None:
    spans: list[TimelineSpan] = []
    begin_state(spans, 10, "killing", "err")
    begin_state(spans, 10, "killed", "err")
    assert [span.text for span in spans] == ["killed"]
    begin_state(spans, 15, "", "")
    assert spans == [TimelineSpan(10, 15, "killed", "err")]
    close_last(spans, 99)
    assert spans[-1].until_ms == 15


def test_only_what_has_ended_long_ago_is_forgotten() -> None:
    spans = [TimelineSpan(0, 5, "a", "ok"), TimelineSpan(5, 50, "b", "ok"), TimelineSpan(50, None, "c", "ok")]
    assert [span.text for span in without_old(spans, 10)] == ["b", "c"]
