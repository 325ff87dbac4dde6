"""AlterConfigs and IncrementalAlterConfigs: what may be set, and the records that set it.

Invariants: one resource succeeds or fails as a whole; records for a broker are written even where the value stays,
because brokers reload files on them; with eligible leader replicas on, min.insync.replicas lives on the cluster and
on topics only, and whoever changes it clears the ELRs that the old value made (KIP-966).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from workbench.embedded_broker.config_definitions.catalog import (
    ConfigType,
    broker_configs,
    client_metrics_configs,
    group_configs,
    topic_configs,
)
from workbench.embedded_broker.config_definitions.definition import ConfigDefinition
from workbench.embedded_broker.controller.result import (
    NO_ERROR,
    ApiError,
    ControllerResult,
    Records,
    api_error,
)
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.config_validation import validate_configs
from workbench.embedded_broker.metadata.image import ConfigResource, ConfigResourceType
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AlterConfigsRequest,
    AlterConfigsResponse,
    ClearElrRecord,
    ConfigRecord,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)

MIN_INSYNC_REPLICAS = "min.insync.replicas"
CORDONED_LOG_DIRS = "cordoned.log.dirs"
_CORDONING_SINCE = 30
_MAX_VALUE_LENGTH = 32_767


class ConfigOperation(IntEnum):
    """What an incremental alteration does to a key."""

    SET = 0
    DELETE = 1
    APPEND = 2
    SUBTRACT = 3


def definitions_for(resource_type: ConfigResourceType) -> Mapping[str, ConfigDefinition]:
    match resource_type:
        case ConfigResourceType.TOPIC:
            return topic_configs()
        case ConfigResourceType.BROKER:
            return broker_configs()
        case ConfigResourceType.GROUP:
            return group_configs()
        case ConfigResourceType.CLIENT_METRICS:
            return client_metrics_configs()
        case _:
            return {}


def incremental_alter_configs(
    state: ControllerState, request: IncrementalAlterConfigsRequest, *, forwarded: bool = True
) -> ControllerResult[IncrementalAlterConfigsResponse]:
    """Each resource is answered on its own."""
    response = IncrementalAlterConfigsResponse()
    records = Records()
    keys = [(r.resource_type, r.resource_name) for r in request.resources]
    for resource in request.resources:
        key = (resource.resource_type, resource.resource_name)
        if keys.count(key) > 1:
            error = ApiError(ErrorCode.INVALID_REQUEST, "Duplicate resource.")
            if any((r.resource_type, r.resource_name) == key for r in response.responses):
                continue
        else:
            error = _alter(
                state,
                records,
                key,
                {c.name: (c.config_operation, c.value) for c in resource.configs},
                forwarded=forwarded,
            )
        response.responses.append(
            IncrementalAlterConfigsResponse.AlterConfigsResourceResponse(
                error_code=error.code,
                error_message=error.message,
                resource_type=resource.resource_type,
                resource_name=resource.resource_name,
            )
        )
    records.add(*_clear_elr_records(state, records.records))
    result = ControllerResult(records.records, response)
    return result.without_records() if request.validate_only else result


def alter_configs(
    state: ControllerState, request: AlterConfigsRequest, *, forwarded: bool = True
) -> ControllerResult[AlterConfigsResponse]:
    """The older form: what is not named is removed."""
    response = AlterConfigsResponse()
    records = Records()
    keys = [(r.resource_type, r.resource_name) for r in request.resources]
    for resource in request.resources:
        key = (resource.resource_type, resource.resource_name)
        if keys.count(key) > 1:
            error = ApiError(ErrorCode.INVALID_REQUEST, "Duplicate resource.")
            if any((r.resource_type, r.resource_name) == key for r in response.responses):
                continue
        else:
            error = _replace(state, records, key, {c.name: c.value for c in resource.configs}, forwarded=forwarded)
        response.responses.append(
            AlterConfigsResponse.AlterConfigsResourceResponse(
                error_code=error.code,
                error_message=error.message,
                resource_type=resource.resource_type,
                resource_name=resource.resource_name,
            )
        )
    records.add(*_clear_elr_records(state, records.records))
    result = ControllerResult(records.records, response)
    return result.without_records() if request.validate_only else result


def _resource(key: tuple[int, str]) -> ConfigResource | None:
    try:
        return ConfigResource(ConfigResourceType(key[0]), key[1])
    except ValueError:
        return None


def _unknown_type(resource_type: int) -> ApiError:
    return ApiError(ErrorCode.UNSUPPORTED_VERSION, f"Unknown resource type {resource_type}.")


def _alter(
    state: ControllerState,
    records: Records,
    key: tuple[int, str],
    operations: Mapping[str, tuple[int, str | None]],
    *,
    forwarded: bool,
) -> ApiError:
    resource = _resource(key)
    if resource is None or resource.type is ConfigResourceType.UNKNOWN:
        return _unknown_type(key[0])
    try:
        records.add(*decide_alterations(state, resource, operations, newly_created=False, forwarded=forwarded))
    except Exception as error:
        return api_error(error)
    return NO_ERROR


def decide_alterations(
    state: ControllerState,
    resource: ConfigResource,
    operations: Mapping[str, tuple[int, str | None]],
    *,
    newly_created: bool,
    forwarded: bool,
) -> list[ConfigRecord]:
    """The records that carry out `operations` on one resource. Raises BrokerError or ConfigError."""
    current = {} if newly_created else state.image.configs.of(resource)
    records: list[ConfigRecord] = []
    for name, (operation, value) in operations.items():
        old = current.get(name)
        new = _altered(resource, name, operation, value, old)
        if new != old or resource.type is ConfigResourceType.BROKER:
            records.append(_config_record(resource, name, new))
    _validate(state, resource, current, records, [], newly_created=newly_created, forwarded=forwarded)
    return records


def _altered(resource: ConfigResource, name: str, operation: int, value: str | None, old: str | None) -> str | None:
    if operation == ConfigOperation.SET:
        return value
    if operation == ConfigOperation.DELETE:
        return None
    try:
        operation_name = ConfigOperation(operation).name
    except ValueError:
        # Kafka's controller fails on an operation that it does not know; only for brokers is it refused before.
        raise BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR) from None
    definition = definitions_for(resource.type).get(name)
    if definition is None or definition.type is not ConfigType.LIST:
        raise BrokerError(
            ErrorCode.INVALID_CONFIG, f"Can't {operation_name} to key {name} because its type is not LIST."
        )
    text = definition.default if old is None else old
    parts = [part for part in (text or "").split(",") if part]
    for part in _java_split(value or ""):
        if operation == ConfigOperation.APPEND:
            if part not in parts:
                parts.append(part)
        elif part in parts:
            parts.remove(part)
    return ",".join(parts)


def _java_split(text: str) -> list[str]:
    """String.split(","): empty parts at the end are dropped, the empty text is one empty part."""
    parts = text.split(",")
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _replace(
    state: ControllerState,
    records: Records,
    key: tuple[int, str],
    configs: Mapping[str, str | None],
    *,
    forwarded: bool,
) -> ApiError:
    resource = _resource(key)
    if resource is None or resource.type is ConfigResourceType.UNKNOWN:
        return _unknown_type(key[0])
    if resource.type is ConfigResourceType.BROKER_LOGGER:
        return ApiError(ErrorCode.INVALID_REQUEST, f"Unexpected resource type {resource.type.name}.")
    current = state.image.configs.of(resource)
    altered = [
        _config_record(resource, name, value)
        for name, value in configs.items()
        if current.get(name) != value or resource.type is ConfigResourceType.BROKER
    ]
    removed = [_config_record(resource, name, None) for name in current if name not in configs]
    try:
        _validate(state, resource, current, altered, removed, newly_created=False, forwarded=forwarded)
        records.add(*altered, *removed)
    except Exception as error:
        return api_error(error)
    return NO_ERROR


def _config_record(resource: ConfigResource, name: str, value: str | None) -> ConfigRecord:
    return ConfigRecord(resource_type=int(resource.type), resource_name=resource.name, name=name, value=value)


def _validate(
    state: ControllerState,
    resource: ConfigResource,
    current: Mapping[str, str],
    altered: list[ConfigRecord],
    removed: list[ConfigRecord],
    *,
    newly_created: bool,
    forwarded: bool,
) -> None:
    configs = dict(current)
    for record in (*altered, *removed):
        _check_special_configs(state, record, current.get(CORDONED_LOG_DIRS), forwarded=forwarded)
        if record.value is None:
            configs.pop(record.name, None)
        elif len(record.value) > _MAX_VALUE_LENGTH:
            raise BrokerError(
                ErrorCode.INVALID_CONFIG,
                "The configuration value cannot be added because it exceeds the maximum value size of "
                f"{_MAX_VALUE_LENGTH} bytes.",
            )
        else:
            configs[record.name] = record.value
    validate_configs(resource, configs, current, state.config_layers)
    if not newly_created:
        _check_exists(state, resource)


def _check_special_configs(
    state: ControllerState, record: ConfigRecord, cordoned: str | None, *, forwarded: bool
) -> None:
    if record.resource_type != ConfigResourceType.BROKER:
        return
    if record.name == MIN_INSYNC_REPLICAS and state.elr_enabled:
        if record.resource_name:
            raise BrokerError(
                ErrorCode.INVALID_CONFIG,
                f"Broker-level {MIN_INSYNC_REPLICAS} cannot be altered while ELR is enabled.",
            )
        if record.value is None:
            raise BrokerError(
                ErrorCode.INVALID_CONFIG,
                f"Cluster-level {MIN_INSYNC_REPLICAS} cannot be removed while ELR is enabled.",
            )
    if record.name == CORDONED_LOG_DIRS:
        if state.metadata_version < _CORDONING_SINCE:
            raise BrokerError(
                ErrorCode.INVALID_CONFIG,
                f"The {CORDONED_LOG_DIRS} configuration value cannot be set because it requires "
                "metadata.version >= 4.3-IV0",
            )
        if not forwarded and record.value and record.value.strip():
            # Only the broker knows its directories; the controller can but shorten the list by itself.
            known = set(re.split(r"\s*,\s*", cordoned.strip())) if cordoned is not None else set()
            if not set(re.split(r"\s*,\s*", record.value.strip())) <= known:
                raise BrokerError(
                    ErrorCode.INVALID_CONFIG,
                    f"When updating {CORDONED_LOG_DIRS} via controllers,  the new value must be a subset of the "
                    "current configuration value.",
                )


def _check_exists(state: ControllerState, resource: ConfigResource) -> None:
    """Configurations cannot be put on what does not exist."""
    match resource.type:
        case ConfigResourceType.BROKER:
            if resource.name and not _is_node(state, int(resource.name)):
                raise BrokerError(ErrorCode.BROKER_ID_NOT_REGISTERED, f"No node with id {int(resource.name)} found.")
        case ConfigResourceType.TOPIC:
            if resource.name not in state.image.topics.by_name:
                raise BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"The topic '{resource.name}' does not exist.")
        case _:
            return


def _is_node(state: ControllerState, node_id: int) -> bool:
    return node_id in state.image.cluster.brokers or node_id in state.quorum_voter_ids


def _clear_elr_records(state: ControllerState, records: list[Any]) -> list[ClearElrRecord]:
    if not state.elr_enabled:
        return []
    return [
        ClearElrRecord(topic_name=record.resource_name if record.resource_type == ConfigResourceType.TOPIC else "")
        for record in records
        if record.NAME == "ConfigRecord" and record.name == MIN_INSYNC_REPLICAS
    ]
