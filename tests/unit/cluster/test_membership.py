"""Where replicas go when a broker leaves; the whole of it against real brokers in `tests/integration`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.cluster.membership import moves_away_from, replicas_of
from workbench.wire.messages import MetadataResponse

Topic = MetadataResponse.MetadataResponseTopic
Partition = MetadataResponse.MetadataResponsePartition


def topic(name: str, *replicas: list[int]) -> Topic:
    return Topic(name=name, partitions=[Partition(partition_index=i, replica_nodes=r) for i, r in enumerate(replicas)])


def test_another_broker_takes_the_place() -> None:
    moves = moves_away_from(1, [2, 3], replicas_of([topic("a", [1, 2], [2, 1], [2, 3])]))
    assert moves == {("a", 0): [3, 2], ("a", 1): [2, 3]}


def test_who_is_on_all_others_keeps_one_replica_less() -> None:
    assert moves_away_from(3, [1, 2], replicas_of([topic("a", [3, 1, 2])])) == {("a", 0): [1, 2]}


def test_the_load_is_spread() -> None:
    moves = moves_away_from(1, [2, 3, 4], replicas_of([topic("a", *[[1]] * 9)]))
    taken = [replicas[0] for replicas in moves.values()]
    assert sorted(taken.count(node) for node in (2, 3, 4)) == [3, 3, 3]


@given(
    st.lists(st.lists(st.sampled_from([1, 2, 3, 4, 5]), min_size=1, max_size=5, unique=True), max_size=20),
    st.sampled_from([1, 2, 3, 4, 5]),
)
def test_nothing_stays_and_nothing_is_doubled(replicas: list[list[int]], leaving: int) -> None:
    left = [node for node in (1, 2, 3, 4, 5) if node != leaving]
    moves = moves_away_from(leaving, left, replicas_of([topic("t", *replicas)]))
    for index, before in enumerate(replicas):
        after = moves.get(("t", index), before)
        assert leaving not in after
        assert len(set(after)) == len(after)
        assert after, "somebody holds it"
        assert len(after) == min(len(before), len(left))
        assert set(before) - {leaving} <= set(after), "who held it still does"
