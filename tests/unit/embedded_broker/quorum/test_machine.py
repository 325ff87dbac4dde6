from __future__ import annotations

import pytest

from tests.unit.embedded_broker.quorum.member import Member, endpoints, key
from workbench.embedded_broker.quorum.contract import NotLeaderError
from workbench.embedded_broker.quorum.effects import (
    AdvanceHighWatermark,
    AnnounceLeader,
    AppendBatch,
    FlushLog,
    NoteRole,
    SendRequest,
    StoreElection,
)
from workbench.embedded_broker.quorum.events import RecordsSubmitted, ResignationRequested, ShutdownStarted, TimePassed
from workbench.embedded_broker.quorum.machine import QuorumBug
from workbench.embedded_broker.quorum.messages import EndEpoch, Vote
from workbench.records.control import KRaftVersion, KRaftVoters, LeaderChange


def test_a_single_voter_is_elected_in_its_first_step_and_writes_first() -> None:
    member = Member(1)
    effects = member.started
    assert [type(effect) for effect in effects.persist] == [StoreElection, AppendBatch, FlushLog]
    store, append, _ = effects.persist
    assert isinstance(store, StoreElection) and (store.state.epoch, store.state.leader_id) == (1, 1)
    assert isinstance(append, AppendBatch) and [type(record) for record in append.batch.control] == [LeaderChange]
    assert effects.send == ()
    assert [effect.role for effect in effects.apply if isinstance(effect, NoteRole)] == [
        "unattached",
        "prospective",
        "candidate",
        "leader",
    ]
    assert AnnounceLeader(1, 1, 0) in effects.apply


def test_nothing_is_committed_before_the_flush() -> None:
    member = Member(1)
    assert member.machine.committed_offset == -1
    assert AdvanceHighWatermark(1) in member.flush().apply
    effects = member.step(RecordsSubmitted(1, (b"a", b"b")))
    assert not any(isinstance(effect, AdvanceHighWatermark) for effect in effects.apply)
    assert AdvanceHighWatermark(3) in member.flush().apply


def test_a_dynamic_quorum_of_one_logs_its_voters_once() -> None:
    member = Member(1, dynamic=True)
    append = next(effect for effect in member.started.persist if isinstance(effect, AppendBatch))
    assert [type(record) for record in append.batch.control] == [LeaderChange, KRaftVersion, KRaftVoters]
    assert member.machine.log.control.voters_offset == 2


def test_only_the_leader_of_that_epoch_appends() -> None:
    member = Member(1)
    with pytest.raises(NotLeaderError):
        member.step(RecordsSubmitted(2, (b"a",)))
    with pytest.raises(NotLeaderError):
        Member(1, 2).step(RecordsSubmitted(0, (b"a",)))
    assert member.machine.log.end_offset == 1


def test_resigning_from_another_epoch_is_passed_over() -> None:
    member = Member(1, 2).be_elected()
    member.step(ResignationRequested(0))
    assert member.machine.role_name == "leader"
    effects = member.step(ResignationRequested(member.machine.epoch))
    assert member.machine.role_name == "resigned"
    assert [type(send.request) for send in effects.send if isinstance(send, SendRequest)] == [EndEpoch]


def test_a_leader_that_shuts_down_says_so_and_stands_no_more() -> None:
    member = Member(1, 2).be_elected()
    member.step(ShutdownStarted())
    assert member.machine.role_name == "resigned" and not member.machine.has_shut_down
    member.pass_ms(60_000)
    assert member.machine.role_name == "resigned"
    member.machine.become_follower(9, 2, endpoints(2))
    assert member.machine.has_shut_down


def test_a_single_voter_or_an_observer_has_nothing_to_hand_over() -> None:
    for member in (Member(1), Member(2, 3)):
        member.step(ShutdownStarted())
        assert member.machine.has_shut_down


def test_an_observer_never_stands() -> None:
    member = Member(2, 3)
    for _ in range(50):
        member.pass_ms(5_000)
    assert not any(isinstance(sent.request, Vote) for sent in member.requests)
    assert member.machine.role_name == "observer"


def test_a_node_never_asks_itself_who_leads() -> None:
    member = Member(1, 2)
    for _ in range(20):
        member.pass_ms(500)
    assert {sent.to.port for sent in member.requests} == {2}


@pytest.mark.parametrize(
    "change",
    [
        lambda machine: machine.become_candidate(),
        lambda machine: machine.become_leader(),
        lambda machine: machine.become_resigned(),
        lambda machine: machine.become_unattached(0),
        lambda machine: machine.become_follower(1, 1, endpoints(1)),
        lambda machine: machine.become_follower(1, 2, ()),
    ],
)
def test_changes_of_role_that_must_not_be_are_bugs(change: object) -> None:
    with pytest.raises(QuorumBug):
        change(Member(1, 2, 3).machine)  # type: ignore[operator]


def test_a_second_vote_in_an_epoch_is_a_bug() -> None:
    machine = Member(1, 2, 3).machine
    machine.become_unattached(4)
    machine.grant_vote(key(2))
    with pytest.raises(QuorumBug):
        machine.grant_vote(key(3))


def test_waking_early_or_twice_changes_nothing() -> None:
    member = Member(1, 2, 3)
    before = (member.machine.role_name, member.machine.epoch)
    for _ in range(3):
        member.step(TimePassed())
    assert (member.machine.role_name, member.machine.epoch) == before
    assert member.machine.wake_at_ms > member.now_ms
