"""What decisions ask of the state, and how records change it."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import (
    directory_id,
    partition,
    register_broker_record,
    state_of,
    topic_records,
)
from workbench.embedded_broker.config_definitions.definition import ConfigError
from workbench.embedded_broker.controller.state import ControllerSettings
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.registrations import DIRECTORY_UNASSIGNED
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import BeginTransactionRecord, EndTransactionRecord, UnregisterBrokerRecord


def test_settings_come_from_the_properties_with_kafkas_defaults() -> None:
    settings = ControllerSettings.from_properties(3, "c", {"num.partitions": "5"})
    assert (settings.num_partitions, settings.default_replication_factor, settings.min_insync_replicas) == (5, 1, 1)
    assert (settings.session_timeout_ms, settings.leader_imbalance_check_interval_ms) == (9_000, 300_000)
    assert settings.delete_topic_enable
    off = {"auto.leader.rebalance.enable": "false", "delete.topic.enable": "false"}
    settings = ControllerSettings.from_properties(3, "c", off)
    assert (settings.leader_imbalance_check_interval_ms, settings.delete_topic_enable) == (0, False)
    with pytest.raises(ConfigError, match=r"num\.partitions"):
        ControllerSettings.from_properties(3, "c", {"num.partitions": "0"})


def test_min_isr_is_capped_by_the_replicas() -> None:
    records = topic_records("a", 1, [partition([1, 2])], {"min.insync.replicas": "5"})
    assert state_of(records=records).effective_min_isr("a") == 2
    records = topic_records("a", 1, [partition([1, 2])])
    assert state_of(records=records).effective_min_isr("a") == 1


def test_who_may_lead() -> None:
    state = state_of(records=[register_broker_record(4, fenced=False, directories=2)], fenced=[2])
    lead = state.acceptable_leader(partition([1, 2, 4]))
    assert [lead(broker) for broker in (1, 2, 3, 4)] == [True, False, False, True]
    assert state.acceptable_leader(partition([1, 2]), lambda _: True)(2)
    assert state.default_directory(1) == directory_id(1)
    assert state.default_directory(4) == DIRECTORY_UNASSIGNED
    assert state.default_directory(9) == DIRECTORY_UNASSIGNED


def test_epochs_are_checked() -> None:
    state = state_of()
    state.check_broker_epoch(1, 101)
    for broker_id, epoch, message in ((1, 5, "Expected broker epoch 101, but got broker epoch 5"), (9, 1, "id 9")):
        with pytest.raises(BrokerError) as error:
            state.check_broker_epoch(broker_id, epoch)
        assert error.value.code == ErrorCode.STALE_BROKER_EPOCH
        assert message in (error.value.message or "")


def test_replay_notes_where_brokers_registered() -> None:
    state = state_of()
    state.replay([BeginTransactionRecord(), register_broker_record(7), EndTransactionRecord()], 50, 3, 9)
    assert state.register_record_offsets == {7: 51}
    assert (state.image.offset, state.image.epoch) == (52, 3)
    state.heartbeats.contact(7, 107, 0)
    state.replay([UnregisterBrokerRecord(broker_id=7, broker_epoch=107)], 53, 3, 9)
    assert state.register_record_offsets == {}
    assert not state.heartbeats.has_valid_session(7, 107, 0)


def test_a_new_leader_trusts_live_brokers_but_not_its_own_former_self() -> None:
    state = state_of(fenced=[3])
    assert [state.heartbeats.has_valid_session(b, 100 + b, 0) for b in (1, 2, 3)] == [False, True, False]
