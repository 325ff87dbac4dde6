"""What the control channel asks the broker for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from workbench.broker_contract.messages import ConnectionInfo, MetricsSample


class MetricsSource(Protocol):
    """Implemented by the node; called on its event loop about once a second, so it has to be cheap."""

    def sample(self) -> MetricsSample:
        """The broker's counters and gauges as of now."""
        ...

    def connections(self) -> Sequence[ConnectionInfo]:
        """Every open connection."""
        ...
