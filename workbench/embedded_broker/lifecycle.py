"""A broker's place in the cluster: registration, heartbeats, becoming unfenced, leaving in order (KIP-631).

STARTING -> registered and fenced -> RUNNING (unfenced by a heartbeat once the metadata is caught up and logs are
loaded) -> PENDING_CONTROLLED_SHUTDOWN (leaders move away) -> SHUTTING_DOWN.

Source: kafka.server.BrokerLifecycleManager.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.features import READABLE_FEATURES
from workbench.embedded_broker.settings import SECURITY_PROTOCOLS
from workbench.system.known_error import KnownError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import BrokerHeartbeatRequest, BrokerRegistrationRequest
from workbench.wire.uuids import random_uuid

if TYPE_CHECKING:
    from workbench.embedded_broker.broker import Broker
    from workbench.embedded_broker.controller_channel import ControllerChannel

log = logging.getLogger(__name__)

REGISTRATION_VERSION = 4
HEARTBEAT_VERSION = 2
RETRY_S = 0.1
GIVE_UP_LEAVING_S = 1.0

HOPELESS = {
    ErrorCode.DUPLICATE_BROKER_REGISTRATION: (
        "Another running broker of the cluster has the same node.id.",
        "Stop it, or give this one another node.id and an empty folder.",
    ),
    ErrorCode.INCONSISTENT_CLUSTER_ID: (
        "The controllers belong to another cluster than this broker's folder.",
        "Point controller.quorum.bootstrap.servers at this broker's own cluster, or give it an empty folder.",
    ),
    ErrorCode.UNSUPPORTED_VERSION: (
        "The cluster uses features that this version of the workbench does not have.",
        "Start it with the version that made the cluster, or a newer one.",
    ),
}


class LifecycleState(Enum):
    STARTING = "starting"
    RUNNING = "running"
    LEAVING = "leaving"
    GONE = "gone"


class BrokerLifecycle:
    """Keeps this broker registered; runs until `leave` has returned."""

    def __init__(self, broker: Broker, channel: ControllerChannel, directory_ids: list[bytes]) -> None:
        settings = broker.settings
        self._broker = broker
        self._channel = channel
        self._directory_ids = directory_ids
        self._incarnation_id = random_uuid()
        self._interval_s = settings.integer("broker.heartbeat.interval.ms") / 1000
        self._registration_timeout_s = settings.integer("initial.broker.registration.timeout.ms") / 1000
        self.state = LifecycleState.STARTING
        self.ready_to_unfence = False
        self.offline_directories: list[bytes] = []
        self._wake = asyncio.Event()
        self._left = asyncio.Event()
        self._unfenced = asyncio.Event()

    async def register(self, previous_epoch: int) -> None:
        """Registers with the controller. Raises KnownError where that can never work."""
        broker = self._broker
        settings = broker.settings
        request = BrokerRegistrationRequest(
            broker_id=broker.node_id,
            cluster_id=broker.cluster_id,
            incarnation_id=self._incarnation_id,
            listeners=[
                BrokerRegistrationRequest.Listener(
                    name=one.name,
                    host=one.host or "localhost",
                    port=one.port,
                    security_protocol=SECURITY_PROTOCOLS[one.security_protocol],
                )
                for one in settings.advertised_listeners
                if one.name not in settings.controller_listener_names
            ],
            features=[
                BrokerRegistrationRequest.Feature(
                    name=name, min_supported_version=lowest, max_supported_version=highest
                )
                for name, (lowest, highest) in sorted(READABLE_FEATURES.items())
            ],
            rack=settings.rack,
            log_dirs=sorted(self._directory_ids),
            previous_broker_epoch=previous_epoch,
        )
        deadline = asyncio.get_running_loop().time() + self._registration_timeout_s
        while True:
            try:
                response = await self._channel.ask(request, REGISTRATION_VERSION, self._registration_timeout_s)
                code = ErrorCode(response.error_code)
            except BrokerError as error:
                code = error.code
            if code == ErrorCode.NONE:
                broker.broker_epoch = response.broker_epoch
                log.info("Registered broker %d with epoch %d", broker.node_id, broker.broker_epoch)
                return
            waiting_is_hopeless = asyncio.get_running_loop().time() > deadline
            if code in HOPELESS and (code != ErrorCode.DUPLICATE_BROKER_REGISTRATION or waiting_is_hopeless):
                raise KnownError(*HOPELESS[code])
            if waiting_is_hopeless:
                raise KnownError(
                    f"The controllers did not register this broker ({code.name}).",
                    "See whether a majority of the controllers runs, and the broker's log.",
                )
            await asyncio.sleep(RETRY_S)

    def metadata_changed(self) -> None:
        """While fenced, news may be what the next heartbeat waits for."""
        if self.state is LifecycleState.STARTING and self.ready_to_unfence:
            self._wake.set()

    def directory_failed(self, directory_id: bytes) -> None:
        """Tells the controller with the next heartbeat, which is sent at once, so that leaders move (KIP-858)."""
        self.offline_directories.append(directory_id)
        self._wake.set()

    def unfence_when_caught_up(self) -> None:
        self.ready_to_unfence = True
        self._wake.set()

    async def wait_until_unfenced(self) -> None:
        await self._unfenced.wait()

    async def run(self) -> None:
        """Sends heartbeats until the controller lets us go."""
        while not self._is_gone():
            self._wake.clear()
            await self._heartbeat()
            if self._is_gone():
                break
            pause = self._interval_s if self.state is LifecycleState.RUNNING else min(self._interval_s, 0.5)
            if self.state is LifecycleState.LEAVING:
                pause = 0.02
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _is_gone(self) -> bool:
        return self.state is LifecycleState.GONE

    async def _heartbeat(self) -> None:
        broker = self._broker
        request = BrokerHeartbeatRequest(
            broker_id=broker.node_id,
            broker_epoch=broker.broker_epoch,
            current_metadata_offset=broker.metadata.last_applied_offset,
            want_fence=not self.ready_to_unfence,
            want_shut_down=self.state is LifecycleState.LEAVING,
            offline_log_dirs=list(self.offline_directories),
        )
        leaving = self.state is LifecycleState.LEAVING
        try:
            response = await self._channel.ask(
                request, HEARTBEAT_VERSION, GIVE_UP_LEAVING_S if leaving else self._interval_s
            )
        except BrokerError as error:
            if leaving:
                # The last brokers of a cluster that stops have no majority left that could let them go.
                self.state = LifecycleState.GONE
                self._left.set()
                return
            log.warning("The controller did not take this broker's heartbeat: %s", error.code.name)
            return
        if response.error_code == ErrorCode.STALE_BROKER_EPOCH and self.state is not LifecycleState.LEAVING:
            log.warning("This broker's registration is out of date; registering again")
            await self.register(broker.broker_epoch)
            return
        if response.error_code != ErrorCode.NONE:
            log.warning("The controller refused a heartbeat: %s", ErrorCode(response.error_code).name)
            return
        if self.state is LifecycleState.LEAVING:
            if response.should_shut_down:
                self.state = LifecycleState.GONE
                self._left.set()
        elif self.state is LifecycleState.STARTING and not response.is_fenced:
            self.state = LifecycleState.RUNNING
            self._unfenced.set()

    async def leave(self, timeout_s: float, stop: Callable[[], bool] = lambda: False) -> bool:
        """Asks to go and waits until every leadership has moved; False if the time was over first."""
        if self.state is not LifecycleState.RUNNING:
            self.state = LifecycleState.GONE
            return True
        self.state = LifecycleState.LEAVING
        self._wake.set()
        try:
            async with asyncio.timeout(timeout_s):
                await self._left.wait()
        except TimeoutError:
            return False
        finally:
            self.state = LifecycleState.GONE
            self._wake.set()
        return True
