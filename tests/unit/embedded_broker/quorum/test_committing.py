from __future__ import annotations

from tests.unit.embedded_broker.quorum.member import Member, key
from workbench.embedded_broker.quorum.effects import AdvanceHighWatermark, AppendBatch, FlushLog
from workbench.embedded_broker.quorum.events import LogFlushed, RecordsSubmitted
from workbench.embedded_broker.quorum.messages import Fetch


def test_one_flush_may_commit_many_batches() -> None:
    member = Member(1)
    for index in range(5):
        effects = member.step(RecordsSubmitted(1, (str(index).encode(),)))
        assert [type(effect) for effect in effects.persist] == [AppendBatch, FlushLog]
    assert member.flush().apply == (AdvanceHighWatermark(6),)


def test_a_flush_commits_only_what_it_covered() -> None:
    member = Member(1)
    member.step(RecordsSubmitted(1, (b"a",)))
    member.step(RecordsSubmitted(1, (b"b",)))
    assert member.step(LogFlushed(2, 0)).apply == (AdvanceHighWatermark(2),)


def test_two_voters_need_both_disks() -> None:
    member = Member(1, 2).be_elected()
    epoch = member.machine.epoch
    assert member.ask(Fetch(key(2), epoch, 1, epoch, -1, 0, 10)) is not None
    assert member.machine.committed_offset == -1
    assert AdvanceHighWatermark(1) in member.flush().apply


def test_a_flush_that_a_truncation_overtook_is_asked_for_again() -> None:
    member = Member(1, 2, epochs=(1, 1, 1))
    member.machine.log.truncate(1)
    member.machine.log.append(1, 2, 2, ())
    effects = member.step(LogFlushed(3, 0))
    assert effects.persist == (FlushLog(2, 1),) and member.machine.log.flushed_offset == 1
