"""What the controller is asked, and what its answers change."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import partition
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.embedded_broker.replication.events import FollowerFetched
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.isr_changes import IsrChanges
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionResponse

GROW = IsrProposal((1, 2, 3), is_expansion=True, broker_epochs=(-1, 102, -1))


class Leader:
    def __init__(self, isr: tuple[int, ...] = (1, 2)) -> None:
        self.broker = ReplicaBroker()
        self.partition = self.broker.create("t", partition((1, 2, 3), isr, leader_epoch=4, partition_epoch=6))
        self.changes = IsrChanges(1, broker_epoch=lambda: 101, now_ms=lambda: NOW_MS)

    def propose(self, proposal: IsrProposal = GROW) -> None:
        assert self.partition.leadership is not None
        self.partition.leadership.proposed = proposal
        self.changes.propose(self.partition, proposal)

    @property
    def proposed(self) -> IsrProposal | None:
        assert self.partition.leadership is not None
        return self.partition.leadership.proposed

    def answer(
        self,
        code: ErrorCode = ErrorCode.NONE,
        *,
        isr: tuple[int, ...] = (1, 2, 3),
        leader_epoch: int = 4,
        epoch: int = 7,
    ) -> AlterPartitionResponse:
        return AlterPartitionResponse(
            topics=[
                AlterPartitionResponse.TopicData(
                    topic_id=self.partition.topic_id,
                    partitions=[
                        AlterPartitionResponse.PartitionData(
                            partition_index=0,
                            error_code=code,
                            leader_id=1,
                            leader_epoch=leader_epoch,
                            isr=[1, 2, 3],
                            partition_epoch=epoch,
                        )
                    ],
                )
            ]
        )


def test_the_request_names_epochs_of_all_and_the_life_each_member_fetched_in() -> None:
    leader = Leader()
    leader.propose()
    request = leader.changes.next_request()
    assert request is not None and request.broker_id == 1 and request.broker_epoch == 101
    asked = request.topics[0].partitions[0]
    assert (asked.leader_epoch, asked.partition_epoch, asked.leader_recovery_state) == (4, 6, 0)
    assert [(one.broker_id, one.broker_epoch) for one in asked.new_isr_with_epochs] == [(1, 101), (2, 102), (3, -1)]
    assert leader.changes.next_request() is None
    request.encode(3)


def test_what_is_asked_again_names_the_lives_of_the_first_time() -> None:
    """A member that lost records with its last life must be refused for it, whatever it has fetched since (KIP-903)."""
    leader = Leader()
    assert leader.partition.leadership is not None
    leader.partition.step(FollowerFetched(3, 103, 0, 0), NOW_MS)
    [(_, proposal)] = leader.broker.proposals
    leader.changes.propose(leader.partition, proposal)
    epochs = []
    for _ in range(2):
        request = leader.changes.next_request()
        assert request is not None
        epochs.append(request.topics[0].partitions[0].new_isr_with_epochs[-1].broker_epoch)
        leader.changes.failed()
        leader.partition.step(FollowerFetched(3, 203, 0, 0), NOW_MS)
    assert epochs == [103, 103]


def test_what_holds_is_taken_over_and_told() -> None:
    leader = Leader()
    leader.propose()
    leader.changes.next_request()
    assert not leader.changes.answered(leader.answer())
    assert leader.partition.leadership is not None
    assert leader.partition.leadership.committed_isr == {1, 2, 3}
    assert leader.proposed is None and leader.partition.partition_epoch == 7


@pytest.mark.parametrize("stale", [{"leader_epoch": 3}, {"epoch": 5}])
def test_an_answer_of_an_older_time_changes_nothing(stale: dict[str, int]) -> None:
    leader = Leader()
    leader.propose()
    leader.changes.next_request()
    leader.changes.answered(leader.answer(**stale))  # type: ignore[arg-type]
    assert leader.partition.partition_epoch == 6 and leader.proposed is GROW


@pytest.mark.parametrize("code", [ErrorCode.INELIGIBLE_REPLICA, ErrorCode.OPERATION_NOT_ATTEMPTED])
def test_a_refusal_ends_the_change(code: ErrorCode) -> None:
    leader = Leader()
    leader.propose()
    leader.changes.next_request()
    assert not leader.changes.answered(leader.answer(code))
    assert leader.proposed is None


@pytest.mark.parametrize(
    "code",
    [
        ErrorCode.INVALID_UPDATE_VERSION,
        ErrorCode.FENCED_LEADER_EPOCH,
        ErrorCode.UNKNOWN_TOPIC_ID,
        ErrorCode.NEW_LEADER_ELECTED,
        ErrorCode.INVALID_REQUEST,
    ],
)
def test_where_the_controller_knows_more_the_larger_set_counts_until_the_metadata_comes(code: ErrorCode) -> None:
    """The first attempt may have been carried out and its answer lost: the new member may be elected already."""
    leader = Leader()
    leader.propose()
    leader.changes.next_request()
    leader.changes.failed()
    assert leader.changes.next_request() is not None
    assert not leader.changes.answered(leader.answer(code))
    assert leader.proposed is GROW and leader.partition.leadership is not None
    assert leader.partition.leadership.maximal_isr == {1, 2, 3}
    assert leader.changes.next_request() is None
    leader.broker.change("t", isr=(1, 2, 3), partition_epoch=7)
    assert leader.proposed is None and leader.partition.leadership.committed_isr == {1, 2, 3}


@pytest.mark.parametrize("omitted", [True, False])
def test_what_is_left_unanswered_or_fails_otherwise_is_asked_again(omitted: bool) -> None:
    leader = Leader()
    leader.propose()
    leader.changes.next_request()
    answer = AlterPartitionResponse() if omitted else leader.answer(ErrorCode.UNKNOWN_SERVER_ERROR)
    assert leader.changes.answered(answer)
    assert leader.changes.next_request() is not None


def test_an_answer_does_not_touch_a_later_change() -> None:
    leader = Leader()
    leader.propose()
    leader.changes.next_request()
    leader.broker.change("t", isr=(1,), partition_epoch=8)
    later = IsrProposal((1, 2), is_expansion=True, broker_epochs=(-1, 102))
    leader.propose(later)
    leader.changes.answered(leader.answer(epoch=9))
    assert leader.proposed is later
    assert leader.partition.leadership is not None and leader.partition.leadership.committed_isr == {1}
    assert leader.changes.next_request() is not None


def test_changes_of_what_is_not_led_any_more_are_dropped() -> None:
    leader = Leader()
    leader.propose()
    leader.broker.change("t", leader=2, leader_epoch=5, partition_epoch=7)
    assert leader.changes.next_request() is None

    leader = Leader()
    leader.propose()
    leader.broker.delete()
    assert leader.changes.next_request() is None


@pytest.mark.parametrize(("count", "lines"), [(5, 5), (6, 1), (300, 1)])
def test_many_that_change_alike_are_told_in_one_line(count: int, lines: int, caplog: pytest.LogCaptureFixture) -> None:
    """A broker that dies leaves thousands of in-sync sets."""
    caplog.set_level("INFO")
    broker = ReplicaBroker()
    registrations = [partition((1, 2, 3), (1, 2), leader_epoch=4, partition_epoch=6) for _ in range(count)]
    first = broker.create("many", *registrations)
    changes = IsrChanges(1, broker_epoch=lambda: 101, now_ms=lambda: NOW_MS)
    answers = []
    for index in range(count):
        led = broker.replicas.partitions["many", index]
        assert led.leadership is not None
        led.leadership.proposed = GROW
        changes.propose(led, GROW)
        answers.append(
            AlterPartitionResponse.PartitionData(
                partition_index=index, leader_id=1, leader_epoch=4, isr=[1, 2, 3], partition_epoch=7
            )
        )
    changes.next_request()
    caplog.clear()
    response = AlterPartitionResponse(
        topics=[AlterPartitionResponse.TopicData(topic_id=first.topic_id, partitions=answers)]
    )
    assert not changes.answered(response)
    told = [record.message for record in caplog.records if "in sync are now 1, 2, 3" in record.message]
    assert len(told) == lines
    assert told[0].startswith("many-0: " if count == lines else f"{count} partitions (many-0, many-1, ")
