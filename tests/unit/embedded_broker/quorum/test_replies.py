from __future__ import annotations

import pytest

from tests.unit.embedded_broker.quorum.member import Member, endpoints, key
from workbench.embedded_broker.quorum.batches import ReceivedBatch
from workbench.embedded_broker.quorum.config import QuorumConfig
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.effects import (
    AbandonSnapshot,
    AppendReceived,
    FlushLog,
    InstallSnapshot,
    ReportInconsistency,
    TruncateLog,
    WriteSnapshotChunk,
)
from workbench.embedded_broker.quorum.events import ReplyArrived, RequestFailed, SnapshotInstalled
from workbench.embedded_broker.quorum.messages import (
    BeginEpoch,
    Fetch,
    FetchReply,
    FetchSnapshot,
    FetchSnapshotReply,
    ReceivedRecords,
    UpdateVoter,
    UpdateVoterReply,
    Vote,
    VoteReply,
)
from workbench.storage.quorum.voters import VoterSet
from workbench.wire.error_codes import ErrorCode

SNAPSHOT = OffsetAndEpoch(30, 3)


def follower(*voters: int, epochs: tuple[int, ...] = ()) -> Member:
    member = Member(*(voters or (1, 2, 3)), epochs=epochs)
    member.ask(BeginEpoch(2, None, 4, endpoints(2)))
    member.requests = [sent for sent in member.requests if isinstance(sent.request, Fetch)]
    return member


def records(*batches: tuple[int, int, int]) -> ReceivedRecords:
    return ReceivedRecords(b"data", tuple(ReceivedBatch(first, last, epoch) for first, last, epoch in batches))


def fetched(**fields: object) -> FetchReply:
    return FetchReply(ErrorCode.NONE, 2, 4, endpoints(2), **fields)  # type: ignore[arg-type]


def under_way(member: Member) -> list[type]:
    return [
        type(sent.request)
        for sent in member.requests
        if member.machine.connections.expected_from(sent.request_id) is not None
    ]


def test_records_are_appended_then_flushed_and_only_then_fetched_on() -> None:
    member = follower()
    effects = member.answer(fetched(records=records((0, 1, 3), (2, 2, 4)), high_watermark=2))
    assert [type(effect) for effect in effects.persist] == [AppendReceived, FlushLog]
    assert member.machine.log.end == OffsetAndEpoch(3, 4) and member.machine.committed_offset == 2
    assert under_way(member) == []
    sent = member.flush().send
    assert len(sent) == 1 and isinstance(member.requests[-1].request, Fetch)
    assert member.requests[-1].request.fetch_offset == 3


def test_a_mere_observer_fetches_on_without_waiting_for_its_disk() -> None:
    member = Member(2, 3)
    member.machine.local = type(member.machine.local)(key(1), endpoints(1), "CONTROLLER", can_become_voter=False)
    member.answer(FetchReply(ErrorCode.NONE, 2, 4, endpoints(2)), to=Fetch)
    effects = member.answer(fetched(records=records((0, 0, 4))), to=Fetch)
    assert [type(effect) for effect in effects.persist] == [AppendReceived]
    assert isinstance(member.requests[-1].request, Fetch) and member.requests[-1].request.fetch_offset == 1


@pytest.mark.parametrize("wrong", [((1, 1, 4),), ((0, 0, 4), (2, 2, 4)), ((0, 0, 5),), ((0, 1, 4), (2, 2, 3))])
def test_records_that_do_not_follow_are_not_appended(wrong: tuple[tuple[int, int, int], ...]) -> None:
    member = follower()
    effects = member.answer(fetched(records=records(*wrong), high_watermark=9))
    assert effects.persist == () and member.machine.log.end_offset == 0


def test_the_watermark_counts_as_far_as_the_log_reaches_and_never_back() -> None:
    member = follower()
    member.answer(fetched(records=records((0, 4, 4)), high_watermark=9))
    assert member.machine.committed_offset == 5
    member.flush()
    member.answer(fetched(high_watermark=3))
    assert member.machine.committed_offset == 5


