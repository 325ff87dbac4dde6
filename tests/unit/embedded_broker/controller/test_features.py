"""UpdateFeatures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import carry_out, state_of
from workbench.embedded_broker.controller.features import update_features
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.quorum.voter_changes import KRaftVersionUpgradeError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    ConfigRecord,
    RegisterControllerRecord,
    UpdateFeaturesRequest,
    UpdateFeaturesResponse,
)

UPGRADE, SAFE, UNSAFE = 1, 2, 3
ELR = "eligible.leader.replicas.version"


def update(
    state: ControllerState, *updates: tuple[str, int, int], version: int = 2, validate_only: bool = False
) -> UpdateFeaturesResponse:
    request = UpdateFeaturesRequest(
        feature_updates=[
            UpdateFeaturesRequest.FeatureUpdateKey(feature=name, max_version_level=level, upgrade_type=kind)
            for name, level, kind in updates
        ],
        validate_only=validate_only,
    )
    response: UpdateFeaturesResponse = carry_out(state, update_features(state, request, version))
    return response


def test_raising_and_lowering() -> None:
    state = state_of(elr=False, metadata_version=28)
    assert update(state, ("metadata.version", 29, UPGRADE)).error_code == 0
    assert state.metadata_version == 29
    assert update(state, ("metadata.version", 28, SAFE)).error_code == 0
    assert state.metadata_version == 28


def test_elr_comes_with_its_safety_records() -> None:
    state = state_of(
        records=[ConfigRecord(resource_type=4, resource_name="2", name="min.insync.replicas", value="2")],
        elr=False,
        min_insync_replicas=2,
    )
    assert update(state, (ELR, 1, UPGRADE)).error_code == 0
    assert state.elr_enabled
    assert state.image.configs.cluster_default() == {"min.insync.replicas": "2"}
    assert state.image.configs.broker(2) == {}
    assert update(state, (ELR, 0, SAFE)).error_code == 0
    assert not state.elr_enabled


def test_validating_changes_nothing() -> None:
    state = state_of(metadata_version=29)
    assert update(state, ("metadata.version", 30, UPGRADE), validate_only=True).error_code == 0
    assert state.metadata_version == 29


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("metadata.version", 29, UPGRADE), "Can't downgrade the version of this feature without setting"),
        (("metadata.version", 29, SAFE), "Refusing to perform the requested downgrade because it might delete"),
        (("metadata.version", 29, UNSAFE), "Unsafe metadata downgrade is not supported in this version."),
        (("metadata.version", 31, UPGRADE), "Local controller 1 only supports versions 7-30"),
        (("metadata.version", -1, UPGRADE), "A feature version cannot be less than 0."),
        (("metadata.version", 30, 9), "The controller does not support the given upgrade type."),
        ((ELR, 1, SAFE), None),
        ((ELR, 2, UPGRADE), "Local controller 1 only supports versions 0-1"),
        (("nope", 0, UPGRADE), "Feature nope not found."),
        (("nope", 1, UPGRADE), "Local controller 1 does not support this feature."),
        (("nope", 0, UNSAFE), "Feature nope not found."),
        (("group.version", 1, UPGRADE), "Local controller 1 does not support this feature."),
    ],
)
def test_refused(change: tuple[str, int, int], message: str | None) -> None:
    state = state_of()
    before = state.image.features
    response = update(state, change)
    if message is None:
        assert response.error_code == 0
        return
    assert response.error_code == ErrorCode.INVALID_UPDATE_VERSION
    assert message in (response.error_message or "")
    assert "The update failed for all features since the following feature had an error" in (
        response.error_message or ""
    )
    assert state.image.features == before


def test_a_newer_level_is_no_downgrade() -> None:
    response = update(state_of(elr=False), (ELR, 1, SAFE))
    assert "Can't downgrade to a newer version." in (response.error_message or "")


def test_every_broker_and_controller_must_support_it() -> None:
    def with_controller(**features: tuple[int, int]) -> ControllerState:
        record = RegisterControllerRecord(
            controller_id=9,
            features=[
                RegisterControllerRecord.ControllerFeature(
                    name=name.replace("_", "."), min_supported_version=low, max_supported_version=high
                )
                for name, (low, high) in features.items()
            ],
        )
        return state_of(records=[record], metadata_version=29)

    change = ("metadata.version", 30, UPGRADE)
    assert update(with_controller(metadata_version=(7, 30)), change).error_code == 0
    assert "Controller 9 only supports versions 7-29" in str(update(with_controller(metadata_version=(7, 29)), change))
    waiting = state_of(metadata_version=29)
    waiting.quorum_voter_ids = frozenset({1, 2})
    assert "controller 2 has not registered" in str(update(waiting, change))


def test_dependencies() -> None:
    response = update(state_of(elr=False, metadata_version=22), (ELR, 1, UPGRADE))
    assert "could not be set to 1 because it depends on metadata.version level 23" in (response.error_message or "")
    both: Any = update(state_of(elr=False, metadata_version=22), ("metadata.version", 23, UPGRADE), (ELR, 1, UPGRADE))
    assert both.error_code == 0


def test_older_versions_answer_each_feature() -> None:
    response = update(state_of(metadata_version=29), ("metadata.version", 30, UPGRADE), version=1)
    assert [(r.feature, r.error_code) for r in response.results] == [("metadata.version", 0)]
    assert update(state_of(metadata_version=29), ("metadata.version", 30, UPGRADE)).results == []


def test_each_update_is_answered_also_of_a_feature_named_twice() -> None:
    same = ("metadata.version", 30, UPGRADE)
    assert len(update(state_of(metadata_version=29), same, same, version=1).results) == 2


def test_the_oldest_version_never_lowers() -> None:
    """Kafka's controller overlooks its allow_downgrade."""
    state = state_of()
    key = UpdateFeaturesRequest.FeatureUpdateKey(feature=ELR, max_version_level=0, allow_downgrade=True)
    response = carry_out(state, update_features(state, UpdateFeaturesRequest(feature_updates=[key]), 0))
    assert response.error_code == ErrorCode.INVALID_UPDATE_VERSION
    assert update(state, (ELR, 0, SAFE)).error_code == 0


