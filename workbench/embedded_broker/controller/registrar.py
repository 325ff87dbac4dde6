"""Keeps this node's controller registered in the metadata, so that clients can find it directly (KIP-919).

Invariants: one incarnation id for the life of the process; a registration is sent again until the log shows it; with
a metadata.version below 15 nothing is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.features import READABLE_FEATURES
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.registrations import Endpoint
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
from workbench.system.tasks import TaskKeeper
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ControllerRegistrationRequest
from workbench.wire.uuids import random_uuid

log = logging.getLogger(__name__)

CONTROLLER_REGISTRATION_VERSION = 0
RETRY_S = 0.1
_SINCE_METADATA_VERSION = 15

Ask = Callable[[Message, int], Awaitable[Any]]
"""Sends a request to the active controller; raises BrokerError where none answered in time."""


class ControllerRegistrar:
    """A publisher of the node's loader."""

    def __init__(self, node_id: int, listeners: Sequence[Endpoint], ask: Ask) -> None:
        self._node_id = node_id
        self._listeners = tuple(listeners)
        self._ask = ask
        self._incarnation_id = random_uuid()
        self._registered = False
        self._tasks = TaskKeeper()
        self._sending = False

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        known = image.cluster.controllers.get(self._node_id)
        self._registered = known is not None and known.incarnation_id == self._incarnation_id
        version = image.features.metadata_version
        if not self._registered and not self._sending and version is not None and version >= _SINCE_METADATA_VERSION:
            self._sending = True
            self._tasks.spawn(self._register(), "controller-registration")

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        """The request finds the leader by itself."""

    async def _register(self) -> None:
        request = ControllerRegistrationRequest(
            controller_id=self._node_id,
            incarnation_id=self._incarnation_id,
            zk_migration_ready=False,
            listeners=[
                ControllerRegistrationRequest.Listener(
                    name=one.name, host=one.host, port=one.port, security_protocol=one.security_protocol
                )
                for one in self._listeners
            ],
            features=[
                ControllerRegistrationRequest.Feature(
                    name=name, min_supported_version=lowest, max_supported_version=highest
                )
                for name, (lowest, highest) in sorted(READABLE_FEATURES.items())
            ],
        )
        try:
            while not self._registered:
                try:
                    response = await self._ask(request, CONTROLLER_REGISTRATION_VERSION)
                    code = ErrorCode(response.error_code)
                except BrokerError as error:
                    code = error.code
                if code not in (ErrorCode.NONE, ErrorCode.NOT_CONTROLLER, ErrorCode.REQUEST_TIMED_OUT):
                    log.warning("This controller could not be registered: %s", code.name)
                if not self._registered:
                    await asyncio.sleep(RETRY_S)
        finally:
            self._sending = False

    async def close(self) -> None:
        await self._tasks.cancel_all()
