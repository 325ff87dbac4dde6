"""The timeline: events of the supervisor and polls become lanes on one clock."""

from __future__ import annotations

from tests.helpers.fake_session import partition, topic
from workbench.broker_contract.messages import ChangeKind, ChangeReported, LatencySummary, MetricsSample
from workbench.client.model import GroupSummary, GroupType
from workbench.cluster.events import (
    BrokerPhaseChanged,
    BrokerSampled,
    BrokersChanged,
    ClusterChanged,
    FaultBegan,
    FaultEnded,
)
from workbench.cluster.policy import BrokerPhase
from workbench.cluster.rates import BrokerRates
from workbench.ui.view_models.timeline_lanes import TimelineLane
from workbench.ui.view_models.timeline_model import KEPT_MS, TimelineModel


def _phase(model: TimelineModel, node: int, phase: BrokerPhase, at_ms: int) -> None:
    model.take(BrokerPhaseChanged(node, phase, None, None, at_ms))


def _change(model: TimelineModel, kind: ChangeKind, at_ms: int, count: int = 1, nodes: tuple[int, ...] = ()) -> None:
    model.take(ClusterChanged(1, ChangeReported(kind, at_ms, count, (), nodes, 3)))


def _running() -> TimelineModel:
    model = TimelineModel()
    for node in (1, 2, 3):
        _phase(model, node, BrokerPhase.STARTING, 0)
        _change(model, ChangeKind.BROKER_UNFENCED, 90, nodes=(node,))
        _phase(model, node, BrokerPhase.RUNNING, 100)
    return model


def _lane(model: TimelineModel, key: str, now_ms: int = 20_000) -> TimelineLane | None:
    return next((lane for lane in model.lanes(now_ms) if lane.key == key), None)


def test_a_cluster_that_just_started_is_quiet() -> None:
    model = _running()
    assert model.is_quiet(1_000)
    assert [lane.key for lane in model.lanes(1_000)] == ["fault", "partitions"]


def test_moments_are_causes_and_what_followed_in_order_of_time() -> None:
    model = _running()
    _change(model, ChangeKind.CONTROLLER_ELECTED, 200, nodes=(1,))
    _phase(model, 2, BrokerPhase.KILLING, 5_000)
    _phase(model, 2, BrokerPhase.KILLED, 5_010)
    _change(model, ChangeKind.LEADERS_MOVED, 14_000, 7)
    _change(model, ChangeKind.CONTROLLER_ELECTED, 13_000, nodes=(3,))
    assert [(moment.at_ms, moment.text) for moment in model.moments(1_000)] == [
        (5_000, "kill \u22129 broker 2"),
        (13_000, "broker 3 elected, epoch 3"),
        (14_000, "7 leaders elected"),
    ]
    assert [moment.at_ms for moment in model.moments(13_500)] == [14_000]


def test_a_kill_is_a_cause_and_what_the_controller_reports_together_is_one_event() -> None:
    model = _running()
    _phase(model, 2, BrokerPhase.KILLING, 5_000)
    _phase(model, 2, BrokerPhase.KILLED, 5_010)
    _change(model, ChangeKind.BROKER_FENCED, 14_000, nodes=(2,))
    _change(model, ChangeKind.ISR_SHRANK, 14_001, 19)
    _change(model, ChangeKind.LEADERS_MOVED, 14_002, 7)
    _change(model, ChangeKind.PARTITIONS_OFFLINE, 14_002, 1)
    assert not model.is_quiet(20_000)
    fault, partitions = _lane(model, "fault"), _lane(model, "partitions")
    assert fault is not None and [event.text for event in fault.events] == ["kill \u22129 broker 2"]
    assert partitions is not None
    assert [(event.text, event.tone) for event in partitions.events] == [
        ("19 ISRs shrink, 7 leaders elected, 1 offline", "err")
    ]
    assert _lane(model, "broker-2") is not None and _lane(model, "broker-1") is None
    assert model.fenced_ms(2, 5_000) == 14_000 and model.fenced_ms(2, 15_000) is None
    assert model.stories(20_000)[0].followed.startswith("fenced after 9.0 s, 7 leaders moved")


def test_a_fault_lasts_from_its_begin_to_its_end() -> None:
    model = _running()
    model.take(FaultBegan("f1", "slow disk of broker 1", (1,), 5_000))
    model.take(FaultBegan("f2", "cut link broker 1 to broker 3", (1, 3), 6_000))
    assert not model.is_quiet(6_500)
    model.take(FaultEnded("f1", "slow disk of broker 1", (1,), 9_000, True))
    first, second = _lane(model, "fault"), _lane(model, "fault-2")
    assert first is not None and second is not None
    assert [(span.text, span.until_ms) for span in first.spans] == [("slow disk of broker 1", 9_000)]
    assert [span.until_ms for span in second.spans] == [None]
    _phase(model, 2, BrokerPhase.KILLING, 7_000)
    crowded = _lane(model, "fault")
    assert crowded is not None and not crowded.spans, "an event amid a fault has a row of its own"


