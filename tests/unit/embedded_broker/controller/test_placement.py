"""Where replicas go."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.controller.placement import StripedReplicaPlacer, UsableBroker
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode


def placer(brokers: list[UsableBroker], seed: int = 0) -> StripedReplicaPlacer:
    return StripedReplicaPlacer(brokers, random.Random(seed))


def plain(*ids: int) -> list[UsableBroker]:
    return [UsableBroker(broker_id, None, False) for broker_id in ids]


def test_leaders_and_replicas_are_spread_evenly() -> None:
    placed = placer(plain(1, 2, 3)).place(30, 2)
    assert set(Counter(replicas[0] for replicas in placed).values()) == {10}
    counts = Counter(replica for replicas in placed for replica in replicas)
    assert max(counts.values()) - min(counts.values()) <= 6


def test_replicas_of_a_partition_lie_in_different_racks() -> None:
    brokers = [UsableBroker(i, f"rack{i % 3}", False) for i in range(9)]
    for replicas in placer(brokers, 5).place(60, 3):
        assert {replica % 3 for replica in replicas} == {0, 1, 2}


def test_fenced_brokers_never_lead_and_come_last() -> None:
    brokers = [UsableBroker(1, None, False), UsableBroker(2, None, True), UsableBroker(3, None, False)]
    for replicas in placer(brokers).place(20, 2):
        assert replicas[0] in (1, 3)
        assert 2 not in replicas
    for replicas in placer(brokers).place(20, 3):
        assert replicas[2] == 2


@pytest.mark.parametrize(
    ("brokers", "factor", "message"),
    [
        (plain(1), 0, "Invalid replication factor 0: the replication factor must be positive."),
        ([UsableBroker(1, None, True)], 1, "All brokers are currently fenced"),
        ([], 1, "All brokers are currently fenced"),
        (plain(1, 2), 3, "The target replication factor of 3 cannot be reached because only 2 broker(s)"),
    ],
)
def test_what_cannot_be_placed(brokers: list[UsableBroker], factor: int, message: str) -> None:
    with pytest.raises(BrokerError) as error:
        placer(brokers).place(1, factor)
    assert error.value.code == ErrorCode.INVALID_REPLICATION_FACTOR
    assert message in (error.value.message or "")


@given(
    st.dictionaries(st.integers(0, 20), st.tuples(st.none() | st.sampled_from("abc"), st.booleans()), min_size=1),
    st.integers(1, 5),
    st.integers(1, 40),
    st.integers(0, 1000),
)
def test_no_broker_twice_and_a_live_leader(
    brokers: dict[int, tuple[str | None, bool]], factor: int, partitions: int, seed: int
) -> None:
    usable = [UsableBroker(broker_id, rack, fenced) for broker_id, (rack, fenced) in brokers.items()]
    if factor > len(usable) or all(broker.fenced for broker in usable):
        return
    placed = placer(usable, seed).place(partitions, factor)
    assert len(placed) == partitions
    for replicas in placed:
        assert len(replicas) == len(set(replicas)) == factor
        assert set(replicas) <= set(brokers)
        assert not brokers[replicas[0]][1]
