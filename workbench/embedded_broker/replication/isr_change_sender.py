"""Sends what `IsrChanges` asks for to the controller (AlterPartition)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.replication.controller_asker import Ask, ControllerAsker
from workbench.embedded_broker.replication.isr_changes import IsrChanges

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.isr import IsrProposal
    from workbench.embedded_broker.replication.partition import Partition

ALTER_PARTITION_VERSION = 3


class IsrChangeSender:
    """The way of one broker's changes to the controller."""

    def __init__(self, changes: IsrChanges, ask: Ask) -> None:
        self._changes = changes
        self._asker = ControllerAsker(changes, ask, version=ALTER_PARTITION_VERSION, subject="changes of in-sync sets")

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        self._changes.propose(partition, proposal)
        self._asker.wake()

    async def stop(self) -> None:
        await self._asker.stop()
