"""What a broker says that it can do."""

from __future__ import annotations

import pytest

from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.requests import APIS, Role
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ApiVersionsRequest


def request(name: str = "tests", version: str = "1.0") -> ApiVersionsRequest:
    return ApiVersionsRequest(client_software_name=name, client_software_version=version)


@pytest.mark.parametrize("version", range(5))
def test_the_table_is_told_in_order_of_keys(version: int) -> None:
    response = ReplicaBroker().ask(request(), version)
    assert response.error_code == ErrorCode.NONE
    assert [one.api_key for one in response.api_keys] == sorted(
        api.key for api in APIS.values() if Role.BROKER in api.roles
    )


@pytest.mark.parametrize("name", ["", "-a", "a-", "a b", ".a", "ä"])
def test_names_of_software_are_checked_from_version_3_on(name: str) -> None:
    broker = ReplicaBroker()
    for fields in ((name, "1"), ("a", name)):
        response = broker.ask(request(*fields), 3)
        assert (response.error_code, response.api_keys) == (ErrorCode.INVALID_REQUEST, [])
        assert broker.ask(request(*fields), 2).error_code == ErrorCode.NONE


def test_features_are_those_of_the_metadata_and_the_quorum() -> None:
    broker = ReplicaBroker()
    response = broker.ask(request(), 4)
    finalized = {one.name: one.max_version_level for one in response.finalized_features}
    assert finalized == {"metadata.version": 30, "eligible.leader.replicas.version": 1, "kraft.version": 1}
    assert response.finalized_features_epoch == broker.image.offset
    supported = {one.name: (one.min_version, one.max_version) for one in response.supported_features}
    for name, level in finalized.items():
        assert supported[name][0] <= level <= supported[name][1]


def test_old_readers_are_not_told_of_features_that_begin_at_0() -> None:
    broker = ReplicaBroker()
    new = {one.name for one in broker.ask(request(), 4).supported_features}
    old = broker.ask(request(), 3).supported_features
    assert all(one.min_version >= 1 for one in old) and {one.name for one in old} < new
