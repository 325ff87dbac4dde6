"""Registration, heartbeats, fencing and leaving of brokers; registration of controllers (KIP-631, KIP-919, KIP-966).

Invariants: a broker's epoch is where the log ended when it registered, so later processes have higher epochs; a
second process under the id of a live one is refused; a broker serves only after it caught up with its own
registration; heartbeats touch sessions at once, records wait for the log.
"""

from __future__ import annotations

from typing import Any

from workbench.embedded_broker.controller.heartbeats import BrokerControlState
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
from workbench.embedded_broker.controller.result import ControllerResult
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.features import KRAFT_VERSION, METADATA_VERSION
from workbench.embedded_broker.metadata.registrations import VersionRange, is_reserved_directory
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    BrokerHeartbeatRequest,
    BrokerHeartbeatResponse,
    BrokerRegistrationRequest,
    BrokerRegistrationResponse,
    ControllerRegistrationRequest,
    ControllerRegistrationResponse,
    RegisterBrokerRecord,
    RegisterControllerRecord,
    UnregisterBrokerRequest,
    UnregisterBrokerResponse,
)
from workbench.wire.uuids import uuid_to_text

_DIRECTORIES_SINCE = 17
_CORDONING_SINCE = 30
_CONTROLLER_REGISTRATION_SINCE = 15
_CLEAN_SHUTDOWN_TOLD_SINCE = 3


def register_broker(
    state: ControllerState, request: BrokerRegistrationRequest, version: int, *, next_offset: int, now_ms: int
) -> ControllerResult[BrokerRegistrationResponse]:
    """Raises INCONSISTENT_CLUSTER_ID, DUPLICATE_BROKER_REGISTRATION, INVALID_REGISTRATION, UNSUPPORTED_VERSION."""
    if request.cluster_id != state.settings.cluster_id:
        raise BrokerError(
            ErrorCode.INCONSISTENT_CLUSTER_ID,
            f"Expected cluster ID {state.settings.cluster_id}, but got cluster ID {request.cluster_id}",
        )
    broker_id = request.broker_id
    incarnation_id = bytes(request.incarnation_id)
    existing = state.image.cluster.brokers.get(broker_id)
    same_process = existing is not None and existing.incarnation_id == incarnation_id
    # Kafka lets a broker that was killed wait until its old session has ended. Whoever registers with the same
    # directories holds their locks, so the old process is gone for certain and there is nothing to wait for.
    holds_its_directories = existing is not None and set(existing.directories) == {
        bytes(directory) for directory in request.log_dirs
    }
    if (
        existing is not None
        and not same_process
        and not (holds_its_directories and existing.directories)
        and state.heartbeats.has_valid_session(broker_id, existing.epoch, now_ms)
    ):
        raise BrokerError(
            ErrorCode.DUPLICATE_BROKER_REGISTRATION,
            "Another broker is registered with that broker id. If the broker was recently restarted this should "
            "self-resolve once the heartbeat manager expires the broker's session.",
        )
    if request.is_migrating_zk_broker:
        raise BrokerError(ErrorCode.BROKER_ID_NOT_REGISTERED, "Controller does not support registering ZK brokers.")
    directories = [bytes(directory) for directory in request.log_dirs]
    knows_directories = state.metadata_version >= _DIRECTORIES_SINCE
    if knows_directories:
        _check_directories(state, broker_id, directories)
    _check_features(state, request)
    record = RegisterBrokerRecord(
        broker_id=broker_id,
        incarnation_id=incarnation_id,
        rack=request.rack,
        end_points=[
            RegisterBrokerRecord.BrokerEndpoint(
                name=listener.name, host=listener.host, port=listener.port, security_protocol=listener.security_protocol
            )
            for listener in request.listeners
        ],
        features=[
            RegisterBrokerRecord.BrokerFeature(
                name=feature.name,
                min_supported_version=feature.min_supported_version,
                max_supported_version=feature.max_supported_version,
            )
            for feature in request.features
        ],
        log_dirs=directories if knows_directories else [],
    )
    records: list[Any] = []
    if existing is not None and same_process:
        record.fenced = existing.fenced
        record.in_controlled_shutdown = existing.in_controlled_shutdown
        record.broker_epoch = existing.epoch
    else:
        stored_epoch = -2 if existing is None else existing.epoch
        clean = version >= _CLEAN_SHUTDOWN_TOLD_SINCE and stored_epoch == request.previous_broker_epoch
        records.extend(previous_process_gone_records(state, broker_id, clean=clean))
        record.broker_epoch = next_offset
    records.append(record)
    return ControllerResult(records, BrokerRegistrationResponse(broker_epoch=record.broker_epoch))


def _check_directories(state: ControllerState, broker_id: int, directories: list[bytes]) -> None:
    if not directories:
        raise BrokerError(ErrorCode.INVALID_REGISTRATION, "No directories specified in request")
    if any(map(is_reserved_directory, directories)):
        raise BrokerError(ErrorCode.INVALID_REGISTRATION, "Reserved directory ID in request")
    if len(set(directories)) != len(directories):
        raise BrokerError(ErrorCode.INVALID_REGISTRATION, "Duplicate directory ID in request")
    for broker in state.image.cluster.brokers.values():
        if broker.id == broker_id:
            continue
        for directory in directories:
            if directory in broker.directories:
                raise BrokerError(
                    ErrorCode.INVALID_REGISTRATION,
                    f"Broker {broker.id} is already registered with directory {uuid_to_text(directory)}",
                )


