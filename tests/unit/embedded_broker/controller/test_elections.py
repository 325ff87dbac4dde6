"""ElectLeaders and the controller's own elections."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import carry_out, partition, partition_of, state_of, topic_records
from workbench.embedded_broker.controller import elections
from workbench.embedded_broker.controller.elections import (
    elect_leaders,
    preferred_leader_records,
    unclean_leader_records,
)
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ElectLeadersRequest

PREFERRED, UNCLEAN = 0, 1


def cluster(*, fenced: tuple[int, ...] = (), **configs: str) -> ControllerState:
    named = {name.replace("_", "."): value for name, value in configs.items()}
    records = topic_records(
        "a",
        1,
        [
            partition([1, 2], leader=2),
            partition([2, 1]),
            partition([3, 1], [1]),
            partition([3, 2], [3], leader=-1),
        ],
        named,
    )
    return state_of(records=records, elr=False, fenced=fenced)


def elect(state: ControllerState, kind: int, *partitions: int, topic: str = "a") -> dict[int, int]:
    wanted = [ElectLeadersRequest.TopicPartitions(topic=topic, partitions=list(partitions))] if partitions else None
    response = carry_out(state, elect_leaders(state, ElectLeadersRequest(election_type=kind, topic_partitions=wanted)))
    return {p.partition_id: p.error_code for t in response.replica_election_results for p in t.partition_result}


def test_preferred() -> None:
    state = cluster()
    assert elect(state, PREFERRED, 0, 1, 2, 9) == {
        0: ErrorCode.NONE,
        1: ErrorCode.ELECTION_NOT_NEEDED,
        2: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
        9: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    }
    assert (partition_of(state, "a", 0).leader, partition_of(state, "a", 0).leader_epoch) == (1, 1)


def test_unclean_fills_what_has_no_leader() -> None:
    state = cluster(fenced=(3,))
    assert elect(state, UNCLEAN, 0, 3) == {0: ErrorCode.ELECTION_NOT_NEEDED, 3: ErrorCode.NONE}
    taken = partition_of(state, "a", 3)
    assert (taken.leader, taken.isr, taken.leader_recovery_state) == (2, (2,), 1)


def test_nobody_to_elect() -> None:
    assert elect(cluster(fenced=(2, 3)), UNCLEAN, 3) == {3: ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE}


def test_all_partitions_leave_out_those_that_need_nothing() -> None:
    state = cluster()
    assert elect(state, PREFERRED) == {
        0: ErrorCode.NONE,
        2: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
        3: ErrorCode.NONE,
    }


def test_unknown_topics_and_types() -> None:
    assert elect(cluster(), PREFERRED, 0, topic="x") == {0: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}
    with pytest.raises(BrokerError) as error:
        elect(cluster(), 7, 0)
    assert error.value.code == ErrorCode.INVALID_REQUEST


def test_the_controller_balances_by_itself() -> None:
    state = cluster()
    records = preferred_leader_records(state)
    assert [(r.partition_id, r.leader) for r in records] == [(0, 1), (3, 3)]
    carry_out(state, records)
    assert preferred_leader_records(state) == []


def test_but_not_more_than_so_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elections, "MAX_ELECTIONS_PER_SCAN", 1)
    assert len(preferred_leader_records(cluster())) == 1


def test_unclean_by_itself_only_where_the_topic_allows_it() -> None:
    assert unclean_leader_records(cluster(fenced=(3,))) == []
    (record,) = unclean_leader_records(cluster(fenced=(3,), unclean_leader_election_enable="true"))
    assert (record.partition_id, record.leader) == (3, 2)
