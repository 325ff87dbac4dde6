from __future__ import annotations

from tests.unit.embedded_broker.quorum.member import Member, endpoints, key, voter_set
from workbench.embedded_broker.quorum.batches import ReceivedBatch
from workbench.embedded_broker.quorum.config import QuorumConfig
from workbench.embedded_broker.quorum.messages import (
    AddVoter,
    BeginEpoch,
    EndEpoch,
    EndEpochReply,
    Fetch,
    FetchReply,
    ReceivedRecords,
    RemoveVoter,
    Vote,
)
from workbench.records.control import KRaftVersion
from workbench.storage.quorum.election_state import ElectionState
from workbench.storage.quorum.voters import ReplicaKey, VoterNode, VoterSet
from workbench.storage.quorum.voters_record import voters_record
from workbench.wire.error_codes import ErrorCode


def kinds(member: Member) -> list[type]:
    return [type(sent.request) for sent in member.requests]


def test_a_voter_waits_at_least_one_election_timeout() -> None:
    member = Member(1, 2, 3, stored=ElectionState(1))
    member.pass_ms(999)
    assert member.machine.role_name == "unattached"
    member.pass_ms(1_001)
    assert member.machine.role_name == "prospective"


def test_votes_are_asked_of_every_other_voter_with_its_key() -> None:
    member = Member(1, 2, 3, dynamic=True)
    member.pass_ms(2_000)
    votes = [sent.request for sent in member.requests if isinstance(sent.request, Vote)]
    assert [vote.receiver for vote in votes] == [key(2), key(3)]
    assert all(vote.pre_vote and vote.candidate == key(1) for vote in votes)


def test_an_unanswered_vote_is_asked_for_again() -> None:
    member = Member(1, 2, config=QuorumConfig(election_timeout_ms=5_000, request_timeout_ms=100))
    member.pass_ms(10_000)
    assert kinds(member).count(Vote) == 1
    member.pass_ms(100)
    assert kinds(member).count(Vote) == 2


def test_a_new_leader_tells_all_voters_and_repeats_it_to_the_silent() -> None:
    member = Member(1, 2, 3).be_elected()
    begins = [sent.to.id for sent in member.requests if isinstance(sent.request, BeginEpoch)]
    assert begins == [2, 3]
    member.requests.clear()
    member.ask(Fetch(key(2), member.machine.epoch, 0, 0, -1, 0, 1_000))
    member.pass_ms(1_000)
    member.machine.connections.reset_all()
    member.pass_ms(1_000)
    begun = {sent.to.id for sent in member.requests if isinstance(sent.request, BeginEpoch)}
    assert 3 in begun


def test_a_leader_without_followers_resigns_after_one_and_a_half_fetch_timeouts() -> None:
    member = Member(1, 2, 3).be_elected()
    member.pass_ms(2_999)
    assert member.machine.role_name == "leader"
    member.pass_ms(1)
    assert member.machine.role_name == "resigned"


def test_a_resigned_leader_tells_each_voter_until_it_answers_and_goes_on_in_the_next_epoch() -> None:
    member = Member(1, 2, 3).be_elected()
    epoch = member.machine.epoch
    member.machine.become_resigned()
    member.requests.clear()
    member.pass_ms(0)
    assert kinds(member) == [EndEpoch, EndEpoch]
    member.answer(EndEpochReply(ErrorCode.NONE, 1, epoch, endpoints(1)))
    assert len(member.machine.role.unacknowledged) == 1  # type: ignore[union-attr]
    member.pass_ms(2_000)
    assert member.machine.epoch == epoch + 1


def joining(voters: VoterSet) -> Member:
    """An observer that may join by itself and has seen `voters` in the log."""
    member = Member(2, 3, config=QuorumConfig(auto_join=True))
    member.answer(FetchReply(ErrorCode.NONE, 2, 4, endpoints(2)), to=Fetch)
    batch = ReceivedBatch(0, 1, 4, (KRaftVersion(1), voters_record(voters)))
    member.answer(FetchReply(ErrorCode.NONE, 2, 4, endpoints(2), records=ReceivedRecords(b"x", (batch,))), to=Fetch)
    member.flush()
    member.requests.clear()
    for _ in range(4):
        member.pass_ms(700)
        if kinds(member)[-1:] == [Fetch]:
            member.answer(FetchReply(ErrorCode.NONE, 2, 4, endpoints(2)), to=Fetch)
    return member


def test_an_observer_that_may_join_asks_to_be_added() -> None:
    member = joining(voter_set(2, 3))
    request = next(sent.request for sent in member.requests if isinstance(sent.request, AddVoter))
    assert request == AddVoter(key(1), endpoints(1), ack_when_committed=False)


def test_with_a_lost_directory_it_first_has_the_old_one_removed() -> None:
    old = VoterNode(ReplicaKey(1, b"o" * 16), endpoints(1), 0, 1)
    member = joining(VoterSet.of([*voter_set(2, 3).nodes, old]))
    request = next(sent.request for sent in member.requests if isinstance(sent.request, RemoveVoter))
    assert request == RemoveVoter(old.key)


def test_an_observer_that_may_not_join_does_not_ask() -> None:
    member = Member(2, 3)
    member.answer(FetchReply(ErrorCode.NONE, 2, 4, endpoints(2)), to=Fetch)
    for _ in range(10):
        member.pass_ms(1_000)
    assert AddVoter not in kinds(member)
