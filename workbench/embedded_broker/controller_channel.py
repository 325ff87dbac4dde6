"""The way to the active controller: in process where we are it, over its controller listener otherwise.

A client's administrative request travels in an Envelope that carries its principal and address (KIP-590); the
broker's own requests travel as they are. Whoever asks waits until a controller is known, and asks again after
NOT_CONTROLLER or a broken connection until its time is over, which is Kafka's minute whatever timeout the request
itself names. One attempt gets half of that: a controller that stands still is given up for the one elected meanwhile.

Source: kafka.server.NodeToControllerChannelManager, ForwardingManager.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.controller_requests import refusal
from workbench.embedded_broker.handlers.quorum_requests import QUORUM_REQUESTS
from workbench.embedded_broker.requests import ConnectionContext, ConnectionId, RequestContext, Role
from workbench.wire.api_keys import ApiKey
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.frames import encode_request_header, parse_request_header
from workbench.wire.messages import DefaultPrincipalData, EnvelopeRequest, EnvelopeResponse

if TYPE_CHECKING:
    from workbench.embedded_broker.controller.driver import Controller
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch

RETRY_BACKOFF_S = 0.05
FORWARD_TIMEOUT_S = 60.0
"""How long a broker looks for a controller that answers: `retryTimeoutMs` of Kafka's BrokerServer."""
ATTEMPT_TIMEOUT_S = 30.0
"""How long one attempt may take: Kafka's `controller.socket.timeout.ms`."""


class ControllerTransport(Protocol):
    """Sends a request to another node's controller listener (implemented over `quorum/transport.py`)."""

    async def send(self, node_id: int, message: Message, version: int, timeout_s: float) -> Any:
        """The response message. Raises OSError or TimeoutError."""
        ...


def internal_context(api_key: int, version: int, client_id: str) -> RequestContext:
    """The context of a request that the broker itself makes of its own controller."""
    connection = ConnectionContext(ConnectionId("internal"), "CONTROLLER", Role.CONTROLLER, "127.0.0.1")
    return RequestContext(api_key, version, 0, client_id, connection, time.monotonic())


