"""What followed a fault, in words."""

from __future__ import annotations

from workbench.broker_contract.messages import ChangeKind, ChangeReported
from workbench.ui.view_models.fault_stories import fault_stories, what_followed
from workbench.ui.view_models.timeline_lanes import TimelineCause

KILL = TimelineCause(10_000, "kill -9 broker 2", (2,))
START = TimelineCause(40_000, "start broker 2", (2,), "ok", is_fault=False)


def _change(
    kind: ChangeKind, at_ms: int, count: int = 1, nodes: tuple[int, ...] = (), epoch: int = -1
) -> ChangeReported:
    return ChangeReported(kind, at_ms, count, (), nodes, epoch)


def test_a_killed_broker_is_fenced_and_its_leaders_move() -> None:
    changes = [
        _change(ChangeKind.BROKER_FENCED, 19_000, nodes=(2,)),
        _change(ChangeKind.LEADERS_MOVED, 19_001, 7),
        _change(ChangeKind.ISR_SHRANK, 19_001, 19),
    ]
    assert what_followed(KILL, changes) == "fenced after 9.0 s, 7 leaders moved, 19 ISRs shrank"


def test_a_new_controller_and_lost_partitions_are_named() -> None:
    changes = [
        _change(ChangeKind.CONTROLLER_ELECTED, 12_000, nodes=(3,), epoch=5),
        _change(ChangeKind.BROKER_FENCED, 21_000, nodes=(1,)),
        _change(ChangeKind.PARTITIONS_OFFLINE, 21_000, 2),
    ]
    words = what_followed(KILL, changes)
    assert words == "controller 3 elected after 2.0 s, epoch 5, broker 1 fenced after 11 s, 2 without leader"


def test_each_change_belongs_to_the_cause_before_it() -> None:
    changes = [
        _change(ChangeKind.BROKER_FENCED, 19_000, nodes=(2,)),
        _change(ChangeKind.BROKER_UNFENCED, 41_000, nodes=(2,)),
        _change(ChangeKind.ISR_GREW, 41_500, 19),
    ]
    newest, oldest = fault_stories([KILL, START], changes)
    assert newest.cause is START
    assert newest.followed == "broker 2 back after 1.0 s, 19 ISRs whole again after 1.5 s"
    assert oldest.followed == "fenced after 9.0 s"


def test_what_comes_a_minute_later_is_no_consequence() -> None:
    late = [_change(ChangeKind.LEADERS_MOVED, 80_000, 3)]
    assert fault_stories([KILL], late)[0].followed == "the controller reported no change so far"


def test_what_gets_better_is_no_consequence_of_a_fault_a_moment_later() -> None:
    ended = TimelineCause(41_020, "broker 2 ended", (2,))
    changes = [_change(ChangeKind.BROKER_UNFENCED, 41_000, nodes=(2,)), _change(ChangeKind.ISR_GREW, 41_010, 19)]
    newest, before = fault_stories([START, ended], changes)
    assert newest.followed == "the controller reported no change so far"
    assert before.followed == "broker 2 back after 1.0 s, 19 ISRs whole again after 1.0 s"


def test_a_broker_that_is_back_follows_the_cause_that_was_about_it() -> None:
    other = TimelineCause(40_010, "start broker 3", (3,), "ok", is_fault=False)
    changes = [_change(ChangeKind.BROKER_UNFENCED, 41_000, nodes=(2,))]
    newest, before = fault_stories([START, other], changes)
    assert before.followed == "broker 2 back after 1.0 s"
    assert newest.followed == "the controller reported no change so far"
