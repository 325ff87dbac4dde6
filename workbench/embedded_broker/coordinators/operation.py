"""One write to a coordinated partition, from its decision to its outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from workbench.embedded_broker.coordinators.interfaces import Timer
from workbench.embedded_broker.errors import BrokerError

Done: TypeAlias = Callable[[Any, BrokerError | None], None]
"""Called once with the response, or with the error that kept it from being given."""


class Operation:
    """Finished once: when what it wrote is committed, fails, or takes too long."""

    __slots__ = ("_done", "completion", "is_finished", "response", "timeout")

    def __init__(self, done: Done, response: Any, completion: Any) -> None:
        self._done = done
        self.response = response
        self.completion = completion
        self.timeout: Timer | None = None
        self.is_finished = False

    def finish(self, error: BrokerError | None) -> None:
        """Tells the caller; what the machine has to be told of `completion` comes before, from the partition."""
        self.is_finished = True
        if self.timeout is not None:
            self.timeout.cancel()
            self.timeout = None
        self._done(None if error is not None else self.response, error)
