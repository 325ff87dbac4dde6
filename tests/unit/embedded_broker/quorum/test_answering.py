from __future__ import annotations

import pytest

from tests.unit.embedded_broker.quorum.member import Member, endpoints, key
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.effects import ReportInconsistency, SendReply
from workbench.embedded_broker.quorum.events import RecordsSubmitted, RequestArrived, SnapshotWritten
from workbench.embedded_broker.quorum.messages import (
    AskVersions,
    BeginEpoch,
    DescribeQuorum,
    DescribeQuorumReply,
    EndEpoch,
    Fetch,
    FetchReply,
    FetchSnapshot,
    FetchSnapshotReply,
    RecordsToRead,
    SnapshotBytesToRead,
    VersionsReply,
    Vote,
    VoteReply,
)
from workbench.storage.quorum.voters import ReplicaKey
from workbench.wire.error_codes import ErrorCode


def vote(candidate: int = 2, epoch: int = 5, *, last: tuple[int, int] = (9, 4), pre_vote: bool = False) -> Vote:
    return Vote(key(candidate), None, epoch, last[0], last[1], pre_vote)


def fetch(epoch: int, offset: int = 0, last_epoch: int = 0, *, replica: int = 2, wait_ms: int = 500) -> Fetch:
    return Fetch(key(replica), epoch, offset, last_epoch, -1, wait_ms, 1_000)


def granted(member: Member, request: Vote) -> bool:
    reply = member.ask(request)
    assert isinstance(reply, VoteReply) and reply.error == ErrorCode.NONE
    return reply.granted


# Votes


def test_one_vote_an_epoch_and_again_for_the_same_candidate() -> None:
    member = Member(1, 2, 3)
    assert granted(member, vote(2))
    assert granted(member, vote(2))
    assert not granted(member, vote(3))
    assert granted(member, vote(3, epoch=6))


def test_a_shorter_log_gets_no_vote_but_its_epoch_is_taken_over() -> None:
    member = Member(1, 2, 3, epochs=(1, 2, 2))
    assert not granted(member, vote(epoch=5, last=(2, 2)))
    assert not granted(member, vote(epoch=6, last=(9, 1)))
    assert member.machine.epoch == 6
    assert granted(member, vote(epoch=6, last=(3, 2)))


def test_a_pre_vote_binds_nobody_and_moves_no_epoch() -> None:
    member = Member(1, 2, 3)
    assert granted(member, vote(2, epoch=0, last=(0, 0), pre_vote=True))
    assert granted(member, vote(3, epoch=0, last=(0, 0), pre_vote=True))
    assert member.machine.epoch == 0 and member.machine.role.voted_key is None


def test_who_has_fetched_from_a_leader_refuses_pre_votes_until_that_leader_steps_down() -> None:
    member = Member(1, 2, 3)
    member.ask(BeginEpoch(2, None, 4, endpoints(2)))
    assert granted(member, vote(3, epoch=4, pre_vote=True))
    member.answer(FetchReply(ErrorCode.NONE, 2, 4, endpoints(2)), to=Fetch)
    assert not granted(member, vote(3, epoch=4, pre_vote=True))
    member.ask(EndEpoch(2, 4, (key(3), key(1)), endpoints(2)))
    assert granted(member, vote(3, epoch=4, pre_vote=True))


def test_leader_and_resigned_leader_refuse_a_vote_in_their_epoch() -> None:
    member = Member(1, 2, 3).be_elected()
    epoch = member.machine.epoch
    assert not granted(member, vote(2, epoch=epoch, last=(99, epoch - 1)))
    member.machine.become_resigned()
    assert not granted(member, vote(2, epoch=epoch, last=(99, epoch - 1)))


@pytest.mark.parametrize(
    ("request_made", "error"),
    [
        (vote(epoch=5, last=(-1, 4)), ErrorCode.INVALID_REQUEST),
        (vote(epoch=5, last=(9, -1)), ErrorCode.INVALID_REQUEST),
        (vote(epoch=5, last=(9, 5)), ErrorCode.INVALID_REQUEST),
        (vote(epoch=5, last=(9, 6), pre_vote=True), ErrorCode.INVALID_REQUEST),
        (Vote(ReplicaKey(-1), None, 5, 9, 4, False), ErrorCode.INVALID_REQUEST),
        (Vote(key(2), ReplicaKey(9), 5, 9, 4, False), ErrorCode.INVALID_VOTER_KEY),
        (Vote(key(2), ReplicaKey(1, b"x" * 16), 5, 9, 4, False), ErrorCode.INVALID_VOTER_KEY),
    ],
)
def test_votes_that_make_no_sense_or_are_meant_for_others(request_made: Vote, error: ErrorCode) -> None:
    reply = Member(1, 2, 3).ask(request_made)
    assert isinstance(reply, VoteReply) and reply.error == error and not reply.granted


