"""The timeline of one embedded cluster: what was done to it and what followed, on one clock, for half an hour.

Fed by the supervisor's events and by the window's polls; `changed` comes after each of them that shows.
Invariants: every lane's events are in order of time; nothing older than `KEPT_MS` is kept.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from workbench.broker_contract.messages import ChangeKind, ChangeReported, MetricsSample
from workbench.client.model import BrokerInfo, GroupSummary, TopicInfo
from workbench.cluster.events import (
    BrokerPhaseChanged,
    BrokerSampled,
    BrokersChanged,
    ClusterChanged,
    ClusterEvent,
    FaultBegan,
    FaultEnded,
)
from workbench.cluster.policy import BrokerPhase
from workbench.system.counting import counted
from workbench.ui.view_models.broker_lanes import BrokerLanes
from workbench.ui.view_models.fault_stories import FaultStory, fault_stories
from workbench.ui.view_models.timeline_lanes import (
    TimelineCause,
    TimelineEvent,
    TimelineLane,
    TimelineSpan,
    without_old,
)
from workbench.ui.view_models.watermark_lane import WatermarkLane

KEPT_MS = 30 * 60_000
TOGETHER_MS = 400
"""Changes that the controller reports so close to each other are one event to a person."""
ERRORS_TOGETHER_MS, ERRORS_GO_ON_MS = 900, 2_500
AFTERMATH_MS = 4_000
_KINDS_OF_PARTITIONS = {
    ChangeKind.LEADERS_MOVED,
    ChangeKind.PARTITIONS_OFFLINE,
    ChangeKind.PARTITIONS_ONLINE,
    ChangeKind.ISR_SHRANK,
    ChangeKind.ISR_GREW,
}


class TimelineModel(QObject):
    """Everything that the timeline draws, and the stories of recent faults."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._brokers = BrokerLanes()
        self._watermark = WatermarkLane()
        self._causes: deque[TimelineCause] = deque(maxlen=500)
        self._changes: deque[ChangeReported] = deque(maxlen=2_000)
        self._fault_spans: dict[str, list[TimelineSpan]] = {}
        self._controllers: deque[TimelineEvent] = deque(maxlen=200)
        self._coordinators: dict[str, int] = {}
        self._groups: deque[TimelineEvent] = deque(maxlen=500)
        self._p99: dict[int, deque[tuple[int, float]]] = {}
        self._phases: dict[int, BrokerPhase] = {}
        self._samples: dict[int, MetricsSample] = {}
        self._client_errors: deque[tuple[int, Counter[str]]] = deque(maxlen=1_000)
        self._faults: dict[str, int] = {}
        self._well_since_ms = 0

    # -- what is fed to it ----------------------------------------------------------------------------------------

    def take(self, event: ClusterEvent) -> None:
        """One event of the supervisor."""
        match event:
            case BrokerPhaseChanged():
                self._phase_changed(event)
            case ClusterChanged(_node, change):
                self._cluster_changed(change)
            case FaultBegan():
                self._brokers.touch(event.node_ids, event.at_ms)
                self._faults[event.fault_id] = event.at_ms
                self._fault_spans[event.fault_id] = [TimelineSpan(event.at_ms, None, event.words, "err")]
                self._add_cause(TimelineCause(event.at_ms, event.words, event.node_ids, fault_id=event.fault_id))
            case FaultEnded():
                self._faults.pop(event.fault_id, None)
                spans = self._fault_spans.get(event.fault_id)
                if spans:
                    self._fault_spans[event.fault_id] = [
                        TimelineSpan(spans[0].from_ms, event.at_ms, spans[0].text, spans[0].tone)
                    ]
            case BrokerSampled():
                if not self._sampled(event):
                    return
            case BrokersChanged():
                self._brokers.forget(event.node_ids)
            case _:
                return
        self.changed.emit()

    def take_brokers(self, brokers: Sequence[BrokerInfo], now_ms: int) -> None:
        """A poll's brokers: who is alive."""
        self._brokers.seen_alive((broker.node_id for broker in brokers if not broker.is_fenced), now_ms)

    def take_topics(self, topics: Sequence[TopicInfo], now_ms: int) -> None:
        """A poll's topics: in-sync sets and end offsets."""
        counts: dict[int, int] = {}
        for topic in topics:
            for partition in topic.partitions:
                for node in partition.isr:
                    counts[node] = counts.get(node, 0) + 1
        self._brokers.in_sync_sets(counts, now_ms)
        self._watermark.take(topics, now_ms, trouble_since_ms=self._trouble_since(now_ms))
        self.changed.emit()

    def take_groups(self, groups: Sequence[GroupSummary], now_ms: int) -> None:
        """A poll's groups: who coordinates them."""
        for group in groups:
            before = self._coordinators.get(group.group_id)
            self._coordinators[group.group_id] = group.coordinator_id
            if before is not None and before != group.coordinator_id:
                words = self.tr("{}: coordinator {} → {}").format(group.group_id, before, group.coordinator_id)
                self._groups.append(TimelineEvent(now_ms, words, "accent"))
                self.changed.emit()

    # -- what is asked of it --------------------------------------------------------------------------------------

    def causes(self, now_ms: int) -> tuple[TimelineCause, ...]:
        """What was done or broke in the last half hour, oldest first."""
        return tuple(cause for cause in self._causes if cause.at_ms >= now_ms - KEPT_MS)

    def changes(self, now_ms: int) -> tuple[ChangeReported, ...]:
        """What controllers reported in the last half hour, oldest first."""
        return tuple(change for change in self._changes if change.at_ms >= now_ms - KEPT_MS)

    def stories(self, now_ms: int) -> tuple[FaultStory, ...]:
        """Recent causes with what followed, newest first."""
        return fault_stories(self.causes(now_ms), self.changes(now_ms))

    def moments(self, from_ms: int) -> tuple[TimelineEvent, ...]:
        """What was done and what followed since then, in order of time: for charts, which show the rest themselves."""
        events = [
            TimelineEvent(cause.at_ms, cause.words, cause.tone) for cause in self._causes if cause.at_ms >= from_ms
        ]
        events += self._partition_events(from_ms)
        events += [event for event in list(self._controllers)[1:] if event.at_ms >= from_ms]
        return tuple(sorted(events, key=lambda event: event.at_ms))

    def is_quiet(self, now_ms: int, for_ms: int = 15 * 60_000) -> bool:
        """Whether nothing happened for so long, and nothing is wrong now."""
        return not any(cause.at_ms >= now_ms - for_ms for cause in self._causes) and not self._faults

    def fenced_ms(self, node_id: int, since_ms: int) -> int | None:
        """When the controller fenced a broker, looking from `since_ms` on."""
        for change in self._changes:
            if change.kind is ChangeKind.BROKER_FENCED and node_id in change.nodes and change.at_ms >= since_ms:
                return change.at_ms
        return None

    def lanes(self, now_ms: int) -> tuple[TimelineLane, ...]:
        """All lanes from top to bottom; only those with something in them, but always the faults."""
        oldest_ms = now_ms - KEPT_MS
        lanes = list(self._fault_lanes(oldest_ms))
        for node_id, spans in self._brokers.lanes(oldest_ms):
            lanes.append(TimelineLane(f"broker-{node_id}", self.tr("Broker {}").format(node_id), spans))
        recent = tuple(event for event in self._controllers if event.at_ms >= oldest_ms)
        if len(self._controllers) > 1 and recent:  # the first election is no news
            lanes.append(TimelineLane("controller", self.tr("Controller"), events=recent))
        lanes.append(TimelineLane("partitions", self.tr("Partitions"), events=self._partition_events(oldest_ms)))
        watermark = self._watermark.spans(oldest_ms)
        if watermark:
            lanes.append(TimelineLane("watermark", self.tr("High watermark"), watermark))
        if self._groups:
            recent = tuple(event for event in self._groups if event.at_ms >= oldest_ms)
            lanes.append(TimelineLane("groups", self.tr("Groups"), events=recent))
        spans, events = self._errors_since(oldest_ms)
        if spans or events:
            lanes.append(TimelineLane("errors", self.tr("Client errors"), spans, events))
        curve = self._worst_p99(oldest_ms)
        if curve:
            lanes.append(TimelineLane("p99", self.tr("Produce p99"), curve=curve))
        return tuple(lanes)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _fault_lanes(self, oldest_ms: int) -> list[TimelineLane]:
        self._fault_spans = {key: spans for key, spans in self._fault_spans.items() if without_old(spans, oldest_ms)}
        rows: list[list[TimelineSpan]] = []
        for span in sorted((span for spans in self._fault_spans.values() for span in spans), key=lambda s: s.from_ms):
            # Faults that overlap in time stand under each other.
            free = next(
                (row for row in rows if row[-1].until_ms is not None and row[-1].until_ms <= span.from_ms), None
            )
            if free is None:
                rows.append([span])
            else:
                free.append(span)
        events = tuple(
            TimelineEvent(cause.at_ms, cause.words, cause.tone)
            for cause in self._causes
            if cause.at_ms >= oldest_ms and not cause.fault_id and cause.is_fault
        )
        crowded = any(
            span.from_ms <= event.at_ms and (span.until_ms is None or event.at_ms <= span.until_ms)
            for span in (rows[0] if rows else ())
            for event in events
        )
        if crowded or not rows:
            rows.insert(0, [])
        lanes = [TimelineLane("fault", self.tr("Fault"), tuple(rows[0]), events)]
        lanes += [TimelineLane(f"fault-{place}", "", tuple(row)) for place, row in enumerate(rows[1:], 2)]
        return lanes

    def _phase_changed(self, event: BrokerPhaseChanged) -> None:
        before = self._phases.get(event.node_id)
        self._phases[event.node_id] = event.phase
        self._brokers.phase_changed(event.node_id, event.phase, event.at_ms)
        if before is event.phase or before is None:
            return
        node = event.node_id
        match event.phase:
            case BrokerPhase.KILLING:
                self._add_cause(TimelineCause(event.at_ms, self.tr("kill \u22129 broker {}").format(node), (node,)))
            case BrokerPhase.STOPPING:
                words = self.tr("stop broker {}").format(node)
                self._add_cause(TimelineCause(event.at_ms, words, (node,), "off"))
            case BrokerPhase.WAITING | BrokerPhase.FAILED:
                words = self.tr("broker {} ended").format(node)
                self._add_cause(TimelineCause(event.at_ms, words, (node,)))
            case BrokerPhase.STARTING:
                words = self.tr("start broker {}").format(node)
                self._add_cause(TimelineCause(event.at_ms, words, (node,), "ok", is_fault=False))

    def _cluster_changed(self, change: ChangeReported) -> None:
        self._changes.append(change)
        match change.kind:
            case ChangeKind.BROKER_FENCED | ChangeKind.BROKER_UNFENCED:
                for node in change.nodes:
                    is_fenced = change.kind is ChangeKind.BROKER_FENCED
                    self._brokers.fenced(node, change.at_ms, is_fenced=is_fenced)
            case ChangeKind.BROKER_LEAVING:
                for node in change.nodes:
                    self._brokers.leaving(node, change.at_ms)
            case ChangeKind.CONTROLLER_ELECTED:
                words = self.tr("broker {} elected, epoch {}").format(", ".join(map(str, change.nodes)), change.epoch)
                self._controllers.append(TimelineEvent(change.at_ms, words, "accent"))

    def _partition_events(self, oldest_ms: int) -> tuple[TimelineEvent, ...]:
        bunches: list[list[ChangeReported]] = []
        for change in self._changes:
            if change.at_ms < oldest_ms or change.kind not in _KINDS_OF_PARTITIONS:
                continue
            if bunches and change.at_ms - bunches[-1][0].at_ms <= TOGETHER_MS:
                bunches[-1].append(change)
            else:
                bunches.append([change])
        return tuple(self._partition_event(bunch) for bunch in bunches)

    def _partition_event(self, bunch: Sequence[ChangeReported]) -> TimelineEvent:
        counts: dict[ChangeKind, int] = {}
        for change in bunch:
            counts[change.kind] = counts.get(change.kind, 0) + change.count
        words = (
            (ChangeKind.ISR_SHRANK, self.tr("{} ISR shrinks"), self.tr("{} ISRs shrink")),
            (ChangeKind.ISR_GREW, self.tr("{} ISR grows"), self.tr("{} ISRs grow")),
            (ChangeKind.LEADERS_MOVED, self.tr("{} leader elected"), self.tr("{} leaders elected")),
            (ChangeKind.PARTITIONS_OFFLINE, self.tr("{} offline"), self.tr("{} offline")),
            (ChangeKind.PARTITIONS_ONLINE, self.tr("{} online again"), self.tr("{} online again")),
        )
        text = ", ".join(counted(counts[kind], one, many) for kind, one, many in words if kind in counts)
        if ChangeKind.PARTITIONS_OFFLINE in counts:
            tone = "err"
        elif ChangeKind.ISR_SHRANK in counts:
            tone = "warn"
        else:
            tone = "ok" if ChangeKind.LEADERS_MOVED not in counts else "accent"
        return TimelineEvent(bunch[0].at_ms, text, tone)

    def _sampled(self, event: BrokerSampled) -> bool:
        refused = self._count_errors(event.node_id, event.sample)
        return self._note_latency(event) or refused

    def _count_errors(self, node_id: int, sample: MetricsSample) -> bool:
        """Errors that clients got since the sample before; those of all brokers in about a second are one event."""
        before = self._samples.get(node_id)
        self._samples[node_id] = sample
        if before is None or before.uptime_ms > sample.uptime_ms:
            before = MetricsSample(0, 0)  # of another process, whose counters were others
        more = Counter(
            {name: count - before.client_errors.get(name, 0) for name, count in sample.client_errors.items()}
        )
        more = +more
        if not more:
            return False
        if self._client_errors and sample.at_ms - self._client_errors[-1][0] < ERRORS_TOGETHER_MS:
            self._client_errors[-1][1].update(more)
        else:
            self._client_errors.append((sample.at_ms, more))
        return True

    def _errors_since(self, oldest_ms: int) -> tuple[tuple[TimelineSpan, ...], tuple[TimelineEvent, ...]]:
        """Those that go on second after second as spans, single ones as events."""
        runs: list[tuple[int, int, Counter[str]]] = []
        for at_ms, found in self._client_errors:
            if at_ms < oldest_ms:
                continue
            if runs and at_ms - runs[-1][1] <= ERRORS_GO_ON_MS:
                first_ms, _last_ms, so_far = runs[-1]
                runs[-1] = (first_ms, at_ms, so_far + found)
            else:
                runs.append((at_ms, at_ms, found))
        spans = tuple(TimelineSpan(first, last, _counted(found), "err") for first, last, found in runs if last > first)
        return spans, tuple(TimelineEvent(at, _counted(found), "err") for at, last, found in runs if last == at)

    def _note_latency(self, event: BrokerSampled) -> bool:
        produce = event.sample.latencies_by_api.get("Produce")
        if produce is None or not produce.count:
            return False
        values = self._p99.setdefault(event.node_id, deque(maxlen=KEPT_MS // 1000))
        values.append((event.sample.at_ms, produce.p99_ms))
        return True

    def _worst_p99(self, oldest_ms: int) -> tuple[tuple[int, float], ...]:
        worst: dict[int, float] = {}
        for values in self._p99.values():
            for at_ms, value in values:
                if at_ms >= oldest_ms:
                    second = at_ms - at_ms % 1000
                    worst[second] = max(worst.get(second, 0.0), value)
        return tuple(sorted(worst.items()))

    def _trouble_since(self, now_ms: int) -> int | None:
        """When what is wrong now began; the end of trouble counts a little later, until writers are back."""
        if self._faults or self._brokers.in_trouble():
            self._well_since_ms = now_ms
        elif now_ms - self._well_since_ms > AFTERMATH_MS:
            return None
        faults = [cause.at_ms for cause in self._causes if cause.is_fault]
        return faults[-1] if faults else now_ms

    def _add_cause(self, cause: TimelineCause) -> None:
        self._causes.append(cause)


def _counted(errors: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in errors.most_common())
