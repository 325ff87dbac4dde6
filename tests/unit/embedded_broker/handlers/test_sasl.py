"""SASL on a listener without it."""

from __future__ import annotations

import pytest

from tests.helpers.replica_broker import ReplicaBroker
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import SaslAuthenticateRequest, SaslHandshakeRequest


@pytest.mark.parametrize("version", [0, 1])
def test_a_handshake_is_out_of_place(version: int) -> None:
    response = ReplicaBroker().ask(SaslHandshakeRequest(mechanism="PLAIN"), version)
    assert (response.error_code, response.mechanisms) == (ErrorCode.ILLEGAL_SASL_STATE, [])


@pytest.mark.parametrize("version", [0, 1, 2])
def test_so_is_authentication(version: int) -> None:
    response = ReplicaBroker().ask(SaslAuthenticateRequest(auth_bytes=b"\0user\0secret"), version)
    assert response.error_code == ErrorCode.ILLEGAL_SASL_STATE and response.error_message