def test_the_first_election_is_no_news_but_the_next_is() -> None:
    model = _running()
    _change(model, ChangeKind.CONTROLLER_ELECTED, 50, nodes=(1,))
    assert _lane(model, "controller") is None
    _change(model, ChangeKind.CONTROLLER_ELECTED, 8_000, nodes=(3,))
    lane = _lane(model, "controller")
    assert lane is not None and lane.events[-1].text == "broker 3 elected, epoch 3"


def test_polls_bring_in_sync_sets_and_coordinators() -> None:
    model = _running()
    model.take_topics([topic("a", partition(0, 2, (1, 2)), partition(1, 1, (1, 2)))], 4_000)
    _phase(model, 2, BrokerPhase.KILLED, 5_000)
    lane = _lane(model, "broker-2")
    assert lane is not None and lane.spans[-1].text.endswith("still in 2 ISRs")
    group = GroupSummary("billing", GroupType.CLASSIC, "consumer", "Stable", 2)
    moved = GroupSummary("billing", GroupType.CLASSIC, "consumer", "Stable", 3)
    model.take_groups([group], 5_000)
    model.take_groups([moved], 16_000)
    groups = _lane(model, "groups")
    assert groups is not None and [event.text for event in groups.events] == ["billing: coordinator 2 → 3"]


def test_the_slowest_broker_of_a_second_makes_the_curve() -> None:
    model = _running()
    for node, p99 in ((1, 4.0), (3, 9_000.0)):
        latencies = {"Produce": LatencySummary(5, 1.0, p99, p99)}
        sample = MetricsSample(7_300, 1_000, latencies_by_api=latencies)
        model.take(BrokerSampled(node, sample, BrokerRates()))
    model.take(BrokerSampled(1, MetricsSample(8_300, 2_000), BrokerRates()))
    lane = _lane(model, "p99")
    assert lane is not None and lane.curve == ((7_000, 9_000.0),)


def test_errors_that_clients_got_are_a_lane_with_what_came_since_the_sample_before() -> None:
    model = _running()

    def sampled(node: int, at_ms: int, uptime_ms: int, **errors: int) -> None:
        model.take(BrokerSampled(node, MetricsSample(at_ms, uptime_ms, client_errors=errors), BrokerRates()))

    sampled(1, 5_000, 1_000)
    assert _lane(model, "errors") is None
    sampled(1, 6_000, 2_000, NOT_ENOUGH_REPLICAS=3)
    sampled(2, 6_400, 1_000, NOT_ENOUGH_REPLICAS=2, REQUEST_TIMED_OUT=1)
    sampled(1, 7_000, 3_000, NOT_ENOUGH_REPLICAS=3)
    sampled(1, 9_000, 500, NOT_LEADER_OR_FOLLOWER=1)  # another process counts from nought
    lane = _lane(model, "errors")
    assert lane is not None and [(event.at_ms, event.text) for event in lane.events] == [
        (6_000, "5 NOT_ENOUGH_REPLICAS, 1 REQUEST_TIMED_OUT"),
        (9_000, "1 NOT_LEADER_OR_FOLLOWER"),
    ]
    for second in (1, 2, 3):
        sampled(1, 20_000 + 1_000 * second, 9_000 + second, NOT_LEADER_OR_FOLLOWER=1 + 2 * second)
    sampled(2, 23_100, 9_000, NOT_ENOUGH_REPLICAS=2, REQUEST_TIMED_OUT=2)
    lane = _lane(model, "errors", 25_000)
    assert lane is not None and [(span.from_ms, span.until_ms, span.text) for span in lane.spans] == [
        (21_000, 23_000, "6 NOT_LEADER_OR_FOLLOWER, 1 REQUEST_TIMED_OUT")
    ]


def test_half_an_hour_is_kept_and_brokers_taken_out_are_forgotten() -> None:
    model = _running()
    _phase(model, 2, BrokerPhase.KILLING, 5_000)
    model.take(BrokersChanged((1, 3), 6_000))
    assert _lane(model, "broker-2") is None
    assert len(model.causes(6_000)) == 1 and model.causes(6_000 + KEPT_MS) == ()
    assert model.changes(6_000 + KEPT_MS) == ()


def test_a_stop_is_told_as_off_and_a_start_draws_no_line() -> None:
    model = _running()
    _phase(model, 1, BrokerPhase.STOPPING, 5_000)
    _phase(model, 1, BrokerPhase.STOPPED, 5_500)
    _phase(model, 1, BrokerPhase.STARTING, 9_000)
    stop, start = model.causes(10_000)
    assert (stop.words, stop.tone, stop.is_fault) == ("stop broker 1", "off", True)
    assert (start.words, start.is_fault) == ("start broker 1", False)
    fault = _lane(model, "fault")
    assert fault is not None and [event.text for event in fault.events] == ["stop broker 1"]


def test_a_broker_that_ends_by_itself_is_a_cause() -> None:
    model = _running()
    _phase(model, 1, BrokerPhase.WAITING, 5_000)
    assert model.causes(6_000)[0].words == "broker 1 ended"
