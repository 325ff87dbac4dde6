"""A controller's own registration."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.metadata_doubles import feature_records, image_of
from workbench.embedded_broker.controller import registrar as registrar_module
from workbench.embedded_broker.controller.registrar import ControllerRegistrar
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE
from workbench.embedded_broker.metadata.registrations import Endpoint
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    ControllerRegistrationRequest,
    ControllerRegistrationResponse,
    RegisterControllerRecord,
)


class Controllers:
    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.failures: list[ErrorCode] = []

    async def ask(self, request: Any, version: int) -> Any:
        self.requests.append(request)
        if self.failures:
            raise BrokerError(self.failures.pop())
        return ControllerRegistrationResponse()


def publish(registrar: ControllerRegistrar, *records: Any, metadata_version: int = 30) -> None:
    image = image_of([*feature_records(elr=False, metadata_version=metadata_version), *records])
    registrar.on_metadata_update(MetadataDelta(EMPTY_IMAGE), image)


def as_record(request: ControllerRegistrationRequest) -> RegisterControllerRecord:
    return RegisterControllerRecord(controller_id=request.controller_id, incarnation_id=request.incarnation_id)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrar_module, "RETRY_S", 0)


async def test_it_asks_until_the_log_shows_it() -> None:
    controllers = Controllers()
    controllers.failures = [ErrorCode.NOT_CONTROLLER]
    registrar = ControllerRegistrar(1, [Endpoint("CONTROLLER", "h", 9193)], controllers.ask)
    publish(registrar)
    publish(registrar)
    for _ in range(6):
        await asyncio.sleep(0)
    assert len(controllers.requests) >= 2
    request = controllers.requests[0]
    assert (request.controller_id, request.listeners[0].port) == (1, 9193)
    assert {"metadata.version", "kraft.version"} <= {feature.name for feature in request.features}
    publish(registrar, as_record(request))
    asked = len(controllers.requests)
    for _ in range(6):
        await asyncio.sleep(0)
    assert len(controllers.requests) <= asked + 1
    await registrar.close()


async def test_another_processes_registration_does_not_count() -> None:
    controllers = Controllers()
    registrar = ControllerRegistrar(1, [], controllers.ask)
    publish(registrar, RegisterControllerRecord(controller_id=1, incarnation_id=b"o" * 16))
    await asyncio.sleep(0)
    assert len(controllers.requests) == 1
    await registrar.close()


async def test_old_metadata_versions_cannot_hold_it() -> None:
    controllers = Controllers()
    registrar = ControllerRegistrar(1, [], controllers.ask)
    publish(registrar, metadata_version=14)
    await asyncio.sleep(0)
    assert controllers.requests == []
    await registrar.close()
