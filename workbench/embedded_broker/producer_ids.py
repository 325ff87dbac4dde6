"""Producer ids for idempotent producers: taken from blocks that the controller gives out (KIP-98, KIP-730).

Invariant: an id is handed out once; the next block is asked for when the present one is used up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AllocateProducerIdsRequest

if TYPE_CHECKING:
    from workbench.embedded_broker.broker import Broker
    from workbench.embedded_broker.controller_channel import ControllerChannel


class ProducerIds:
    """One broker's supply."""

    def __init__(self, broker: Broker, channel: ControllerChannel) -> None:
        self._broker = broker
        self._channel = channel
        self._next = 0
        self._end = 0
        self._lock = asyncio.Lock()

    async def take(self) -> int:
        """A producer id nobody has had. Raises BrokerError where the controller gives none."""
        async with self._lock:
            if self._next >= self._end:
                request = AllocateProducerIdsRequest(
                    broker_id=self._broker.node_id, broker_epoch=self._broker.broker_epoch
                )
                response = await self._channel.ask(request, 0, 5.0)
                if response.error_code != ErrorCode.NONE:
                    raise BrokerError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
                self._next = response.producer_id_start
                self._end = response.producer_id_start + response.producer_id_len
            taken = self._next
            self._next += 1
            return taken
