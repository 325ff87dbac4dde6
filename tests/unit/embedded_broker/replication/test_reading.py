"""Who may read what."""

from __future__ import annotations

import pytest

from tests.helpers.membership import Members
from tests.helpers.replica_machines import NOW, PicturedLog
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication import reading
from workbench.embedded_broker.replication.events import LeaderNamed, LeadershipGiven
from workbench.embedded_broker.replication.fetch_session import FetchPartition
from workbench.embedded_broker.replication.machine import ReplicaMachine
from workbench.embedded_broker.replication.reading import FetchRequirements
from workbench.storage.log.errors import OffsetOutOfRangeError
from workbench.wire.error_codes import ErrorCode

CONSUMER = -1


class Registered(Members):
    """Broker n is registered in epoch 100 + n."""

    def broker_epoch(self, replica: int) -> int:
        return 100 + replica


def replica(*, leads: bool = True, end: int = 9) -> ReplicaMachine:
    log = PicturedLog(end, 1)
    for epoch, start in ((2, 0), (4, 5)):
        log.leader_epochs.assign(epoch, start)
    made = ReplicaMachine(1, log, Registered(), high_watermark=7)
    event = LeadershipGiven(4, 0, (1, 2), (1, 2)) if leads else LeaderNamed(2, 4, 0, (1, 2))
    made.step(event, NOW)
    return made


def reader(
    replica_id: int = CONSUMER, *, version: int = 18, epoch: int = -1, committed: bool = False
) -> FetchRequirements:
    return FetchRequirements(version, replica_id, epoch, 1, 1_000, committed, "", NOW)


@pytest.mark.parametrize(
    ("leads", "who", "epoch", "code"),
    [
        (True, reader(), -1, None),
        (True, reader(), 4, None),
        (True, reader(), 3, ErrorCode.FENCED_LEADER_EPOCH),
        (True, reader(), 5, ErrorCode.UNKNOWN_LEADER_EPOCH),
        (True, reader(2, epoch=102), 4, None),
        (True, reader(2), 4, None),
        (True, reader(2, epoch=103), 4, None),
        (True, reader(2, epoch=101), 4, ErrorCode.NOT_LEADER_OR_FOLLOWER),
        (True, reader(3, epoch=103), 4, ErrorCode.UNKNOWN_LEADER_EPOCH),
        (True, reader(3, epoch=103), -1, ErrorCode.NOT_LEADER_OR_FOLLOWER),
        (False, reader(), 4, None),
        (False, reader(version=10), 4, ErrorCode.NOT_LEADER_OR_FOLLOWER),
        (False, reader(2, epoch=102), 4, ErrorCode.NOT_LEADER_OR_FOLLOWER),
        (False, reader(), 3, ErrorCode.FENCED_LEADER_EPOCH),
    ],
)
def test_who_may_read(leads: bool, who: FetchRequirements, epoch: int, code: ErrorCode | None) -> None:
    if code is None:
        reading.check_reader(replica(leads=leads), who, epoch)
        return
    with pytest.raises(BrokerError) as refused:
        reading.check_reader(replica(leads=leads), who, epoch)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("offset", "last_epoch", "parts_at"),
    [(9, -1, None), (9, 4, None), (5, 2, None), (7, 2, (2, 5)), (5, 3, (2, 5)), (4, 4, None), (3, 1, (1, 0))],
)
def test_where_logs_part(offset: int, last_epoch: int, parts_at: tuple[int, int] | None) -> None:
    wanted = FetchPartition("t", bytes(16), 0, offset, 100, last_fetched_epoch=last_epoch)
    assert reading.parting(replica(), wanted) == parts_at


@pytest.mark.parametrize(("offset", "last_epoch"), [(0, -1), (10, -1), (0, 2), (9, 5)])
def test_what_is_out_of_range(offset: int, last_epoch: int) -> None:
    wanted = FetchPartition("t", bytes(16), 0, offset, 100, last_fetched_epoch=last_epoch)
    with pytest.raises(OffsetOutOfRangeError):
        reading.parting(replica(), wanted)


def test_how_far_each_sees() -> None:
    machine = replica()
    assert reading.visible_end(machine, reader(2)) == 9
    assert reading.visible_end(machine, reader()) == 7
    assert reading.visible_end(machine, reader(committed=True)) == 7
    machine.log.first_unstable_offset = 6  # type: ignore[misc]
    assert reading.visible_end(machine, reader(committed=True)) == 6
    assert reading.visible_end(machine, reader()) == 7
