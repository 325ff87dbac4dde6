"""What brokers and controllers tell about themselves when they register, as the metadata log keeps it (KIP-631).

Invariants: a registration is immutable; a broker's epoch is the offset of its registration record, so a higher
epoch is always the later process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import NewType

from workbench.system.quick_dataclass import dataclass
from workbench.wire.messages import (
    BrokerRegistrationChangeRecord,
    RegisterBrokerRecord,
    RegisterControllerRecord,
)

BrokerId = NewType("BrokerId", int)

DIRECTORY_MIGRATING = bytes(16)
"""Directory of a replica that is hosted somewhere not told (written before metadata.version 17)."""
DIRECTORY_UNASSIGNED = bytes(15) + b"\x01"
"""Directory of a replica that no broker has placed yet."""
DIRECTORY_LOST = bytes(15) + b"\x02"
"""Stands for any directory that is offline and not named."""

_RESERVED_BELOW = 100


def is_reserved_directory(directory_id: bytes) -> bool:
    """True for the first hundred ids, which never name a real directory (KIP-858)."""
    return int.from_bytes(directory_id) < _RESERVED_BELOW


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one listener accepts connections; `security_protocol` is Kafka's id (0 PLAINTEXT, 1 SSL, 2, 3 SASL_*)."""

    name: str
    host: str
    port: int
    security_protocol: int = 0


@dataclass(frozen=True, slots=True)
class VersionRange:
    """Feature levels that a node supports, both ends included."""

    min: int
    max: int

    def contains(self, level: int) -> bool:
        return self.min <= level <= self.max

    def __str__(self) -> str:
        return f"{self.min}-{self.max}" if self.min != self.max else str(self.min)


_NO_FEATURES: Mapping[str, VersionRange] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BrokerRegistration:
    """One broker as the controller knows it.

    `directories` are the ids of its online log directories, ascending; `cordoned_directories` those that take no new
    replicas, None where metadata.version is too old to tell.
    """

    id: int
    epoch: int
    incarnation_id: bytes
    listeners: Mapping[str, Endpoint]
    supported_features: Mapping[str, VersionRange] = field(default_factory=lambda: _NO_FEATURES)
    rack: str | None = None
    fenced: bool = True
    in_controlled_shutdown: bool = False
    directories: tuple[bytes, ...] = ()
    cordoned_directories: tuple[bytes, ...] | None = None
    is_migrating_zk_broker: bool = False

    @property
    def active(self) -> bool:
        """Neither fenced nor shutting down: may lead and join ISRs."""
        return not self.fenced and not self.in_controlled_shutdown

    def has_online_directory(self, directory_id: bytes) -> bool:
        """Whether a replica assigned to `directory_id` can be served (reserved ids count as Kafka counts them)."""
        if directory_id in (DIRECTORY_UNASSIGNED, DIRECTORY_MIGRATING):
            return True
        if directory_id == DIRECTORY_LOST:
            return False
        return not self.directories or directory_id in self.directories

    def default_directory(self) -> bytes:
        """Where a new replica goes as far as the controller can tell: the only directory, else not assigned."""
        if not self.directories:
            return DIRECTORY_MIGRATING
        if len(self.directories) == 1:
            return self.directories[0]
        return DIRECTORY_UNASSIGNED

    @staticmethod
    def from_record(record: RegisterBrokerRecord) -> BrokerRegistration:
        return BrokerRegistration(
            id=record.broker_id,
            epoch=record.broker_epoch,
            incarnation_id=bytes(record.incarnation_id),
            listeners={e.name: Endpoint(e.name, e.host, e.port, e.security_protocol) for e in record.end_points},
            supported_features={
                f.name: VersionRange(f.min_supported_version, f.max_supported_version) for f in record.features
            },
            rack=record.rack,
            fenced=record.fenced,
            in_controlled_shutdown=record.in_controlled_shutdown,
            directories=tuple(sorted(bytes(d) for d in record.log_dirs)),
            cordoned_directories=(
                None if record.cordoned_log_dirs is None else tuple(sorted(bytes(d) for d in record.cordoned_log_dirs))
            ),
            is_migrating_zk_broker=record.is_migrating_zk_broker,
        )

    def to_record(self) -> RegisterBrokerRecord:
        return RegisterBrokerRecord(
            broker_id=self.id,
            is_migrating_zk_broker=self.is_migrating_zk_broker,
            incarnation_id=self.incarnation_id,
            broker_epoch=self.epoch,
            end_points=[
                RegisterBrokerRecord.BrokerEndpoint(
                    name=name, host=e.host, port=e.port, security_protocol=e.security_protocol
                )
                for name, e in self.listeners.items()
            ],
            features=[
                RegisterBrokerRecord.BrokerFeature(name=name, min_supported_version=r.min, max_supported_version=r.max)
                for name, r in self.supported_features.items()
            ],
            rack=self.rack,
            fenced=self.fenced,
            in_controlled_shutdown=self.in_controlled_shutdown,
            log_dirs=list(self.directories),
            cordoned_log_dirs=None if self.cordoned_directories is None else list(self.cordoned_directories),
        )

    def with_change(self, record: BrokerRegistrationChangeRecord) -> BrokerRegistration:
        """The registration after `record`; fields that the record leaves at "no change" keep their value."""
        fenced = self.fenced if record.fenced == 0 else record.fenced > 0
        return replace(
            self,
            fenced=fenced,
            in_controlled_shutdown=self.in_controlled_shutdown or record.in_controlled_shutdown == 1,
            directories=tuple(sorted(bytes(d) for d in record.log_dirs)) if record.log_dirs else self.directories,
            cordoned_directories=(
                self.cordoned_directories
                if record.cordoned_log_dirs is None
                else tuple(sorted(bytes(d) for d in record.cordoned_log_dirs))
            ),
        )


@dataclass(frozen=True, slots=True)
class ControllerRegistration:
    """One controller of the quorum as it registered itself (KIP-919)."""

    id: int
    incarnation_id: bytes
    listeners: Mapping[str, Endpoint]
    supported_features: Mapping[str, VersionRange] = field(default_factory=lambda: _NO_FEATURES)
    zk_migration_ready: bool = False

    @staticmethod
    def from_record(record: RegisterControllerRecord) -> ControllerRegistration:
        return ControllerRegistration(
            id=record.controller_id,
            incarnation_id=bytes(record.incarnation_id),
            listeners={e.name: Endpoint(e.name, e.host, e.port, e.security_protocol) for e in record.end_points},
            supported_features={
                f.name: VersionRange(f.min_supported_version, f.max_supported_version) for f in record.features
            },
            zk_migration_ready=record.zk_migration_ready,
        )

    def to_record(self) -> RegisterControllerRecord:
        return RegisterControllerRecord(
            controller_id=self.id,
            incarnation_id=self.incarnation_id,
            zk_migration_ready=self.zk_migration_ready,
            end_points=[
                RegisterControllerRecord.ControllerEndpoint(
                    name=name, host=e.host, port=e.port, security_protocol=e.security_protocol
                )
                for name, e in self.listeners.items()
            ],
            features=[
                RegisterControllerRecord.ControllerFeature(
                    name=name, min_supported_version=r.min, max_supported_version=r.max
                )
                for name, r in self.supported_features.items()
            ],
        )
