"""What a timeline shows (pure values): lanes with states as spans, events as diamonds, a curve.

All times are milliseconds since the epoch on one clock, so that an event stands at the same place in every lane.
"""

from __future__ import annotations

from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """A state that lasts; `until_ms` None for "still". Tones are those of pills: ok, warn, err, off, accent."""

    from_ms: int
    until_ms: int | None
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something that happened at one moment."""

    at_ms: int
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class TimelineLane:
    """One row; `curve` are (time, value in milliseconds) of a lane that draws one."""

    key: str
    title: str
    spans: tuple[TimelineSpan, ...] = ()
    events: tuple[TimelineEvent, ...] = ()
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineCause:
    """What somebody did, or what broke by itself: what follows it stands at the right of its dashed line."""

    at_ms: int
    words: str
    node_ids: tuple[int, ...]
    tone: str = "err"
    fault_id: str = ""
    is_fault: bool = True


def close_last(spans: list[TimelineSpan], at_ms: int) -> None:
    """Ends the state that lasts still; one of no length is dropped."""
    if spans and spans[-1].until_ms is None:
        last = spans.pop()
        if at_ms > last.from_ms:
            spans.append(TimelineSpan(last.from_ms, at_ms, last.text, last.tone))


def begin_state(spans: list[TimelineSpan], at_ms: int, text: str, tone: str) -> None:
    """Another state from now on; the same state again goes on, and an empty text is no state."""
    if spans and spans[-1].until_ms is None and (spans[-1].text, spans[-1].tone) == (text, tone):
        return
    close_last(spans, at_ms)
    if text:
        spans.append(TimelineSpan(at_ms, None, text, tone))


def without_old(spans: list[TimelineSpan], oldest_ms: int) -> list[TimelineSpan]:
    """What has not ended before `oldest_ms`."""
    return [span for span in spans if span.until_ms is None or span.until_ms >= oldest_ms]
