"""One write to a coordinated partition and its outcome."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.coordinators.operation import Operation
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode


class StoppedClock:
    """A timer of which only the end is looked at."""

    def __init__(self) -> None:
        self.cancelled = 0

    def cancel(self) -> None:
        self.cancelled += 1


@pytest.mark.parametrize("error", [None, BrokerError(ErrorCode.NOT_COORDINATOR, "moved")])
def test_whoever_asked_is_told_and_its_timeout_goes(error: BrokerError | None) -> None:
    told: list[object] = []
    operation = Operation(lambda response, failure: told.append((response, failure)), "answer", None)
    timer = StoppedClock()
    operation.timeout = timer
    operation.finish(error)
    assert told == [("answer", None) if error is None else (None, error)]
    assert operation.is_finished and operation.timeout is None and timer.cancelled == 1