def _check_features(state: ControllerState, request: BrokerRegistrationRequest) -> None:
    """Every finalised feature must be within what the broker supports; one that it does not name counts as 0-0."""
    finalized = dict(state.image.features.finalized)
    finalized[METADATA_VERSION] = state.metadata_version
    finalized[KRAFT_VERSION] = state.kraft_version
    told = {
        feature.name: VersionRange(feature.min_supported_version, feature.max_supported_version)
        for feature in request.features
    }
    for name, supported in told.items():
        _check_feature(name, finalized.get(name, 0), supported)
    if METADATA_VERSION not in told:
        raise BrokerError(ErrorCode.INVALID_REGISTRATION, f"Request features do not contain '{METADATA_VERSION}'")
    for name, level in finalized.items():
        if name not in told and level != 0:
            _check_feature(name, level, VersionRange(0, 0))


def _check_feature(name: str, level: int, supported: VersionRange) -> None:
    if not supported.contains(level):
        raise BrokerError(
            ErrorCode.UNSUPPORTED_VERSION,
            f"Unable to register because the broker does not support finalized version {level} of {name}. The broker "
            f"wants a version between {supported.min} and {supported.max}, inclusive.",
        )


@dataclass(frozen=True, slots=True)
class HeartbeatDecision:
    """A heartbeat's answer, and whether the broker is in controlled shutdown with it."""

    response: BrokerHeartbeatResponse
    in_controlled_shutdown: bool


def broker_heartbeat(state: ControllerState, request: BrokerHeartbeatRequest) -> ControllerResult[HeartbeatDecision]:
    """Updates the session too. Raises STALE_BROKER_EPOCH."""
    broker_id = request.broker_id
    if broker_id not in state.image.cluster.brokers:
        raise BrokerError(
            ErrorCode.STALE_BROKER_EPOCH, f"Receive a heartbeat from broker {broker_id} before registration"
        )
    state.check_broker_epoch(broker_id, request.broker_epoch)
    broker = state.image.cluster.brokers[broker_id]
    register_offset = state.register_record_offsets.get(broker_id, broker.epoch)
    now, then = state.heartbeats.next_state(
        broker_id,
        fenced=broker.fenced,
        want_fence=request.want_fence,
        want_shut_down=request.want_shut_down,
        metadata_offset=request.current_metadata_offset,
        register_record_offset=register_offset,
        has_leaderships=request.want_shut_down and has_leaderships(state, broker_id),
        active_brokers=frozenset(b.id for b in state.image.cluster.brokers.values() if not b.fenced),
    )
    records: list[Any] = []
    if now is not then:
        match then:
            case BrokerControlState.FENCED | BrokerControlState.SHUTDOWN_NOW:
                if not broker.fenced:
                    records.extend(broker_fenced_records(state, broker))
            case BrokerControlState.UNFENCED:
                records.extend(broker_unfenced_records(state, broker))
            case BrokerControlState.CONTROLLED_SHUTDOWN:
                records.extend(controlled_shutdown_records(state, broker))
    state.heartbeats.touch(broker_id, fenced=then.fenced, metadata_offset=request.current_metadata_offset)
    if state.metadata_version >= _DIRECTORIES_SINCE and request.offline_log_dirs:
        records.extend(directories_offline_records(state, broker, [bytes(d) for d in request.offline_log_dirs]))
    if state.metadata_version >= _CORDONING_SINCE:
        cordoned = request.cordoned_log_dirs
        records.extend(directories_cordoned_records(broker, None if cordoned is None else [bytes(d) for d in cordoned]))
    response = BrokerHeartbeatResponse(
        is_caught_up=request.current_metadata_offset >= register_offset,
        is_fenced=then.fenced,
        should_shut_down=then is BrokerControlState.SHUTDOWN_NOW,
    )
    return ControllerResult(records, HeartbeatDecision(response, then is BrokerControlState.CONTROLLED_SHUTDOWN))


def expired_session_records(state: ControllerState, broker_id: int, broker_epoch: int) -> list[Any]:
    """Fences a broker that was not heard of in time; nothing if it left or came anew meanwhile."""
    broker = state.image.cluster.brokers.get(broker_id)
    if broker is None or broker.epoch != broker_epoch or broker.fenced:
        return []
    return list(broker_fenced_records(state, broker))


def unregister_broker(
    state: ControllerState, request: UnregisterBrokerRequest
) -> ControllerResult[UnregisterBrokerResponse]:
    """Raises BROKER_ID_NOT_REGISTERED."""
    broker = state.image.cluster.brokers.get(request.broker_id)
    if broker is None:
        raise BrokerError(
            ErrorCode.BROKER_ID_NOT_REGISTERED, f"Broker ID {request.broker_id} is not currently registered"
        )
    return ControllerResult(list(broker_unregistered_records(state, broker)), UnregisterBrokerResponse())


def register_controller(
    state: ControllerState, request: ControllerRegistrationRequest
) -> ControllerResult[ControllerRegistrationResponse]:
    """Raises UNSUPPORTED_VERSION below metadata.version 15."""
    if state.metadata_version < _CONTROLLER_REGISTRATION_SINCE:
        raise BrokerError(
            ErrorCode.UNSUPPORTED_VERSION,
            "The current MetadataVersion is too old to support controller registrations.",
        )
    record = RegisterControllerRecord(
        controller_id=request.controller_id,
        incarnation_id=request.incarnation_id,
        zk_migration_ready=False,
        end_points=[
            RegisterControllerRecord.ControllerEndpoint(
                name=listener.name, host=listener.host, port=listener.port, security_protocol=listener.security_protocol
            )
            for listener in request.listeners
        ],
        features=[
            RegisterControllerRecord.ControllerFeature(
                name=feature.name,
                min_supported_version=feature.min_supported_version,
                max_supported_version=feature.max_supported_version,
            )
            for feature in request.features
        ],
    )
    return ControllerResult([record], ControllerRegistrationResponse())
