"""A broker's lane: its process and the controller's view of it, together."""

from __future__ import annotations

from workbench.cluster.policy import BrokerPhase
from workbench.ui.view_models.broker_lanes import BrokerLanes


def _started(node: int = 2) -> BrokerLanes:
    lanes = BrokerLanes()
    lanes.phase_changed(node, BrokerPhase.STARTING, 0)
    lanes.fenced(node, 900, is_fenced=False)
    lanes.phase_changed(node, BrokerPhase.RUNNING, 1_000)
    return lanes


def _texts(lanes: BrokerLanes) -> list[tuple[str, str]]:
    return [(span.text, span.tone) for _node, spans in lanes.lanes(0) for span in spans]


def test_a_broker_that_nothing_happened_to_has_no_lane() -> None:
    assert _started().lanes(0) == []
    assert _started().in_trouble() == ()


def test_a_killed_broker_stays_in_its_isrs_until_it_is_fenced() -> None:
    lanes = _started()
    lanes.in_sync_sets({2: 19}, 1_500)
    lanes.phase_changed(2, BrokerPhase.KILLED, 2_000)
    assert lanes.in_trouble() == (2,)
    assert _texts(lanes)[-1] == ("process gone, not yet fenced: still in 19 ISRs", "warn")
    lanes.fenced(2, 11_000, is_fenced=True)
    assert _texts(lanes) == [
        ("starting", "accent"),
        ("running", "ok"),
        ("process gone, not yet fenced: still in 19 ISRs", "warn"),
        ("fenced", "err"),
    ]
    lanes.phase_changed(2, BrokerPhase.STARTING, 20_000)
    lanes.fenced(2, 21_000, is_fenced=False)
    lanes.phase_changed(2, BrokerPhase.RUNNING, 21_050)
    assert [text for text, _tone in _texts(lanes)[-2:]] == ["starting", "running"]
    assert lanes.in_trouble() == ()


def test_the_count_of_isrs_that_a_poll_brings_belongs_to_the_whole_span() -> None:
    lanes = _started()
    lanes.phase_changed(2, BrokerPhase.PAUSED, 2_000)
    lanes.in_sync_sets({2: 4}, 2_800)
    _node, spans = lanes.lanes(0)[0]
    assert (spans[-1].from_ms, spans[-1].text) == (2_000, "paused, not yet fenced: still in 4 ISRs")
    lanes.fenced(2, 11_000, is_fenced=True)
    lanes.phase_changed(2, BrokerPhase.RUNNING, 12_000)
    assert _texts(lanes)[-1] == ("runs, fenced", "err"), "it runs, but the controller has not taken it back"


def test_a_broker_that_says_goodbye_is_off_and_no_alarm() -> None:
    lanes = _started()
    lanes.leaving(2, 1_900)
    lanes.phase_changed(2, BrokerPhase.STOPPING, 2_000)
    lanes.phase_changed(2, BrokerPhase.STOPPED, 2_500)
    assert _texts(lanes)[-1] == ("stopped", "off")


def test_lanes_older_than_asked_and_brokers_taken_out_are_forgotten() -> None:
    lanes = _started()
    lanes.touch((2,), 5_000)
    assert len(lanes.lanes(0)) == 1 and lanes.lanes(6_000) == []
    lanes.forget((1, 3))
    assert lanes.lanes(0) == []


def test_whom_a_new_controller_did_not_tell_of_is_seen_alive_by_the_next_poll() -> None:
    lanes = _started()
    lanes.fenced(2, 2_000, is_fenced=True)
    lanes.phase_changed(2, BrokerPhase.STOPPED, 2_500)
    lanes.seen_alive([2, 9], 2_600)
    assert lanes.in_trouble() == (2,), "it was asked before it stopped"
    lanes.phase_changed(2, BrokerPhase.STARTING, 3_000)
    lanes.phase_changed(2, BrokerPhase.RUNNING, 3_500)
    assert _texts(lanes)[-1] == ("runs, fenced", "err")
    lanes.seen_alive([2], 4_000)
    assert _texts(lanes)[-1] == ("running", "ok") and lanes.in_trouble() == ()
