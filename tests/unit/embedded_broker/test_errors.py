"""Errors that become responses."""

from __future__ import annotations

from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode


def test_an_error_tells_its_code_and_what_clients_show() -> None:
    plain = BrokerError(ErrorCode.NOT_CONTROLLER)
    assert (plain.code, plain.message, str(plain)) == (ErrorCode.NOT_CONTROLLER, None, "NOT_CONTROLLER")
    worded = BrokerError(ErrorCode.INVALID_REQUEST, "no such thing")
    assert (worded.message, str(worded)) == ("no such thing", "INVALID_REQUEST: no such thing")