def test_an_old_epoch_is_fenced_and_told_the_new_one() -> None:
    member = Member(1, 2, 3)
    member.ask(BeginEpoch(3, None, 7, endpoints(3)))
    reply = member.ask(vote(2, epoch=6))
    assert reply is not None
    assert (reply.error, reply.epoch, reply.leader_id) == (ErrorCode.FENCED_LEADER_EPOCH, 7, 3)
    assert reply.leader_endpoints == endpoints(3)


# Leaders that come and go


def test_a_leader_makes_itself_known() -> None:
    member = Member(1, 2, 3)
    reply = member.ask(BeginEpoch(2, key(1), 4, endpoints(2)))
    assert reply is not None and reply.error == ErrorCode.NONE
    assert (member.machine.role_name, member.machine.leader_id) == ("follower", 2)


def test_a_second_leader_of_the_same_epoch_is_reported_and_not_followed() -> None:
    member = Member(1, 2, 3)
    member.ask(BeginEpoch(2, None, 4, endpoints(2)))
    effects = member.step(RequestArrived(99, BeginEpoch(3, None, 4, endpoints(3))))
    assert any(isinstance(effect, ReportInconsistency) for effect in effects.apply)
    assert effects.send[0].reply.error == ErrorCode.INVALID_REQUEST  # type: ignore[union-attr]
    assert member.machine.leader_id == 2


@pytest.mark.parametrize(
    ("candidates", "delay_ms"), [((1,), 0), ((2, 1), 500), ((2, 3, 1), 500), ((2, 3), 1_000), ((), 0)]
)
def test_successors_stand_one_after_the_other(candidates: tuple[int, ...], delay_ms: int) -> None:
    member = Member(1, 2, 3, 4)
    member.ask(BeginEpoch(4, None, 4, endpoints(4)))
    member.ask(EndEpoch(4, 4, tuple(key(candidate) for candidate in candidates), endpoints(4)))
    if delay_ms:
        assert member.machine.role_name == "follower"
        member.pass_ms(delay_ms - 1)
        assert member.machine.role_name == "follower"
        member.pass_ms(1)
    assert member.machine.role_name == "prospective"


# Replication


def test_a_fetch_with_something_new_is_answered_at_once_before_the_flush() -> None:
    member = Member(1, 2).be_elected()
    epoch = member.machine.epoch
    reply = member.ask(fetch(epoch))
    assert isinstance(reply, FetchReply)
    assert reply.records == RecordsToRead(0, 1, 1_000) and reply.high_watermark == -1


def test_a_fetch_with_nothing_new_waits_for_an_append_for_the_watermark_or_its_time() -> None:
    member = Member(1, 2).be_elected()
    member.flush()
    epoch = member.machine.epoch
    moved = member.ask(fetch(epoch, 1, epoch))
    assert isinstance(moved, FetchReply) and moved.high_watermark == 1
    waiting = Fetch(key(2), epoch, 1, epoch, 1, 500, 1_000)
    assert member.ask(waiting) is None
    sent = member.step(RecordsSubmitted(epoch, (b"a",))).send
    assert isinstance(sent[0], SendReply) and isinstance(sent[0].reply, FetchReply)
    assert sent[0].reply.records == RecordsToRead(1, 2, 1_000)
    assert member.ask(Fetch(key(2), epoch, 2, epoch, 1, 500, 1_000)) is None
    assert [type(send) for send in member.flush().send] == [SendReply]
    assert member.ask(Fetch(key(2), epoch, 2, epoch, 2, 500, 1_000)) is None
    assert [send for send in member.pass_ms(499).send if isinstance(send, SendReply)] == []
    expired = [send for send in member.pass_ms(1).send if isinstance(send, SendReply)]
    assert len(expired) == 1 and isinstance(expired[0].reply, FetchReply) and expired[0].reply.records is None


def test_waiting_fetches_are_told_when_the_leader_resigns() -> None:
    member = Member(1, 2).be_elected()
    epoch = member.machine.epoch
    assert member.ask(Fetch(key(2), epoch, 1, epoch, 5, 500, 1_000)) is None
    member.machine.become_resigned()
    sent = [send for send in member.pass_ms(0).send if isinstance(send, SendReply)]
    assert [send.reply.error for send in sent] == [ErrorCode.NOT_LEADER_OR_FOLLOWER]


