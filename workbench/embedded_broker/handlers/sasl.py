"""SaslHandshake 0-1 and SaslAuthenticate 0-2 on a listener without SASL: ILLEGAL_SASL_STATE, as Kafka answers."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import BOTH, RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    SaslAuthenticateRequest,
    SaslAuthenticateResponse,
    SaslHandshakeRequest,
    SaslHandshakeResponse,
)


@serves(SaslHandshakeRequest, (0, 1), BOTH)
def handshake(broker: Broker, context: RequestContext, request: SaslHandshakeRequest) -> SaslHandshakeResponse:
    return SaslHandshakeResponse(error_code=ErrorCode.ILLEGAL_SASL_STATE)


@serves(SaslAuthenticateRequest, (0, 2), BOTH)
def authenticate(broker: Broker, context: RequestContext, request: SaslAuthenticateRequest) -> SaslAuthenticateResponse:
    return SaslAuthenticateResponse(
        error_code=ErrorCode.ILLEGAL_SASL_STATE,
        error_message="SaslAuthenticate request received after successful authentication",
    )
