from __future__ import annotations

import pytest

from tests.unit.embedded_broker.quorum.member import Member, endpoints, key, voter
from workbench.embedded_broker.quorum.contract import NotLeaderError
from workbench.embedded_broker.quorum.effects import AppendBatch, Effects, SendReply
from workbench.embedded_broker.quorum.events import (
    KRaftVersionUpgradeRequested,
    ReplyArrived,
    RequestArrived,
    RequestFailed,
)
from workbench.embedded_broker.quorum.messages import (
    AddVoter,
    AskVersions,
    Fetch,
    RemoveVoter,
    Reply,
    UpdateVoter,
    VersionsReply,
    VoterChangeReply,
)
from workbench.embedded_broker.quorum.voter_changes import KRaftVersionUpgradeError
from workbench.records.control import KRaftVersion, KRaftVoters
from workbench.storage.quorum.voters import ReplicaKey
from workbench.wire.error_codes import ErrorCode
from workbench.wire.uuids import uuid_to_text

ASKED = 77


def leading(*voters: int, dynamic: bool = True) -> Member:
    """A leader that has committed the first record of its epoch."""
    member = Member(*(voters or (1,)), dynamic=dynamic)
    if len(voters) > 1:
        member.be_elected()
    member.flush()
    for node_id in voters[1:]:
        caught_up(member, node_id)
    assert member.machine.committed_offset == member.machine.log.end_offset
    return member


def caught_up(member: Member, node_id: int) -> None:
    log = member.machine.log
    member.ask(Fetch(key(node_id), member.machine.epoch, log.end_offset, log.last_epoch, 99, 0, 1_000))


def error_of(effects: Effects) -> ErrorCode | None:
    for send in effects.send:
        if isinstance(send, SendReply) and send.reply_to == ASKED:
            return send.reply.error
    return None


def ask_to(member: Member, request: AddVoter | RemoveVoter) -> ErrorCode | None:
    return error_of(member.step(RequestArrived(ASKED, request)))


def versions(member: Member, reply: Reply) -> ErrorCode | None:
    asked = next(sent for sent in member.requests if isinstance(sent.request, AskVersions))
    return error_of(member.step(ReplyArrived(asked.request_id, reply)))


def new_voters(effects: Effects) -> list[int]:
    return [
        one.voter_id
        for effect in effects.persist
        if isinstance(effect, AppendBatch)
        for record in effect.batch.control
        if isinstance(record, KRaftVoters)
        for one in record.voters
    ]


ADD_2 = AddVoter(key(2), endpoints(2))
SUPPORTED = VersionsReply(ErrorCode.NONE, kraft_versions=(0, 1))


def test_a_caught_up_observer_becomes_a_voter_when_both_have_its_record() -> None:
    member = leading()
    caught_up(member, 2)
    assert ask_to(member, ADD_2) is None
    assert versions(member, SUPPORTED) is None
    assert member.machine.voters.ids == (1, 2)
    assert error_of(member.flush()) is None
    log = member.machine.log
    fetch = Fetch(key(2), member.machine.epoch, log.end_offset, log.last_epoch, 99, 0, 1_000)
    assert error_of(member.step(RequestArrived(78, fetch))) == ErrorCode.NONE
    assert member.machine.committed_offset == log.end_offset


def test_who_need_not_wait_for_the_commit_is_answered_before_it() -> None:
    member = leading()
    caught_up(member, 2)
    ask_to(member, AddVoter(key(2), endpoints(2), ack_when_committed=False))
    assert versions(member, SUPPORTED) == ErrorCode.NONE
    assert ask_to(member, RemoveVoter(key(1))) == ErrorCode.REQUEST_TIMED_OUT


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (VersionsReply(ErrorCode.NONE, kraft_versions=(0, 0)), ErrorCode.INVALID_REQUEST),
        (VersionsReply(ErrorCode.NONE, kraft_versions=None), ErrorCode.INVALID_REQUEST),
        (VersionsReply(ErrorCode.UNSUPPORTED_VERSION), ErrorCode.REQUEST_TIMED_OUT),
    ],
)
def test_a_node_that_cannot_be_a_voter_is_refused(reply: VersionsReply, error: ErrorCode) -> None:
    member = leading()
    caught_up(member, 2)
    ask_to(member, ADD_2)
    assert versions(member, reply) == error
    assert member.machine.voters.ids == (1,)