@pytest.mark.parametrize(
    ("epoch_off", "error"), [(-1, ErrorCode.FENCED_LEADER_EPOCH), (1, ErrorCode.UNKNOWN_LEADER_EPOCH)]
)
def test_fetches_in_another_epoch_are_refused(epoch_off: int, error: ErrorCode) -> None:
    member = Member(1, 2).be_elected()
    reply = member.ask(fetch(member.machine.epoch + epoch_off))
    assert reply is not None and reply.error == error and reply.leader_id == 1


def test_a_follower_sends_fetches_on_to_the_leader_it_knows() -> None:
    member = Member(1, 2, 3)
    member.ask(BeginEpoch(2, None, 4, endpoints(2)))
    reply = member.ask(fetch(4, replica=3))
    assert reply is not None
    assert (reply.error, reply.leader_id) == (ErrorCode.NOT_LEADER_OR_FOLLOWER, 2)


@pytest.mark.parametrize("bad", [(-1, 0, 0), (0, -1, 0), (0, 9, 0), (0, 0, -1)])
def test_fetches_that_make_no_sense_are_refused(bad: tuple[int, int, int]) -> None:
    member = Member(1, 2).be_elected()
    reply = member.ask(fetch(member.machine.epoch, bad[0], bad[1], wait_ms=bad[2]))
    assert reply is not None and reply.error == ErrorCode.INVALID_REQUEST


def test_a_diverging_follower_is_told_where_to_cut() -> None:
    member = Member(1, 2, epochs=(1, 1, 3)).be_elected()
    reply = member.ask(fetch(member.machine.epoch, 5, 2))
    assert isinstance(reply, FetchReply) and reply.diverging == OffsetAndEpoch(2, 1) and reply.records is None


def test_an_empty_follower_is_sent_to_the_snapshot_and_gets_its_bytes() -> None:
    member = Member(1, 2, epochs=(1, 1, 1)).be_elected()
    snapshot_id = OffsetAndEpoch(2, 1)
    member.step(SnapshotWritten(snapshot_id, 100))
    epoch = member.machine.epoch
    reply = member.ask(fetch(epoch))
    assert isinstance(reply, FetchReply) and reply.snapshot_id == snapshot_id
    part = member.ask(FetchSnapshot(key(2), epoch, snapshot_id, 40, 50))
    assert isinstance(part, FetchSnapshotReply)
    assert (part.size_bytes, part.position, part.chunk) == (100, 40, SnapshotBytesToRead(snapshot_id, 40, 50))
    for position, wanted, error in (
        (100, snapshot_id, ErrorCode.POSITION_OUT_OF_RANGE),
        (-1, snapshot_id, ErrorCode.POSITION_OUT_OF_RANGE),
        (0, OffsetAndEpoch(1, 1), ErrorCode.SNAPSHOT_NOT_FOUND),
    ):
        refused = member.ask(FetchSnapshot(key(2), epoch, wanted, position, 50))
        assert refused is not None and refused.error == error


def test_the_bootstrap_snapshot_is_never_handed_out() -> None:
    member = Member(1, 2, dynamic=True, snapshots={OffsetAndEpoch(0, 0): 10}).be_elected()
    epoch = member.machine.epoch
    reply = member.ask(fetch(epoch))
    assert isinstance(reply, FetchReply) and reply.snapshot_id is None and reply.records is not None
    refused = member.ask(FetchSnapshot(key(2), epoch, OffsetAndEpoch(0, 0), 0, 50))
    assert refused is not None and refused.error == ErrorCode.SNAPSHOT_NOT_FOUND


def test_a_replica_with_the_leaders_own_id_is_refused_and_reported() -> None:
    member = Member(1, 2).be_elected()
    effects = member.step(RequestArrived(9, fetch(member.machine.epoch, replica=1)))
    assert any(isinstance(effect, ReportInconsistency) for effect in effects.apply)


def test_only_the_leader_describes_the_quorum() -> None:
    member = Member(1, 2, 3)
    refused = member.ask(DescribeQuorum())
    assert refused is not None and refused.error == ErrorCode.NOT_LEADER_OR_FOLLOWER
    member.be_elected()
    described = member.ask(DescribeQuorum())
    assert isinstance(described, DescribeQuorumReply)
    assert [voter.key.id for voter in described.voters] == [1, 2, 3] and described.leader_id == 1


def test_everyone_says_which_kraft_versions_it_supports() -> None:
    reply = Member(2, 3).ask(AskVersions())
    assert isinstance(reply, VersionsReply) and reply.kraft_versions == (0, 1)