def test_a_diverging_log_is_cut_but_never_below_what_is_committed() -> None:
    member = follower(epochs=(1, 1, 2, 2))
    effects = member.answer(fetched(diverging=OffsetAndEpoch(2, 1)))
    assert effects.persist == (TruncateLog(2),) and member.machine.log.end_offset == 2
    member.answer(fetched(high_watermark=2))
    effects = member.answer(fetched(diverging=OffsetAndEpoch(1, 1)))
    assert effects.persist == () and isinstance(effects.apply[0], ReportInconsistency)


def test_a_snapshot_is_fetched_piece_by_piece_and_installed() -> None:
    member = follower()
    member.answer(fetched(snapshot_id=SNAPSHOT))
    assert under_way(member) == [FetchSnapshot]
    part = FetchSnapshotReply(ErrorCode.NONE, 2, 4, endpoints(2), SNAPSHOT, 5, 0, b"abc")
    assert member.answer(part).persist == (WriteSnapshotChunk(SNAPSHOT, 0, b"abc"),)
    last = FetchSnapshotReply(ErrorCode.NONE, 2, 4, endpoints(2), SNAPSHOT, 5, 3, b"de")
    effects = member.answer(last)
    assert effects.persist == (WriteSnapshotChunk(SNAPSHOT, 3, b"de"), InstallSnapshot(SNAPSHOT))
    assert under_way(member) == []
    member.step(SnapshotInstalled(SNAPSHOT, 5, None, None))
    assert member.machine.log.start_offset == member.machine.committed_offset == 30
    fetch = member.requests[-1].request
    assert isinstance(fetch, Fetch) and (fetch.fetch_offset, fetch.last_fetched_epoch) == (30, 3)


@pytest.mark.parametrize(
    ("snapshot_id", "position"), [(OffsetAndEpoch(31, 3), 0), (SNAPSHOT, 2)], ids=["another snapshot", "another place"]
)
def test_a_piece_that_was_not_asked_for_is_dropped(snapshot_id: OffsetAndEpoch, position: int) -> None:
    member = follower()
    member.answer(fetched(snapshot_id=SNAPSHOT))
    wrong = FetchSnapshotReply(ErrorCode.NONE, 2, 4, endpoints(2), snapshot_id, 5, position, b"abc")
    assert member.answer(wrong).persist == ()


def test_a_snapshot_that_the_leader_deleted_is_given_up() -> None:
    member = follower()
    member.answer(fetched(snapshot_id=SNAPSHOT))
    member.answer(FetchSnapshotReply(ErrorCode.SNAPSHOT_NOT_FOUND, 2, 4, endpoints(2)))
    assert under_way(member) == [Fetch]


def test_a_download_ends_with_the_role() -> None:
    member = follower()
    member.answer(fetched(snapshot_id=SNAPSHOT))
    member.machine.become_unattached(9)
    assert AbandonSnapshot(SNAPSHOT) in member.pass_ms(0).persist


def test_a_higher_epoch_in_any_answer_is_followed() -> None:
    member = follower()
    member.answer(FetchReply(ErrorCode.FENCED_LEADER_EPOCH, 3, 6, endpoints(3)))
    assert (member.machine.role_name, member.machine.epoch, member.machine.leader_id) == ("follower", 6, 3)
    member.answer(FetchReply(ErrorCode.FENCED_LEADER_EPOCH, None, 7))
    assert (member.machine.role_name, member.machine.epoch) == ("unattached", 7)


def test_the_endpoints_of_a_leader_may_come_from_the_voter_set() -> None:
    member = follower()
    member.answer(FetchReply(ErrorCode.NOT_LEADER_OR_FOLLOWER, 3, 6))
    assert member.machine.role.leader_endpoints == endpoints(3)


def test_answers_to_questions_of_an_earlier_role_are_dropped() -> None:
    member = Member(1, 2, 3)
    member.pass_ms(2_000)
    asked = [sent for sent in member.requests if isinstance(sent.request, Vote)]
    member.ask(BeginEpoch(2, None, 4, endpoints(2)))
    for sent in asked:
        member.step(ReplyArrived(sent.request_id, VoteReply(ErrorCode.NONE, None, 0, granted=True)))
    assert member.machine.role_name == "follower"


