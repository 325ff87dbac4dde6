"""Replica lists chosen by hand, and who may get replicas at all."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import carry_out, directory_id, register_broker_record, state_of
from workbench.embedded_broker.controller.manual_assignment import (
    active_replicas,
    check_manual_assignment,
    new_partition,
    usable_brokers,
)
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.messages import BrokerRegistrationChangeRecord


@pytest.mark.parametrize(
    ("replicas", "factor", "message"),
    [
        ([], None, "empty replica list"),
        ([1, 9], None, "includes broker 9, but no such broker is registered"),
        ([2, 2], None, "includes the broker 2 more than once"),
        ([1, 2], 3, "with 2 replica(s), but this is not consistent with previous partitions, which have 3"),
    ],
)
def test_refused(replicas: list[int], factor: int | None, message: str) -> None:
    with pytest.raises(BrokerError) as error:
        check_manual_assignment(state_of(), replicas, factor)
    assert message in (error.value.message or "")


def test_new_partitions_begin_in_sync_on_active_brokers() -> None:
    state = state_of(fenced=[2])
    isr = active_replicas(state, [2, 3, 1])
    made = new_partition(state, [2, 3, 1], isr)
    assert (made.isr, made.leader, made.leader_epoch, made.partition_epoch) == ((3, 1), 3, 0, 0)
    assert made.directories == (directory_id(2), directory_id(3), directory_id(1))


def test_leaving_and_cordoned_brokers_get_nothing() -> None:
    state = state_of(records=[register_broker_record(4, fenced=True, rack="r")])
    state.heartbeats.begin_controlled_shutdown(1, 5)
    cordoned = BrokerRegistrationChangeRecord(broker_id=2, broker_epoch=102, cordoned_log_dirs=[directory_id(2)])
    carry_out(state, [cordoned])
    assert [(b.id, b.rack, b.fenced) for b in usable_brokers(state)] == [(3, None, False), (4, "r", True)]
