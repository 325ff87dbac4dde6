"""Brokers that go, come back, leave in order, or lose a directory."""

from __future__ import annotations

from tests.helpers.metadata_doubles import (
    carry_out,
    directory_id,
    partition,
    partition_of,
    register_broker_record,
    state_of,
    topic_records,
)
from workbench.embedded_broker.controller.leader_updates import (
    broker_fenced_records,
    broker_unfenced_records,
    broker_unregistered_records,
    controlled_shutdown_records,
    directories_cordoned_records,
    directories_offline_records,
    has_leaderships,
    previous_process_gone_records,
)
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.metadata.registrations import BrokerRegistration


def cluster(elr: bool = True, **configs: str) -> ControllerState:
    named = {name.replace("_", "."): value for name, value in configs.items()}
    return state_of(
        records=topic_records("a", 1, [partition([1, 2, 3]), partition([2, 3]), partition([2])], named), elr=elr
    )


def broker(state: ControllerState, broker_id: int) -> BrokerRegistration:
    return state.image.cluster.brokers[broker_id]


def test_a_fenced_broker_leaves_every_isr_and_leadership() -> None:
    state = cluster(elr=False)
    carry_out(state, broker_fenced_records(state, broker(state, 2)))
    assert broker(state, 2).fenced
    assert (partition_of(state, "a", 0).isr, partition_of(state, "a", 0).leader) == ((1, 3), 1)
    assert (partition_of(state, "a", 1).isr, partition_of(state, "a", 1).leader) == ((3,), 3)
    lone = partition_of(state, "a", 2)
    assert (lone.isr, lone.leader, lone.leader_epoch) == ((2,), -1, 1)


def test_with_elr_the_lone_replica_is_remembered_there_and_comes_back_clean() -> None:
    state = cluster()
    carry_out(state, broker_fenced_records(state, broker(state, 2)))
    lone = partition_of(state, "a", 2)
    assert (lone.isr, lone.elr, lone.leader) == ((), (2,), -1)
    carry_out(state, broker_unfenced_records(state, broker(state, 2)))
    lone = partition_of(state, "a", 2)
    assert (lone.isr, lone.elr, lone.leader, lone.leader_recovery_state) == ((2,), (), 2, 0)
    assert not broker(state, 2).fenced
    # It is back, but has to catch up before it is in sync again elsewhere.
    assert partition_of(state, "a", 0).isr == (1, 3)


def test_unclean_elections_where_the_topic_allows_them() -> None:
    state = cluster(elr=False, unclean_leader_election_enable="true")
    carry_out(state, broker_fenced_records(state, broker(state, 3)))
    carry_out(state, broker_fenced_records(state, broker(state, 2)))
    assert partition_of(state, "a", 1).leader == -1
    carry_out(state, broker_unfenced_records(state, broker(state, 3)))
    taken = partition_of(state, "a", 1)
    assert (taken.leader, taken.isr, taken.leader_recovery_state) == (3, (3,), 1)


def test_controlled_shutdown_moves_leaders_and_is_told_once() -> None:
    state = cluster()
    first = controlled_shutdown_records(state, broker(state, 2))
    assert first[0].NAME == "BrokerRegistrationChangeRecord"
    carry_out(state, first)
    assert broker(state, 2).in_controlled_shutdown
    assert not has_leaderships(state, 2)
    assert has_leaderships(state, 3)
    assert controlled_shutdown_records(state, broker(state, 2)) == []


def test_an_unregistered_broker_is_gone_everywhere() -> None:
    state = cluster()
    carry_out(state, broker_fenced_records(state, broker(state, 2)))
    carry_out(state, broker_unregistered_records(state, broker(state, 2)))
    assert 2 not in state.image.cluster.brokers
    assert all(2 not in p.isr for p in state.image.topics.by_name["a"].partitions.values())


def test_a_process_that_died_uncleanly_is_not_eligible() -> None:
    state = cluster()
    carry_out(state, previous_process_gone_records(state, 2, clean=False))
    lone = partition_of(state, "a", 2)
    assert (lone.isr, lone.elr, lone.last_known_elr, lone.leader) == ((), (), (2,), -1)


def test_one_that_ended_cleanly_is() -> None:
    state = cluster()
    carry_out(state, previous_process_gone_records(state, 2, clean=True))
    assert partition_of(state, "a", 2).elr == (2,)


def test_a_failed_directory_takes_its_replicas_only() -> None:
    state = state_of(
        brokers=(1, 3),
        records=[
            register_broker_record(2, fenced=False, directories=2),
            *topic_records("a", 1, [partition([2, 1]), partition([2, 3])]),
        ],
    )
    second = directory_id(2, 1)
    moved = partition_of(state, "a", 1)
    state.image.topics.by_name["a"].partitions[1] = type(moved)(  # type: ignore[index]
        **{**{f: getattr(moved, f) for f in moved.__dataclass_fields__}, "directories": (second, directory_id(3))}
    )
    carry_out(state, directories_offline_records(state, broker(state, 2), [second, directory_id(9)]))
    assert broker(state, 2).directories == (directory_id(2),)
    assert partition_of(state, "a", 0).leader == 2
    assert (partition_of(state, "a", 1).leader, partition_of(state, "a", 1).isr) == (3, (3,))
    assert directories_offline_records(state, broker(state, 2), [second]) == []


def test_cordoned_directories_are_told_when_they_change() -> None:
    state = cluster()
    assert directories_cordoned_records(broker(state, 2), None) == []
    assert directories_cordoned_records(broker(state, 2), []) == []
    carry_out(state, directories_cordoned_records(broker(state, 2), [directory_id(2)]))
    assert broker(state, 2).cordoned_directories == (directory_id(2),)
