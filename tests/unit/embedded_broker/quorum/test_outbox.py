from __future__ import annotations

from workbench.embedded_broker.quorum.effects import Effects, FlushLog, ReportInconsistency, SendReply, StoreElection
from workbench.embedded_broker.quorum.messages import BeginEpochReply
from workbench.embedded_broker.quorum.outbox import Outbox
from workbench.storage.quorum.election_state import ElectionState
from workbench.wire.error_codes import ErrorCode


def test_effects_keep_their_order_and_are_taken_once() -> None:
    out = Outbox()
    reply = BeginEpochReply(ErrorCode.NONE)
    out.report("odd")
    out.reply(3, reply)
    out.persist(FlushLog(1, 0))
    assert out.take() == Effects((FlushLog(1, 0),), (SendReply(3, reply),), (ReportInconsistency("odd"),))
    assert out.take() == Effects()


def test_of_elections_stored_one_after_another_only_the_last_is_written() -> None:
    out = Outbox()
    first, second, third = (StoreElection(ElectionState(epoch), 1) for epoch in (1, 2, 3))
    for effect in (first, second, FlushLog(1, 0), third):
        out.persist(effect)
    assert out.take().persist == (second, FlushLog(1, 0), third)
