"""Which changes of in-sync sets a broker asks the controller for, and what its answers mean; no I/O (KIP-497, KIP-903).

Invariants:
- a partition has one change under way; until it is known to hold or not, the leader counts on the larger set;
- an answer concerns only the change it was asked for, in the leader epoch and from the partition epoch it was asked in;
- what the controller refuses because it knows more than we (fenced, old partition epoch, unknown topic) stays under way
  until the metadata says how things are: the change may have been made by an attempt whose answer was lost.

Source: kafka.server.AlterPartitionManager, kafka.cluster.Partition.submitAlterPartition.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.replication.events import IsrAnswered
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.leading import ISR_REFUSALS
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionRequest, AlterPartitionResponse

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.partition import Partition

log = logging.getLogger(__name__)

_METADATA_WILL_TELL = frozenset(
    {
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode.UNKNOWN_TOPIC_ID,
        ErrorCode.FENCED_LEADER_EPOCH,
        ErrorCode.INVALID_UPDATE_VERSION,
        ErrorCode.INVALID_REQUEST,
        ErrorCode.NEW_LEADER_ELECTED,
    }
)

_TOLD_ONE_BY_ONE = 5
"""A broker that dies changes the in-sync sets of thousands of partitions at once."""

_Key = tuple[bytes, int]


class IsrChanges:
    """The leader's side of one broker: `propose`, then `next_request` and its outcome by turns."""

    def __init__(self, node_id: int, *, broker_epoch: Callable[[], int], now_ms: Callable[[], int]) -> None:
        self._node_id = node_id
        self._broker_epoch = broker_epoch
        self._now_ms = now_ms
        self._waiting: dict[_Key, tuple[Partition, IsrProposal]] = {}
        self._asked: dict[_Key, tuple[Partition, IsrProposal]] = {}

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        """Asks with the next request for what the partition's leader counts on by now."""
        self._waiting[partition.topic_id, partition.index] = (partition, proposal)

    def next_request(self) -> AlterPartitionRequest | None:
        """One request for all that waits and still counts; None if nothing does."""
        self._asked = {
            key: (partition, proposal)
            for key, (partition, proposal) in self._waiting.items()
            if partition.machine.is_under_way(proposal)
        }
        self._waiting.clear()
        if not self._asked:
            return None
        topics: dict[bytes, AlterPartitionRequest.TopicData] = {}
        for (topic_id, index), (partition, proposal) in self._asked.items():
            topic = topics.setdefault(topic_id, AlterPartitionRequest.TopicData(topic_id=topic_id))
            topic.partitions.append(
                AlterPartitionRequest.PartitionData(
                    partition_index=index,
                    leader_epoch=partition.leader_epoch,
                    partition_epoch=partition.partition_epoch,
                    new_isr_with_epochs=[
                        AlterPartitionRequest.BrokerState(
                            broker_id=member, broker_epoch=self._broker_epoch() if member == self._node_id else epoch
                        )
                        for member, epoch in zip(proposal.isr, proposal.broker_epochs, strict=True)
                    ],
                )
            )
        return AlterPartitionRequest(
            broker_id=self._node_id, broker_epoch=self._broker_epoch(), topics=list(topics.values())
        )

    def failed(self) -> None:
        """The request got no answer, or none that says anything of its partitions: all of it is asked again."""
        self._waiting = {**self._asked, **self._waiting}
        self._asked = {}

    def answered(self, response: AlterPartitionResponse) -> bool:
        """Takes the controller's word for each partition; what it leaves out or cannot do now is asked again: True."""
        asked, self._asked = self._asked, {}
        outcomes = _Outcomes()
        for topic in response.topics:
            for answer in topic.partitions:
                change = asked.pop((bytes(topic.topic_id), answer.partition_index), None)
                if change is not None and self._must_ask_again(*change, answer, outcomes):
                    asked[change[0].topic_id, answer.partition_index] = change
        outcomes.tell()
        self._waiting = {**asked, **self._waiting}
        return bool(asked)

    def _must_ask_again(
        self,
        partition: Partition,
        proposal: IsrProposal,
        answer: AlterPartitionResponse.PartitionData,
        outcomes: _Outcomes,
    ) -> bool:
        if not partition.machine.is_under_way(proposal):
            return False
        code = ErrorCode(answer.error_code)
        partition.step(
            IsrAnswered(proposal, code, answer.leader_epoch, answer.partition_epoch, tuple(answer.isr)),
            self._now_ms(),
        )
        if code == ErrorCode.NONE:
            if not partition.machine.is_under_way(proposal):
                outcomes.note(partition, f"in sync are now {', '.join(map(str, answer.isr))}")
        elif code in ISR_REFUSALS:
            outcomes.note(partition, f"the in-sync set stays as it is: {code.name}")
        elif code in _METADATA_WILL_TELL:
            outcomes.note(partition, f"the in-sync set awaits the metadata: {code.name}")
        else:
            outcomes.note(partition, f"the in-sync set is asked for again: {code.name}", logging.WARNING)
            return True
        return False


class _Outcomes:
    """What became of the partitions of one answer: a line for each, or one for all alike where there are many."""

    def __init__(self) -> None:
        self._alike: dict[tuple[int, str], list[Partition]] = {}

    def note(self, partition: Partition, outcome: str, level: int = logging.INFO) -> None:
        self._alike.setdefault((level, outcome), []).append(partition)

    def tell(self) -> None:
        for (level, outcome), partitions in self._alike.items():
            names = [f"{partition.topic}-{partition.index}" for partition in partitions]
            if len(names) > _TOLD_ONE_BY_ONE:
                names = [f"{len(names)} partitions ({', '.join(names[:_TOLD_ONE_BY_ONE])}, ...)"]
            for name in names:
                log.log(level, "%s: %s", name, outcome)