class ControllerChannel:
    """One node's channel to whoever controls."""

    def __init__(
        self,
        node_id: int,
        controller: Controller | None,
        leader: Callable[[], LeaderAndEpoch],
        transport: ControllerTransport,
        ask_quorum: Callable[[RequestContext, Message], Awaitable[Message]] | None = None,
    ) -> None:
        """`ask_quorum` answers in process what is for the quorum's leader rather than for the controller."""
        self._node_id = node_id
        self._controller = controller
        self._leader = leader
        self._transport = transport
        self._ask_quorum = ask_quorum

    async def forward(self, message: Message, version: int, context: RequestContext) -> Any:
        """The controller's response to a client's request. Raises BrokerError when time is over."""
        return await self._ask(message, version, context, as_client=True, timeout_s=FORWARD_TIMEOUT_S)

    async def ask(self, message: Message, version: int, timeout_s: float = FORWARD_TIMEOUT_S) -> Any:
        """The controller's response to a request of this broker itself. Raises BrokerError when time is over.

        What the controller refuses stands in the response, whether it is in this process or another.
        """
        context = internal_context(message.API_KEY, version, f"broker-{self._node_id}")
        return await self._ask(message, version, context, as_client=False, timeout_s=timeout_s)

    async def _ask(
        self, message: Message, version: int, context: RequestContext, *, as_client: bool, timeout_s: float
    ) -> Any:
        deadline = time.monotonic() + timeout_s
        while True:
            leader_id = self._leader().leader_id
            left_s = min(deadline - time.monotonic(), ATTEMPT_TIMEOUT_S)
            try:
                if leader_id == self._node_id and self._controller is not None:
                    if self._ask_quorum is not None and type(message) in QUORUM_REQUESTS:
                        return await self._ask_quorum(context, message)
                    response = await self._controller.handle(message, version, forwarded=as_client)
                    if getattr(response, "error_code", 0) != ErrorCode.NOT_CONTROLLER:
                        return response
                elif leader_id is not None and left_s > 0:
                    if as_client:
                        return await self._send_envelope(leader_id, message, version, context, left_s)
                    response = await self._transport.send(leader_id, message, version, left_s)
                    if getattr(response, "error_code", 0) != ErrorCode.NOT_CONTROLLER:
                        return response
            except BrokerError as error:
                if error.code != ErrorCode.NOT_CONTROLLER:
                    if as_client:
                        raise
                    return refusal(message, error, version)
            except (OSError, TimeoutError):
                # The controller may be gone; the quorum will name another.
                pass
            if time.monotonic() + RETRY_BACKOFF_S >= deadline:
                raise BrokerError(ErrorCode.REQUEST_TIMED_OUT)
            await asyncio.sleep(RETRY_BACKOFF_S)

    async def _send_envelope(
        self, leader_id: int, message: Message, version: int, context: RequestContext, timeout_s: float
    ) -> Any:
        """Wraps the request; raises BrokerError NOT_CONTROLLER where the other is not the controller any more."""
        flexible = message.FLEXIBLE is not None and version >= message.FLEXIBLE
        header = encode_request_header(message.API_KEY, version, context.correlation_id, context.client_id, flexible)
        kind, _, name = context.principal.partition(":")
        principal = DefaultPrincipalData(type=kind, name=name).encode(0)
        envelope = EnvelopeRequest(
            request_data=header + message.encode(version),
            request_principal=b"\0\0" + principal,
            client_host_address=ipaddress.ip_address(context.connection.host.partition("%")[0] or "127.0.0.1").packed,
        )
        answer: EnvelopeResponse = await self._transport.send(leader_id, envelope, 0, timeout_s)
        if answer.error_code != ErrorCode.NONE:
            raise BrokerError(ErrorCode(answer.error_code))
        if answer.response_data is None:
            raise BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR, "The controller's envelope was empty.")
        return decode_response(message, version, answer.response_data)


def decode_response(request: Message, version: int, data: bytes) -> Any:
    """The response in `data` (header and body) to `request` at `version`."""
    from workbench.wire import messages

    response_class: type[Message] = getattr(messages, request.NAME.removesuffix("Request") + "Response")
    flexible = request.FLEXIBLE is not None and version >= request.FLEXIBLE and request.API_KEY != ApiKey.API_VERSIONS
    return response_class.decode(data, version, 5 if flexible else 4)[0]


def open_envelope(envelope: EnvelopeRequest) -> tuple[RequestContext, type[Message], memoryview, int]:
    """Context, class, frame and body offset of the request inside. Raises WireError, BrokerError."""
    from workbench.wire import messages

    frame = memoryview(envelope.request_data)
    api_key = int.from_bytes(frame[0:2], signed=True)
    try:
        name = "".join(part.capitalize() for part in ApiKey(api_key).name.split("_")) + "Request"
        request_class: type[Message] = getattr(messages, name)
    except (ValueError, AttributeError) as error:
        raise BrokerError(ErrorCode.INVALID_REQUEST, f"An envelope holds API {api_key}.") from error
    header = parse_request_header(frame, request_class.FLEXIBLE)
    principal = "User:ANONYMOUS"
    if envelope.request_principal:
        data, _ = DefaultPrincipalData.decode(envelope.request_principal, 0, 2)
        principal = f"{data.type}:{data.name}"
    host = str(ipaddress.ip_address(envelope.client_host_address)) if envelope.client_host_address else ""
    connection = ConnectionContext(ConnectionId("envelope"), "", Role.BROKER, host, principal)
    context = RequestContext(
        header.api_key, header.api_version, header.correlation_id, header.client_id or "", connection, time.monotonic()
    )
    return context, request_class, frame, header.body_offset
