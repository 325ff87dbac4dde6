"""A broker for handlers that need metadata, settings and a controller, and nothing of the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from tests.helpers.metadata_doubles import CLUSTER_ID, feature_records, image_of
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.controller.dispatch import DECISIONS, DecisionContext
from workbench.embedded_broker.controller.state import ControllerSettings, ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.loader import MetadataLoader
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
from workbench.embedded_broker.requests import ConnectionContext, ConnectionId, RequestContext, Role
from workbench.embedded_broker.settings import settings_from

PROPERTIES = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193",
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.bootstrap.servers": "localhost:9193",
    "log.dirs": "/somewhere",
}


def context(version: int, *, role: Role = Role.BROKER) -> RequestContext:
    listener = "CONTROLLER" if role is Role.CONTROLLER else "PLAINTEXT"
    connection = ConnectionContext(ConnectionId("c"), listener, role, "127.0.0.1")
    return RequestContext(0, version, 1, "tester", connection)


class FakeController:
    """Decides on the broker's image and shows the result at once."""

    def __init__(self, owner: HandlerBroker) -> None:
        self._owner = owner
        self.requests: list[tuple[Any, int, bool]] = []
        self.failure: BrokerError | None = None

    async def handle(self, request: Any, version: int, *, forwarded: bool = True) -> Any:
        self.requests.append((request, version, forwarded))
        if self.failure is not None:
            raise self.failure
        image = self._owner.metadata.image
        settings = ControllerSettings(1, CLUSTER_ID, self._owner.settings.properties)
        import random

        state = ControllerState(image, settings, now_ms=0, rng=random.Random(0))
        decided = DECISIONS[request.API_KEY](state, request, DecisionContext(version, image.offset + 1, 0, forwarded))
        if decided.records:
            state.replay(decided.records, image.offset + 1, 1, 0)
            self._owner.metadata.image = state.image
        return decided.response


class HandlerBroker:
    """Looks like a Broker to handlers of metadata."""

    def __init__(self, records: Sequence[Any] = (), properties: Mapping[str, str] | None = None) -> None:
        self.settings = settings_from({**PROPERTIES, **(properties or {})}, Path("server.properties"))
        self.node_id = 1
        self.cluster_id = CLUSTER_ID
        self.metadata = MetadataLoader()
        self.metadata.image = image_of([*feature_records(), *records])
        self.metadata.leader = LeaderAndEpoch(1, 1)
        self.controller = FakeController(self)

    @property
    def image(self) -> Any:
        return self.metadata.image

    async def forward(self, message: Any, version: int, _: RequestContext) -> Any:
        return await self.controller.handle(message, version)


def handler_broker(records: Sequence[Any] = (), properties: Mapping[str, str] | None = None) -> Broker:
    """The double as the type that handlers ask for."""
    return cast(Broker, HandlerBroker(records, properties))
