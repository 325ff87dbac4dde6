"""Asks the controller for changes of in-sync sets, one at a time for each partition (KIP-497, KIP-903).

Invariants: until the answer, the leader counts on the larger of old and asked set; an answer of an older leader or
partition epoch changes nothing; what the controller refuses is looked at again when the metadata has moved on.

Source: kafka.server.AlterPartitionManager, kafka.cluster.Partition.submitAlterPartition.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionRequest, AlterPartitionResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from workbench.embedded_broker.replication.partition import Partition
    from workbench.wire.compiler import Message

log = logging.getLogger(__name__)

ALTER_PARTITION_VERSION = 3
RETRY_S = 0.05
GIVE_UP_ASKING_S = 5.0


class IsrChanges:
    """The leader's side of one broker."""

    def __init__(
        self,
        node_id: int,
        ask: Callable[[Message, int, float], Awaitable[AlterPartitionResponse]],
        *,
        broker_epoch_of: Callable[[int], int],
        changed: Callable[[Partition], None],
    ) -> None:
        """`changed` is told when an asked set holds, so that the high watermark can be looked at again."""
        self._node_id = node_id
        self._ask = ask
        self._broker_epoch_of = broker_epoch_of
        self._changed = changed
        self._waiting: dict[tuple[bytes, int], Partition] = {}
        self._sender: asyncio.Task[None] | None = None

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        """Takes `proposal` as the partition's and sends it with whatever else waits."""
        leadership = partition.leadership
        assert leadership is not None
        leadership.proposed = proposal
        self._waiting[partition.topic_id, partition.index] = partition
        if self._sender is None or self._sender.done():
            self._sender = asyncio.get_running_loop().create_task(self._send_all(), name="AlterPartition")
            self._sender.add_done_callback(_report)

    async def stop(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    async def _send_all(self) -> None:
        # One turn of the loop gathers what falls out of sync together.
        await asyncio.sleep(0)
        while self._waiting:
            batch = {
                key: partition
                for key, partition in self._waiting.items()
                if partition.leadership is not None and partition.leadership.proposed is not None
            }
            self._waiting.clear()
            if not batch:
                continue
            request = self._request(batch)
            try:
                response = await self._ask(request, ALTER_PARTITION_VERSION, GIVE_UP_ASKING_S)
            except BrokerError as error:
                log.info("The controller did not take changes of in-sync sets: %s", error.code.name)
                self._waiting = {**batch, **self._waiting}
                await asyncio.sleep(RETRY_S)
                continue
            if response.error_code != ErrorCode.NONE:
                log.info("The controller refused changes of in-sync sets: %s", ErrorCode(response.error_code).name)
                self._waiting = {**batch, **self._waiting}
                await asyncio.sleep(RETRY_S * 4)
                continue
            for topic in response.topics:
                for answer in topic.partitions:
                    partition = batch.get((bytes(topic.topic_id), answer.partition_index))
                    if partition is not None:
                        self._answered(partition, answer)

    def _request(self, batch: dict[tuple[bytes, int], Partition]) -> AlterPartitionRequest:
        topics: dict[bytes, AlterPartitionRequest.TopicData] = {}
        for (topic_id, index), partition in batch.items():
            leadership = partition.leadership
            assert leadership is not None and leadership.proposed is not None
            topic = topics.setdefault(topic_id, AlterPartitionRequest.TopicData(topic_id=topic_id))
            topic.partitions.append(
                AlterPartitionRequest.PartitionData(
                    partition_index=index,
                    leader_epoch=partition.leader_epoch,
                    partition_epoch=partition.partition_epoch,
                    new_isr_with_epochs=[
                        AlterPartitionRequest.BrokerState(
                            broker_id=member, broker_epoch=self._member_epoch(partition, member)
                        )
                        for member in leadership.proposed.isr
                    ],
                )
            )
        return AlterPartitionRequest(
            broker_id=self._node_id,
            broker_epoch=self._broker_epoch_of(self._node_id),
            topics=list(topics.values()),
        )

    def _member_epoch(self, partition: Partition, member: int) -> int:
        """The epoch in which a follower last fetched, which the controller holds against its registration."""
        if member == self._node_id:
            return self._broker_epoch_of(member)
        leadership = partition.leadership
        state = None if leadership is None else leadership.followers.get(member)
        return -1 if state is None else state.broker_epoch

    def _answered(self, partition: Partition, answer: AlterPartitionResponse.PartitionData) -> None:
        leadership = partition.leadership
        if leadership is None or leadership.proposed is None:
            return
        code = ErrorCode(answer.error_code)
        if code == ErrorCode.NONE:
            if answer.leader_epoch == partition.leader_epoch and answer.partition_epoch >= partition.partition_epoch:
                log.info("%s-%d: in sync are now %s", partition.topic, partition.index, ", ".join(map(str, answer.isr)))
                leadership.committed_isr = frozenset(answer.isr)
                partition.partition_epoch = answer.partition_epoch
                leadership.proposed = None
                self._changed(partition)
            return
        log.info("%s-%d: the in-sync set stays as it is: %s", partition.topic, partition.index, code.name)
        leadership.proposed = None


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())