def test_kraft_version_is_written_by_the_quorum_once_all_updates_are_valid() -> None:
    state = state_of()
    asked: list[tuple[int, bool]] = []
    state.upgrade_kraft_version = lambda level, validate_only: asked.append((level, validate_only))
    assert update(state, ("kraft.version", 1, UPGRADE), validate_only=True).error_code == 0
    assert asked == [(1, True)]
    wrong = update(state, ("kraft.version", 1, UPGRADE), ("no.such.feature", 1, UPGRADE))
    assert wrong.error_code == ErrorCode.INVALID_UPDATE_VERSION
    assert asked == [(1, True), (1, True)]
    assert update(state, ("kraft.version", 1, UPGRADE)).error_code == 0
    assert asked[-2:] == [(1, True), (1, False)]


def test_kraft_version_that_the_quorum_refuses() -> None:
    state = state_of()

    def refuse(level: int, validate_only: bool) -> None:
        raise KRaftVersionUpgradeError("not all voters have told their directory id")

    state.upgrade_kraft_version = refuse
    assert update(state, ("kraft.version", 1, UPGRADE)).error_code == ErrorCode.INVALID_UPDATE_VERSION


def test_kraft_version_never_goes_back() -> None:
    state = state_of()
    state.kraft_version = 1
    for kind in (UPGRADE, SAFE, UNSAFE):
        assert update(state, ("kraft.version", 0, kind)).error_code == ErrorCode.INVALID_UPDATE_VERSION
    assert update(state, ("kraft.version", 1, SAFE)).error_code == 0
