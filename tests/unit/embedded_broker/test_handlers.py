"""The table of handlers as a whole; what each one does stands in the tests beside its own name or service.

Those that only ask the controller have their test here: workbench.embedded_broker.handlers.allocate_producer_ids,
workbench.embedded_broker.handlers.alter_partition, workbench.embedded_broker.handlers.alter_partition_reassignments,
workbench.embedded_broker.handlers.assign_replicas_to_dirs, workbench.embedded_broker.handlers.broker_heartbeat,
workbench.embedded_broker.handlers.broker_registration, workbench.embedded_broker.handlers.controller_registration,
workbench.embedded_broker.handlers.create_partitions, workbench.embedded_broker.handlers.create_topics,
workbench.embedded_broker.handlers.delete_topics, workbench.embedded_broker.handlers.elect_leaders,
workbench.embedded_broker.handlers.list_partition_reassignments, workbench.embedded_broker.handlers.unregister_broker,
workbench.embedded_broker.handlers.update_features.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest

from tests.helpers.handler_doubles import context
from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker import handlers
from workbench.embedded_broker.handlers import catalog
from workbench.embedded_broker.requests import APIS, Api, Role
from workbench.wire import messages
from workbench.wire.api_keys import ApiKey

SERVED_FROM_LATER = {ApiKey.PRODUCE: 3}
"""Kafka's schemas know versions of these below the first one served."""
UNSTABLE_FROM = {ApiKey.INIT_PRODUCER_ID: 6}
"""Kafka's schemas hold the next version of these already; brokers do not offer it unless told."""
CONTROLLERS_ALONE = {
    ApiKey.VOTE,
    ApiKey.BEGIN_QUORUM_EPOCH,
    ApiKey.END_QUORUM_EPOCH,
    ApiKey.ALTER_PARTITION,
    ApiKey.ENVELOPE,
    ApiKey.FETCH_SNAPSHOT,
    ApiKey.BROKER_REGISTRATION,
    ApiKey.BROKER_HEARTBEAT,
    ApiKey.ALLOCATE_PRODUCER_IDS,
    ApiKey.CONTROLLER_REGISTRATION,
    ApiKey.ASSIGN_REPLICAS_TO_DIRS,
    ApiKey.UPDATE_RAFT_VOTER,
}


def every_api() -> list[Api]:
    return sorted(APIS.values(), key=lambda api: api.key)


@pytest.mark.parametrize("api", every_api(), ids=lambda api: api.name)
def test_every_version_that_kafka_has_is_served(api: Api) -> None:
    lowest, highest = api.request_class.VERSIONS
    assert api.lowest_version == SERVED_FROM_LATER.get(ApiKey(api.key), lowest)
    assert api.highest_version == UNSTABLE_FROM.get(ApiKey(api.key), highest + 1) - 1
    assert api.advertised_from <= api.lowest_version


@pytest.mark.parametrize("api", every_api(), ids=lambda api: api.name)
def test_every_request_has_its_response(api: Api) -> None:
    response = getattr(messages, f"{api.name}Response")
    for version in range(api.lowest_version, api.highest_version + 1):
        response().encode(version)


def test_what_is_between_nodes_is_not_offered_to_clients() -> None:
    assert {api.key for api in every_api() if api.roles == Role.CONTROLLER} == {
        key for key in CONTROLLERS_ALONE if key in APIS
    }


def test_no_handler_is_forgotten() -> None:
    named = {name for name in vars(catalog) if not name.startswith("_")}
    registering = {
        module.name
        for module in pkgutil.iter_modules(handlers.__path__)
        if any(
            api.handle.__module__ == f"{handlers.__name__}.{module.name}"
            for api in _registered_after_importing(module.name)
        )
    }
    assert registering <= named


def _registered_after_importing(name: str) -> list[Api]:
    importlib.import_module(f"{handlers.__name__}.{name}")
    return list(APIS.values())


THE_CONTROLLERS = (
    "allocate_producer_ids",
    "alter_partition",
    "alter_partition_reassignments",
    "assign_replicas_to_dirs",
    "broker_heartbeat",
    "broker_registration",
    "controller_registration",
    "create_partitions",
    "create_topics",
    "delete_topics",
    "elect_leaders",
    "list_partition_reassignments",
    "unregister_broker",
    "update_features",
)


def api_of(module_name: str) -> Api:
    module = importlib.import_module(f"workbench.embedded_broker.handlers.{module_name}")
    return next(api for api in every_api() if api.handle is module.handle)


@pytest.mark.parametrize("name", THE_CONTROLLERS)
async def test_the_controllers_requests_are_answered_by_it_alone(name: str) -> None:
    api = api_of(name)
    broker = ReplicaBroker()
    request, answer = api.request_class(), object()
    seen: list[tuple[object, ...]] = []

    class Active:
        async def handle(self, message: object, version: int, *, forwarded: bool) -> object:
            seen.append(("controller", message, version, forwarded))
            return answer

    async def forward(message: object, version: int, asked: object) -> object:
        seen.append(("forward", message, version))
        return answer

    broker.set_forward(forward)
    version = api.highest_version

    async def ask(role: Role) -> Any:
        return await api.handle(broker, context(version, role=role), request)  # type: ignore[misc]

    refused = await ask(Role.CONTROLLER)
    assert seen == [] and refused is not answer, "a node without a controller refuses"
    refused.encode(version)
    broker.controller = Active()  # type: ignore[assignment]
    assert await ask(Role.CONTROLLER) is answer
    assert seen == [("controller", request, version, False)]
    if Role.BROKER in api.roles:
        assert await ask(Role.BROKER) is answer
        assert seen[1:] == [("forward", request, version)]
