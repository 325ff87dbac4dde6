"""Where a leader epoch ended."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import partition
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetForLeaderEpochRequest

VERSIONS = (2, 3, 4)


def ask(
    broker: ReplicaBroker, epoch: int, *, version: int = 4, current: int = -1, index: int = 0
) -> tuple[int, int, int]:
    request = OffsetForLeaderEpochRequest(
        topics=[
            OffsetForLeaderEpochRequest.OffsetForLeaderTopic(
                topic="t",
                partitions=[
                    OffsetForLeaderEpochRequest.OffsetForLeaderPartition(
                        partition=index, current_leader_epoch=current, leader_epoch=epoch
                    )
                ],
            )
        ]
    )
    answer: Any = broker.ask(request, version).topics[0].partitions[0]
    return answer.error_code, answer.leader_epoch, answer.end_offset


@pytest.fixture
def broker() -> ReplicaBroker:
    """Epoch 3 holds offsets 0 and 1, epoch 6 offset 2."""
    made = ReplicaBroker()
    replica = made.create("t", partition((1,), leader_epoch=3), (2, 1))
    replica.append_as_leader(batch(b"a", b"b"), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)
    made.change("t", leader_epoch=6, partition_epoch=1)
    replica.append_as_leader(batch(b"c"), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)
    return made


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("epoch", "end"), [(2, (2, 0)), (3, (3, 2)), (5, (3, 2)), (6, (6, 3)), (7, (-1, -1)), (-1, (-1, -1))]
)
def test_the_end_of_the_largest_epoch_up_to_the_one_asked(
    broker: ReplicaBroker, epoch: int, end: tuple[int, int], version: int
) -> None:
    assert ask(broker, epoch, version=version) == (0, *end)


def test_only_the_leader_in_the_readers_epoch_tells(broker: ReplicaBroker) -> None:
    assert ask(broker, 3, current=5)[0] == ErrorCode.FENCED_LEADER_EPOCH
    assert ask(broker, 3, current=7)[0] == ErrorCode.UNKNOWN_LEADER_EPOCH
    assert ask(broker, 3, current=6) == (0, 3, 2)
    assert ask(broker, 3, index=1)[0] == ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert ask(broker, 3, index=9)[0] == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