def test_a_pre_vote_that_is_not_understood_leads_to_a_proper_election() -> None:
    member = Member(1, 2, 3)
    member.pass_ms(2_000)
    member.step(RequestFailed(member.requests[-1].request_id, ErrorCode.UNSUPPORTED_VERSION))
    assert (member.machine.role_name, member.machine.epoch) == ("candidate", 1)


def test_a_lost_pre_vote_goes_back_to_the_known_leader() -> None:
    member = follower()
    member.pass_ms(2_001)
    assert member.machine.role_name == "prospective"
    for _ in range(2):
        member.answer(VoteReply(ErrorCode.NONE, 2, 4, endpoints(2), granted=False), to=Vote)
    assert (member.machine.role_name, member.machine.leader_id) == ("follower", 2)


def test_a_lost_election_waits_for_its_timeout() -> None:
    member = Member(1, 2, 3)
    member.pass_ms(2_000)
    member.answer(VoteReply(ErrorCode.NONE, None, 0, granted=True), to=Vote)
    assert member.machine.role_name == "candidate"
    for _ in range(2):
        member.answer(VoteReply(ErrorCode.NONE, None, 1, granted=False), to=Vote)
    assert member.machine.role_name == "candidate"
    member.pass_ms(2_000)
    assert (member.machine.role_name, member.machine.epoch) == ("prospective", 1)


def test_a_node_that_knows_no_more_is_left_alone_for_a_moment() -> None:
    member = Member(1, 2)
    before = len(member.requests)
    member.answer(FetchReply(ErrorCode.NOT_LEADER_OR_FOLLOWER, None, 0), to=Fetch)
    assert len(member.requests) == before
    member.pass_ms(QuorumConfig().retry_backoff_ms)
    assert len(member.requests) == before + 1


def test_a_node_that_knows_less_is_left_alone_for_a_moment() -> None:
    member = Member(1, 2)
    member.answer(FetchReply(ErrorCode.NONE, None, 7), to=Fetch)
    assert (member.machine.role_name, member.machine.epoch) == ("unattached", 7)
    before = len(member.requests)
    member.answer(FetchReply(ErrorCode.UNKNOWN_LEADER_EPOCH, None, 3), to=Fetch)
    assert len(member.requests) == before
    member.pass_ms(QuorumConfig().retry_backoff_ms)
    assert len(member.requests) == before + 1


def test_a_voter_that_has_become_another_replica_is_not_asked_without_end() -> None:
    """Its directory was lost and formatted anew: it refuses every vote that is asked of the one it was."""
    member = Member(1, 2, 3)
    member.pass_ms(2_000)
    asked = len(member.requests)
    member.answer(VoteReply(ErrorCode.INVALID_VOTER_KEY, None, member.machine.epoch), Vote)
    assert len(member.requests) == asked
    member.pass_ms(QuorumConfig().retry_backoff_ms)
    assert len(member.requests) == asked + 1


def test_a_leader_that_does_not_answer_is_asked_after_elsewhere() -> None:
    member = follower()
    last = member.requests[-1]
    assert last.to.id == 2
    member.step(RequestFailed(last.request_id, ErrorCode.BROKER_NOT_AVAILABLE))
    assert member.requests[-1].to.id < -1


def test_with_static_voters_each_leader_is_told_who_this_is_once() -> None:
    member = follower(1, 2)
    member.answer(fetched(high_watermark=0))
    for _ in range(4):
        member.pass_ms(600)
        if under_way(member) == [Fetch]:
            member.answer(fetched(high_watermark=0))
    assert under_way(member) == [UpdateVoter]
    member.answer(UpdateVoterReply(ErrorCode.NONE, 2, 4, endpoints(2)))
    assert member.machine.role.has_updated_leader  # type: ignore[union-attr]
    assert isinstance(member.machine.voters, VoterSet)
