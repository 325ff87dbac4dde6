"""Sends what `IsrChanges` asks for to the controller, one request at a time, until it is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.isr_changes import IsrChanges
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from workbench.embedded_broker.replication.isr import IsrProposal
    from workbench.embedded_broker.replication.partition import Partition
    from workbench.wire.compiler import Message

log = logging.getLogger(__name__)

ALTER_PARTITION_VERSION = 3
RETRY_S = 0.05
GIVE_UP_ASKING_S = 5.0


class IsrChangeSender:
    """The way of one broker's changes to the controller."""

    def __init__(
        self, changes: IsrChanges, ask: Callable[[Message, int, float], Awaitable[AlterPartitionResponse]]
    ) -> None:
        self._changes = changes
        self._ask = ask
        self._task: asyncio.Task[None] | None = None

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        self._changes.propose(partition, proposal)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send_all(), name="AlterPartition")
            self._task.add_done_callback(_report)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _send_all(self) -> None:
        # One turn of the loop gathers what falls out of sync together.
        await asyncio.sleep(0)
        while (request := self._changes.next_request()) is not None:
            try:
                response = await self._ask(request, ALTER_PARTITION_VERSION, GIVE_UP_ASKING_S)
            except BrokerError as error:
                log.info("The controller did not take changes of in-sync sets: %s", error.code.name)
                self._changes.failed()
                await asyncio.sleep(RETRY_S)
                continue
            if response.error_code != ErrorCode.NONE:
                log.info("The controller refused changes of in-sync sets: %s", ErrorCode(response.error_code).name)
                self._changes.failed()
                await asyncio.sleep(RETRY_S * 4)
                continue
            if self._changes.answered(response):
                await asyncio.sleep(RETRY_S)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())
