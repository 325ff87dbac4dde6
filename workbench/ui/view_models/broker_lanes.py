"""The lanes of brokers on the timeline: running, gone but not yet fenced, fenced, starting.

Invariants: a lane's spans follow each other without overlap; a broker's process and the controller's view of it are
two facts, and the state is what both together mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from PySide6.QtCore import QCoreApplication

from workbench.cluster.policy import BrokerPhase
from workbench.system.quick_dataclass import dataclass
from workbench.ui.view_models.timeline_lanes import TimelineSpan, begin_state, without_old

translate = QCoreApplication.translate
_GONE = {
    BrokerPhase.KILLING,
    BrokerPhase.KILLED,
    BrokerPhase.FAILED,
    BrokerPhase.WAITING,
    BrokerPhase.STOPPED,
}


@dataclass(slots=True)
class _Track:
    phase: BrokerPhase | None = None
    fenced: bool = True
    leaving: bool = False
    in_sync_sets: int | None = None
    touched_ms: int | None = None
    was_running: bool = False
    spans: list[TimelineSpan] = field(default_factory=list)


class BrokerLanes:
    """One track a broker; a broker's lane is shown once something happened to it after its first start."""

    def __init__(self) -> None:
        self._tracks: dict[int, _Track] = {}

    def phase_changed(self, node_id: int, phase: BrokerPhase, at_ms: int) -> None:
        """The supervisor tells of the broker's process."""
        track = self._track(node_id)
        if track.was_running and phase is not track.phase:
            track.touched_ms = at_ms
        track.phase = phase
        if phase is BrokerPhase.RUNNING:
            track.was_running, track.leaving = True, False
            track.fenced = track.fenced and track.touched_ms is not None
        self._show(track, at_ms)

    def fenced(self, node_id: int, at_ms: int, *, is_fenced: bool) -> None:
        """The controller tells of the broker's session."""
        track = self._track(node_id)
        if track.was_running and is_fenced:
            track.touched_ms = at_ms
        track.fenced = is_fenced
        self._show(track, at_ms)

    def seen_alive(self, node_ids: Iterable[int], at_ms: int) -> None:
        """Brokers that the cluster names as alive: a controller that was just elected need not have told of it."""
        for node_id in node_ids:
            track = self._tracks.get(node_id)
            if track is not None and track.fenced and track.phase is BrokerPhase.RUNNING:
                track.fenced = False
                self._show(track, at_ms)

    def leaving(self, node_id: int, at_ms: int) -> None:
        """The broker said goodbye to the controller."""
        track = self._track(node_id)
        track.leaving = True
        track.touched_ms = at_ms
        self._show(track, at_ms)

    def in_sync_sets(self, counts: dict[int, int], at_ms: int) -> None:
        """In how many in-sync sets each broker is, as last polled."""
        for node_id, track in self._tracks.items():
            if track.in_sync_sets != counts.get(node_id, 0):
                track.in_sync_sets = counts.get(node_id, 0)
                self._show(track, at_ms, only_words=True)

    def touch(self, node_ids: tuple[int, ...], at_ms: int) -> None:
        """A fault concerns these brokers."""
        for node_id in node_ids:
            self._track(node_id).touched_ms = at_ms

    def in_trouble(self) -> tuple[int, ...]:
        """Brokers that do not serve now, though they once did."""
        return tuple(
            node_id
            for node_id, track in self._tracks.items()
            if track.was_running and (track.phase is not BrokerPhase.RUNNING or track.fenced)
        )

    def lanes(self, oldest_ms: int) -> list[tuple[int, tuple[TimelineSpan, ...]]]:
        """Node id and spans of each broker that something happened to since `oldest_ms`."""
        found = []
        for node_id, track in sorted(self._tracks.items()):
            track.spans = without_old(track.spans, oldest_ms)
            if track.touched_ms is not None and track.touched_ms >= oldest_ms and track.spans:
                found.append((node_id, tuple(track.spans)))
        return found

    def forget(self, keep: tuple[int, ...]) -> None:
        """Brokers that the cluster has no more."""
        self._tracks = {node_id: track for node_id, track in self._tracks.items() if node_id in keep}

    def _track(self, node_id: int) -> _Track:
        return self._tracks.setdefault(node_id, _Track())

    def _show(self, track: _Track, at_ms: int, *, only_words: bool = False) -> None:
        text, tone = _state(track)
        last = track.spans[-1] if track.spans else None
        if only_words:
            # The count is known a poll later than the state: it belongs to the whole span, not to a new one.
            if last is not None and last.until_ms is None and last.tone == tone and _waits(track):
                track.spans[-1] = TimelineSpan(last.from_ms, None, text if track.in_sync_sets else last.text, tone)
            return
        begin_state(track.spans, at_ms, text, tone)


def _waits(track: _Track) -> bool:
    return (track.phase in _GONE or track.phase is BrokerPhase.PAUSED) and not track.fenced and not track.leaving


def _state(track: _Track) -> tuple[str, str]:
    phase = track.phase
    if phase is None:
        return "", ""
    if _waits(track):
        sets = track.in_sync_sets
        what = (
            translate("timeline", "paused, not yet fenced")
            if phase is BrokerPhase.PAUSED
            else translate("timeline", "process gone, not yet fenced")
        )
        if sets:
            return translate("timeline", "{}: still in {} ISRs").format(what, sets), "warn"
        return what, "warn"
    if phase in (BrokerPhase.STARTING, BrokerPhase.STOPPING):
        return translate("timeline", phase.value), "accent"
    if phase is BrokerPhase.STOPPED:
        return translate("timeline", "stopped"), "off"
    if phase in _GONE:
        return translate("timeline", "fenced"), "err"
    if phase is BrokerPhase.PAUSED:
        return translate("timeline", "paused, fenced"), "err"
    if track.fenced and track.touched_ms is not None:
        return translate("timeline", "runs, fenced"), "err"
    return translate("timeline", "running"), "ok"
