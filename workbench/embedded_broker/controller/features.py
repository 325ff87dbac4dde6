"""UpdateFeatures: raises and lowers finalised feature levels (KIP-584, KIP-1022).

Invariants: a level is finalised only if every registered broker and controller supports it; either all updates of a
request happen or none; kraft.version is the quorum's to write, and only rises; metadata.version never goes below a
level that changed a record.
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.embedded_broker.controller.configs import MIN_INSYNC_REPLICAS
from workbench.embedded_broker.controller.result import NO_ERROR, ApiError, ControllerResult
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.metadata.features import (
    ELIGIBLE_LEADER_REPLICAS_VERSION,
    FEATURE_DEFINITIONS,
    KRAFT_VERSION,
    LATEST_METADATA_VERSION,
    METADATA_VERSION,
    METADATA_VERSION_NAMES,
    METADATA_VERSIONS_CHANGING_RECORDS,
    MINIMUM_METADATA_VERSION,
    SUPPORTED_FEATURES,
)
from workbench.embedded_broker.metadata.image import ConfigResourceType
from workbench.embedded_broker.metadata.registrations import VersionRange
from workbench.embedded_broker.quorum.voter_changes import KRaftVersionUpgradeError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    ConfigRecord,
    FeatureLevelRecord,
    NoOpRecord,
    UpdateFeaturesRequest,
    UpdateFeaturesResponse,
)

_CONTROLLER_REGISTRATION_SINCE = 15
_UPGRADE, _SAFE_DOWNGRADE, _UNSAFE_DOWNGRADE = 1, 2, 3
_DISABLED = VersionRange(0, 0)

FeatureRecord = FeatureLevelRecord | ConfigRecord | NoOpRecord


def update_features(
    state: ControllerState, request: UpdateFeaturesRequest, version: int
) -> ControllerResult[UpdateFeaturesResponse]:
    """One failing update fails all of them."""
    updates = {update.feature: update.max_version_level for update in request.feature_updates}
    # Kafka's controller does not look at allow_downgrade, which version 0 has in the place of the type.
    types = {update.feature: update.upgrade_type if version >= 1 else _UPGRADE for update in request.feature_updates}
    proposed = dict(state.image.features.finalized)
    proposed[METADATA_VERSION] = state.metadata_version
    proposed.update(updates)
    records: list[FeatureRecord] = []
    for name, level in updates.items():
        error = _update(state, name, level, types[name], proposed, records)
        if error.is_failure:
            return ControllerResult(
                [],
                UpdateFeaturesResponse(
                    error_code=error.code,
                    error_message="The update failed for all features since the following feature had an error: "
                    f"{error.message}",
                ),
            )
    response = UpdateFeaturesResponse(error_message=None)
    if version <= 1:
        response.results = [
            UpdateFeaturesResponse.UpdatableFeatureResult(
                feature=update.feature, error_code=ErrorCode.NONE, error_message="NONE"
            )
            for update in request.feature_updates
        ]
    if request.validate_only:
        return ControllerResult([], response)
    if updates.get(KRAFT_VERSION, 0) > state.kraft_version and state.upgrade_kraft_version is not None:
        state.upgrade_kraft_version(updates[KRAFT_VERSION], False)
    if updates.get(ELIGIBLE_LEADER_REPLICAS_VERSION, 0) > 0:
        records = [*_elr_safety_records(state), *records]
    return ControllerResult(list(records), response)


def _invalid(name: str, level: int, reason: str) -> ApiError:
    return ApiError(ErrorCode.INVALID_UPDATE_VERSION, f"Invalid update version {level} for feature {name}. {reason}")


def _update(
    state: ControllerState,
    name: str,
    level: int,
    upgrade_type: int,
    proposed: Mapping[str, int],
    records: list[FeatureRecord],
) -> ApiError:
    if upgrade_type not in (_UPGRADE, _SAFE_DOWNGRADE, _UNSAFE_DOWNGRADE):
        return _invalid(name, level, "The controller does not support the given upgrade type.")
    current = state.kraft_version if name == KRAFT_VERSION else state.image.features.level(name)
    if level < 0:
        return _invalid(name, level, "A feature version cannot be less than 0.")
    reason = _not_supported_reason(state, name, level)
    if reason is not None:
        return _invalid(name, level, reason)
    if level < current and upgrade_type == _UPGRADE:
        return _invalid(
            name,
            level,
            "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe "
            "downgrade.",
        )
    if level > current and upgrade_type != _UPGRADE:
        return _invalid(name, level, "Can't downgrade to a newer version.")
    if name == METADATA_VERSION:
        return _update_metadata_version(state, level, upgrade_type, records)
    if name == KRAFT_VERSION:
        return _validate_kraft_version(state, level, current, upgrade_type, records)
    definition = FEATURE_DEFINITIONS.get(name)
    if definition is None:
        return _invalid(name, level, f"Feature {name} not found.")
    for dependency, needed in definition.dependencies.get(level, {}).items():
        if proposed.get(dependency, 0) < needed:
            return _invalid(
                name, level, f"{name} could not be set to {level} because it depends on {dependency} level {needed}"
            )
    records.append(FeatureLevelRecord(name=name, feature_level=level))
    return NO_ERROR


def _validate_kraft_version(
    state: ControllerState, level: int, current: int, upgrade_type: int, records: list[FeatureRecord]
) -> ApiError:
    """The quorum itself writes the level, as a control record; the metadata log gets an offset to wait for."""
    if level < current:
        return _invalid(KRAFT_VERSION, level, "Can't downgrade the version of this feature.")
    if upgrade_type != _UPGRADE:
        return NO_ERROR
    if level > current and state.upgrade_kraft_version is not None:
        try:
            state.upgrade_kraft_version(level, True)
        except KRaftVersionUpgradeError as error:
            return _invalid(KRAFT_VERSION, level, f"{error}.")
    records.append(NoOpRecord())
    return NO_ERROR


def _update_metadata_version(
    state: ControllerState, level: int, upgrade_type: int, records: list[FeatureRecord]
) -> ApiError:
    if level not in METADATA_VERSION_NAMES:
        return ApiError(
            ErrorCode.INVALID_UPDATE_VERSION,
            f"Invalid metadata.version {level}. Valid versions are from {MINIMUM_METADATA_VERSION} to "
            f"{LATEST_METADATA_VERSION}.",
        )
    current = state.metadata_version
    if any(level < changing <= current for changing in METADATA_VERSIONS_CHANGING_RECORDS):
        reason = (
            "Unsafe metadata downgrade is not supported in this version."
            if upgrade_type == _UNSAFE_DOWNGRADE
            else "Refusing to perform the requested downgrade because it might delete metadata information."
        )
        return ApiError(
            ErrorCode.INVALID_UPDATE_VERSION,
            f"Unsupported metadata.version downgrade from {current} to {level}. {reason}",
        )
    records.append(FeatureLevelRecord(name=METADATA_VERSION, feature_level=level))
    return NO_ERROR


def _not_supported_reason(state: ControllerState, name: str, level: int) -> str | None:
    own = VersionRange(*SUPPORTED_FEATURES.get(name, (0, 0)))
    reason = _range_reason(level, f"Local controller {state.settings.node_id}", own)
    if reason is not None:
        return reason
    for broker in state.image.cluster.brokers.values():
        reason = _range_reason(level, f"Broker {broker.id}", broker.supported_features.get(name, _DISABLED))
        if reason is not None:
            return reason
    if state.metadata_version < _CONTROLLER_REGISTRATION_SINCE:
        return None
    for controller in state.image.cluster.controllers.values():
        if controller.id == state.settings.node_id:
            continue
        reason = _range_reason(level, f"Controller {controller.id}", controller.supported_features.get(name, _DISABLED))
        if reason is not None:
            return reason
    for node_id in sorted(state.quorum_voter_ids):
        if node_id != state.settings.node_id and node_id not in state.image.cluster.controllers:
            return f"controller {node_id} has not registered, and may not support this feature"
    return None


def _range_reason(level: int, who: str, supported: VersionRange) -> str | None:
    if supported.contains(level):
        return None
    if supported.max == 0:
        return f"{who} does not support this feature."
    return f"{who} only supports versions {supported}"


def _elr_safety_records(state: ControllerState) -> list[ConfigRecord]:
    """Makes min.insync.replicas a matter of the whole cluster before eligible leader replicas come on."""
    records: list[ConfigRecord] = []
    if MIN_INSYNC_REPLICAS not in state.image.configs.cluster_default():
        records.append(_min_isr_record("", str(state.settings.min_insync_replicas)))
    for resource, configs in state.image.configs.resources.items():
        if resource.type is ConfigResourceType.BROKER and resource.name and MIN_INSYNC_REPLICAS in configs:
            records.append(_min_isr_record(resource.name, None))
    return records


def _min_isr_record(broker: str, value: str | None) -> ConfigRecord:
    return ConfigRecord(
        resource_type=int(ConfigResourceType.BROKER), resource_name=broker, name=MIN_INSYNC_REPLICAS, value=value
    )