def test_a_node_that_lags_or_never_fetched_is_refused() -> None:
    member = leading()
    ask_to(member, ADD_2)
    assert versions(member, SUPPORTED) == ErrorCode.REQUEST_TIMED_OUT


def test_a_node_that_does_not_answer_is_refused() -> None:
    member = leading()
    caught_up(member, 2)
    ask_to(member, ADD_2)
    asked = next(sent for sent in member.requests if isinstance(sent.request, AskVersions))
    failed = member.step(RequestFailed(asked.request_id, ErrorCode.BROKER_NOT_AVAILABLE))
    assert error_of(failed) == ErrorCode.REQUEST_TIMED_OUT


def test_a_change_that_is_not_committed_in_time_is_given_up_but_stays_in_the_log() -> None:
    member = leading()
    caught_up(member, 2)
    ask_to(member, ADD_2)
    versions(member, SUPPORTED)
    assert error_of(member.pass_ms(2_000)) == ErrorCode.REQUEST_TIMED_OUT
    assert member.machine.voters.ids == (1, 2)


def test_one_change_at_a_time_and_only_after_the_last_is_committed() -> None:
    member = leading(1, 2, 3)
    assert ask_to(member, RemoveVoter(key(3))) is None
    assert member.machine.voters.ids == (1, 2)
    second = member.ask(RemoveVoter(key(2)))
    assert second is not None and second.error == ErrorCode.REQUEST_TIMED_OUT
    member.pass_ms(2_000)
    third = member.ask(RemoveVoter(key(2)))
    assert third is not None and third.error == ErrorCode.REQUEST_TIMED_OUT
    assert member.machine.voters.ids == (1, 2)


def test_a_leader_removed_by_itself_resigns_when_that_is_committed() -> None:
    member = leading(1, 2, 3)
    assert ask_to(member, RemoveVoter(key(1))) is None
    member.flush()
    assert member.machine.role_name == "leader"
    caught_up(member, 2)
    assert member.machine.role_name == "leader"
    caught_up(member, 3)
    assert member.machine.role_name == "resigned"


@pytest.mark.parametrize(
    ("request_made", "error"),
    [
        (AddVoter(key(3), ()), ErrorCode.INVALID_REQUEST),
        (AddVoter(ReplicaKey(3), endpoints(3)), ErrorCode.INVALID_REQUEST),
        (AddVoter(key(2), endpoints(2)), ErrorCode.DUPLICATE_VOTER),
        (RemoveVoter(ReplicaKey(2)), ErrorCode.INVALID_REQUEST),
        (RemoveVoter(ReplicaKey(2, b"x" * 16)), ErrorCode.VOTER_NOT_FOUND),
        (RemoveVoter(key(9)), ErrorCode.VOTER_NOT_FOUND),
    ],
)
def test_changes_that_make_no_sense(request_made: AddVoter | RemoveVoter, error: ErrorCode) -> None:
    assert ask_to(leading(1, 2), request_made) == error


def test_the_only_voter_cannot_be_removed() -> None:
    assert ask_to(leading(), RemoveVoter(key(1))) == ErrorCode.VOTER_NOT_FOUND


def test_static_voters_cannot_be_changed() -> None:
    assert ask_to(leading(dynamic=False), ADD_2) == ErrorCode.UNSUPPORTED_VERSION


def test_a_leader_that_has_committed_nothing_yet_changes_nothing() -> None:
    assert ask_to(Member(1, 2, dynamic=True).be_elected(), RemoveVoter(key(2))) == ErrorCode.REQUEST_TIMED_OUT


def test_only_the_leader_changes_voters() -> None:
    assert ask_to(Member(1, 2, dynamic=True), RemoveVoter(key(2))) == ErrorCode.NOT_LEADER_OR_FOLLOWER


