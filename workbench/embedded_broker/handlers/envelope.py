"""Envelope 0: a client's administrative request that a broker forwards, with the client's principal (KIP-590).

Only a controller's listener takes it, and only the active controller acts on it; whatever goes wrong with the inner
request stands in the inner response.
"""

from __future__ import annotations

import struct

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.controller_channel import open_envelope
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.controller_requests import refusal
from workbench.embedded_broker.handlers.quorum_requests import QUORUM_REQUESTS
from workbench.embedded_broker.requests import CONTROLLER, RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import WireError
from workbench.wire.messages import EnvelopeRequest, EnvelopeResponse


@serves(EnvelopeRequest, (0, 0), CONTROLLER)
async def handle(broker: Broker, context: RequestContext, request: EnvelopeRequest) -> EnvelopeResponse:
    if broker.controller is None:
        return EnvelopeResponse(error_code=ErrorCode.NOT_CONTROLLER)
    try:
        inner, request_class, frame, body_offset = open_envelope(request)
        message, _ = request_class.decode(frame, inner.api_version, body_offset)
    except BrokerError as error:
        return EnvelopeResponse(error_code=error.code)
    except WireError:
        return EnvelopeResponse(error_code=ErrorCode.INVALID_REQUEST)
    try:
        if request_class in QUORUM_REQUESTS:
            response = await broker.ask_quorum(inner, message)
        else:
            response = await broker.controller.handle(message, inner.api_version, forwarded=True)
    except BrokerError as error:
        if error.code == ErrorCode.NOT_CONTROLLER:
            return EnvelopeResponse(error_code=error.code)
        response = refusal(message, error, inner.api_version)
    flexible = request_class.FLEXIBLE is not None and inner.api_version >= request_class.FLEXIBLE
    head = struct.pack(">i", inner.correlation_id) + (b"\0" if flexible else b"")
    return EnvelopeResponse(response_data=head + response.encode(inner.api_version))
