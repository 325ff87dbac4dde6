"""Results and their limits."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.config_definitions.definition import ConfigError
from workbench.embedded_broker.controller.result import (
    MAX_RECORDS_PER_USER_OPERATION,
    NO_ERROR,
    ApiError,
    ControllerResult,
    Records,
    api_error,
)
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode


def test_a_batch_holds_so_many_records() -> None:
    records = Records()
    records.add(*range(MAX_RECORDS_PER_USER_OPERATION))
    with pytest.raises(BrokerError, match="Unable to perform excessively large batch operation"):
        records.add(1)


def test_errors_become_answers_and_bugs_do_not() -> None:
    assert api_error(BrokerError(ErrorCode.INVALID_REQUEST, "m")) == ApiError(ErrorCode.INVALID_REQUEST, "m")
    assert api_error(ConfigError("c")) == ApiError(ErrorCode.INVALID_CONFIG, "c")
    with pytest.raises(ZeroDivisionError):
        api_error(ZeroDivisionError())
    assert not NO_ERROR.is_failure
    assert ApiError(ErrorCode.INVALID_CONFIG).is_failure


def test_validating_keeps_the_response_only() -> None:
    assert ControllerResult([1], "r").without_records() == ControllerResult([], "r")