def test_losing_leadership_answers_who_waits() -> None:
    member = leading(1, 2, 3)
    ask_to(member, RemoveVoter(key(3)))
    member.machine.become_unattached(99)
    assert error_of(member.pass_ms(0)) == ErrorCode.NOT_LEADER_OR_FOLLOWER


# Updating


def update(node_id: int, epoch: int, *, port: int = 9, high: int = 1) -> UpdateVoter:
    moved = tuple(type(endpoint)(endpoint.listener, endpoint.host, port) for endpoint in endpoints(node_id))
    return UpdateVoter(key(node_id), epoch, moved, 0, high)


def test_a_voters_new_endpoint_goes_into_the_log_once() -> None:
    member = leading(1, 2)
    epoch = member.machine.epoch
    first = member.step(RequestArrived(ASKED, update(2, epoch)))
    assert error_of(first) == ErrorCode.NONE and new_voters(first) == [1, 2]
    assert member.machine.voters.endpoints(2)[0].port == 9
    member.flush()
    caught_up(member, 2)
    again = member.step(RequestArrived(ASKED, update(2, epoch)))
    assert error_of(again) == ErrorCode.NONE and new_voters(again) == []


@pytest.mark.parametrize(
    ("node_id", "changes", "error"),
    [
        (9, {}, ErrorCode.VOTER_NOT_FOUND),
        (2, {"high": -1}, ErrorCode.INVALID_REQUEST),
        (2, {"high": 0}, ErrorCode.INVALID_REQUEST),
    ],
)
def test_updates_that_make_no_sense(node_id: int, changes: dict[str, int], error: ErrorCode) -> None:
    member = leading(1, 2)
    reply = member.ask(update(node_id, member.machine.epoch, **changes))
    assert reply is not None and (reply.error, reply.leader_id) == (error, 1)


def test_static_voters_upgrade_once_all_have_told_who_they_are() -> None:
    member = leading(1, 2, dynamic=False)
    epoch = member.machine.epoch
    with pytest.raises(KRaftVersionUpgradeError, match="not all voters support"):
        member.step(KRaftVersionUpgradeRequested(epoch, 1))
    told = member.ask(UpdateVoter(key(2), epoch, endpoints(2), 0, 1))
    assert told is not None and told.error == ErrorCode.NONE
    assert member.step(KRaftVersionUpgradeRequested(epoch, 1, validate_only=True)).persist == ()
    effects = member.step(KRaftVersionUpgradeRequested(epoch, 1))
    append = next(effect for effect in effects.persist if isinstance(effect, AppendBatch))
    assert [type(record) for record in append.batch.control] == [KRaftVersion, KRaftVoters]
    assert member.machine.voters.nodes == (voter(1), voter(2))
    assert member.step(KRaftVersionUpgradeRequested(epoch, 1)).persist == ()
    with pytest.raises(KRaftVersionUpgradeError, match="go back"):
        member.step(KRaftVersionUpgradeRequested(epoch, 0))


def test_only_the_leader_upgrades() -> None:
    with pytest.raises(NotLeaderError):
        Member(1, 2).step(KRaftVersionUpgradeRequested(0, 1))


def test_a_refusal_has_kafkas_words() -> None:
    member = leading(1, 2)

    def refusal(request: AddVoter | RemoveVoter) -> str | None:
        reply = member.ask(request)
        assert isinstance(reply, VoterChangeReply)
        return reply.message

    one, two, nine = (
        f"ReplicaKey(id={node}, directoryId={uuid_to_text(key(node).wire_directory_id)})" for node in (1, 2, 9)
    )
    assert refusal(AddVoter(key(2), endpoints(2))) == (
        f"The voter id for {two} is already part of the set of voters [{one}, {two}]."
    )
    assert refusal(RemoveVoter(key(9))) == f"Cannot remove voter {nine} from the set of voters [{one}, {two}]"
    assert refusal(RemoveVoter(ReplicaKey(2))) == "Remove voter request didn't include a valid voter"
    assert refusal(AddVoter(ReplicaKey(9), endpoints(9))) == "Add voter request didn't include a valid voter"
