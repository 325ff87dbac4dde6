"""Registrations and their records."""

from __future__ import annotations

from dataclasses import replace

from tests.helpers.metadata_doubles import directory_id, register_broker_record
from workbench.embedded_broker.metadata.registrations import (
    DIRECTORY_LOST,
    DIRECTORY_MIGRATING,
    DIRECTORY_UNASSIGNED,
    BrokerRegistration,
    VersionRange,
    is_reserved_directory,
)
from workbench.wire.messages import BrokerRegistrationChangeRecord

BROKER = BrokerRegistration.from_record(register_broker_record(1, rack="r", directories=2))


def test_the_record_says_everything() -> None:
    assert BrokerRegistration.from_record(BROKER.to_record()) == BROKER
    assert BROKER.rack == "r"
    assert BROKER.supported_features["metadata.version"] == VersionRange(7, 30)


def test_changes_leave_the_rest_alone() -> None:
    unfenced = BROKER.with_change(BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=101, fenced=-1))
    assert unfenced == replace(BROKER, fenced=False)
    assert unfenced.active
    leaving = unfenced.with_change(BrokerRegistrationChangeRecord(in_controlled_shutdown=1))
    assert not leaving.active
    assert not leaving.fenced
    one_directory = BROKER.with_change(BrokerRegistrationChangeRecord(log_dirs=[directory_id(1)]))
    assert one_directory.directories == (directory_id(1),)
    cordoned = BROKER.with_change(BrokerRegistrationChangeRecord(cordoned_log_dirs=[directory_id(1)]))
    assert cordoned.cordoned_directories == (directory_id(1),)
    assert cordoned.with_change(BrokerRegistrationChangeRecord(fenced=1)).cordoned_directories == (directory_id(1),)


def test_directories() -> None:
    assert BROKER.has_online_directory(directory_id(1, 1))
    assert not BROKER.has_online_directory(directory_id(2))
    assert BROKER.has_online_directory(DIRECTORY_UNASSIGNED)
    assert BROKER.has_online_directory(DIRECTORY_MIGRATING)
    assert not BROKER.has_online_directory(DIRECTORY_LOST)
    assert replace(BROKER, directories=()).has_online_directory(directory_id(7))
    assert BROKER.default_directory() == DIRECTORY_UNASSIGNED
    assert replace(BROKER, directories=(directory_id(1),)).default_directory() == directory_id(1)
    assert replace(BROKER, directories=()).default_directory() == DIRECTORY_MIGRATING


def test_the_first_hundred_ids_are_reserved() -> None:
    assert is_reserved_directory((99).to_bytes(16))
    assert not is_reserved_directory((100).to_bytes(16))


def test_ranges() -> None:
    assert VersionRange(0, 1).contains(1)
    assert not VersionRange(0, 1).contains(2)
    assert (str(VersionRange(0, 1)), str(VersionRange(3, 3))) == ("0-1", "3")
