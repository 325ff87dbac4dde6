"""The table of APIs that this program serves: who handles which request, at which versions, on which listeners.

Handlers register themselves with `@serves`; ApiVersions answers from the same table, so what is advertised is what
is served. A handler gets the broker, the request's context and the decoded message and returns

- a response message, which is encoded in the request's version,
- an `EncodedBody`, for the few whose bytes are assembled by hand,
- None, where the protocol has no response (Produce with acks=0),
- or an awaitable of one of these.

Handlers run on the event loop. What they do before their first `await` happens in the order of arrival.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import field
from enum import Flag, auto
from typing import TYPE_CHECKING, Any, NewType

from workbench.storage.log.log_read import FileRegion
from workbench.system.quick_dataclass import dataclass
from workbench.wire.compiler import Message

if TYPE_CHECKING:
    from workbench.embedded_broker.broker import Broker

ConnectionId = NewType("ConnectionId", str)


class Role(Flag):
    """Which kind of listener offers an API."""

    BROKER = auto()
    CONTROLLER = auto()


BROKER = Role.BROKER
CONTROLLER = Role.CONTROLLER
BOTH = Role.BROKER | Role.CONTROLLER


@dataclass(slots=True)
class ConnectionContext:
    """What a handler may know of the connection a request came on."""

    connection_id: ConnectionId
    listener: str
    role: Role
    host: str
    """Address of the client, without port."""
    principal: str = "User:ANONYMOUS"
    client_software_name: str = "unknown"
    client_software_version: str = "unknown"
    is_open: bool = True
    on_close: list[Callable[[], None]] = field(default_factory=list)


@dataclass(slots=True)
class RequestContext:
    """One request's header and its connection; `received_at` is in seconds of the monotonic clock."""

    api_key: int
    api_version: int
    correlation_id: int
    client_id: str
    connection: ConnectionContext
    received_at: float = 0.0

    @property
    def principal(self) -> str:
        return self.connection.principal


@dataclass(slots=True)
class EncodedBody:
    """A response body as buffers that go out as they are, in order."""

    buffers: list[bytes | bytearray | memoryview | FileRegion]


Answer = Message | EncodedBody | None
Handler = Callable[["Broker", RequestContext, Any], Answer | Awaitable[Answer]]


@dataclass(slots=True)
class Api:
    """One served API; versions inclusive."""

    key: int
    name: str
    request_class: type[Message]
    lowest_version: int
    highest_version: int
    roles: Role
    handle: Handler
    flexible_from: int | None
    advertised_from: int
    pipelines: bool
    """May begin while earlier requests of the same kind on the connection still wait for replication."""


APIS: dict[int, Api] = {}


def serves(
    request_class: type[Message],
    versions: tuple[int, int],
    roles: Role = Role.BROKER,
    *,
    advertised_from: int | None = None,
    pipelines: bool = False,
) -> Callable[[Handler], Handler]:
    """Registers the decorated function as the handler of `request_class`; a second one for the API is an error."""

    def register(handle: Handler) -> Handler:
        key = request_class.API_KEY
        if key in APIS and APIS[key].handle.__module__ != handle.__module__:
            raise ValueError(f"{request_class.NAME} has two handlers")
        APIS[key] = Api(
            key=key,
            name=request_class.NAME.removesuffix("Request"),
            request_class=request_class,
            lowest_version=versions[0],
            highest_version=versions[1],
            roles=roles,
            handle=handle,
            flexible_from=request_class.FLEXIBLE,
            advertised_from=versions[0] if advertised_from is None else advertised_from,
            pipelines=pipelines,
        )
        return handle

    return register
