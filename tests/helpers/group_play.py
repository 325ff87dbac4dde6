"""A group coordinator on a log in memory, asked in the words of a test.

Requests are named by tickets; `answers[ticket]` is what they were told, and a ticket without an answer waits.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from tests.helpers.coordinator_doubles import HandScheduler, MemoryLogs
from workbench.embedded_broker.coordinators.decision import Decision
from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.group.shard import GroupShard
from workbench.embedded_broker.coordinators.runtime import CoordinatorRuntime
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    DescribeGroupsResponse,
    HeartbeatRequest,
    JoinGroupRequest,
    JoinGroupResponse,
    LeaveGroupRequest,
    LeaveGroupResponse,
    OffsetCommitRequest,
    OffsetFetchRequest,
    SyncGroupRequest,
    SyncGroupResponse,
)

TOPIC_ID = bytes(range(16))


def subscription(*topics: str) -> bytes:
    """What a consumer tells with its join: version 1, topics, no user data, no owned partitions."""
    names = b"".join(struct.pack(">h", len(topic.encode())) + topic.encode() for topic in topics)
    return struct.pack(">hi", 1, len(topics)) + names + struct.pack(">ii", -1, 0)


SUBSCRIPTION = subscription("subscribed")


class GroupPlay:
    """Partition 0 of the offsets topic, led in epoch 0; member ids are CLIENT-uuid-N."""

    def __init__(self, *, logs: MemoryLogs | None = None, replicates_at_once: bool = True, **settings: int) -> None:
        self.scheduler = HandScheduler()
        self.logs = logs or MemoryLogs(replicates_at_once=replicates_at_once)
        self.settings = GroupSettings(**{"group_initial_rebalance_delay_ms": 0, **settings})
        self.answers: dict[Any, Any] = {}
        self._ids = count(1)
        self._tickets = count(1)
        self.runtime: CoordinatorRuntime[GroupShard] = CoordinatorRuntime(
            "__consumer_offsets",
            lambda: GroupShard(self.settings, lambda: f"uuid-{next(self._ids)}"),
            self.logs,
            self.scheduler,
            self._answer,
            write_timeout_ms=self.settings.offsets_commit_timeout_ms,
            load_buffer_bytes=self.settings.offsets_load_buffer_size,
        )
        self.runtime.on_election(0, 0)
        self.scheduler.settle()

    def _answer(self, ticket: Any, response: Any) -> None:
        self.answers.setdefault(ticket, response)

    @property
    def shard(self) -> GroupShard:
        return self.runtime.read(0, lambda shard: shard)

    def write(self, decide: Any) -> dict[str, Any]:
        """Carries a decision out; the dictionary has `response` or `error` once it is done."""
        outcome: dict[str, Any] = {}

        def done(response: Any, error: BrokerError | None) -> None:
            outcome.update(error=error.code) if error is not None else outcome.update(response=response)

        self.runtime.write(0, decide, done)
        self.scheduler.settle()
        return outcome

    # membership

    def join(
        self,
        client: str = "c",
        member: str = "",
        *,
        group: str = "g",
        version: int = 9,
        instance: str | None = None,
        protocols: Mapping[str, bytes] | None = None,
        protocol_type: str = "consumer",
        session_ms: int = 10_000,
        rebalance_ms: int = 60_000,
    ) -> str:
        """The ticket of a join; settled, so `answers` has what can be told at once."""
        ticket = f"join-{next(self._tickets)}"
        request = JoinGroupRequest(
            group_id=group,
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=rebalance_ms,
            member_id=member,
            group_instance_id=instance,
            protocol_type=protocol_type,
            protocols=[
                JoinGroupRequest.JoinGroupRequestProtocol(name=name, metadata=metadata)
                for name, metadata in (protocols if protocols is not None else {"range": SUBSCRIPTION}).items()
            ],
        )
        caller = Caller(client, "/127.0.0.1", version)
        outcome = self.write(lambda shard, now_ms: shard.join(caller, request, ticket, now_ms))
        if "error" in outcome:
            self._answer(ticket, JoinGroupResponse(error_code=outcome["error"]))
        return ticket

    def joined(self, ticket: str) -> JoinGroupResponse:
        response = self.answers[ticket]
        assert isinstance(response, JoinGroupResponse)
        return response

    def new_member(self, client: str = "c", **how: Any) -> tuple[str, str]:
        """Joins, takes the id that it is given, and joins with it: (member id, ticket)."""
        first = self.joined(self.join(client, **how))
        assert first.error_code == ErrorCode.MEMBER_ID_REQUIRED
        return first.member_id, self.join(client, first.member_id, **how)

    def sync(
        self,
        member: str,
        generation: int,
        assignments: Mapping[str, bytes] | None = None,
        *,
        group: str = "g",
        instance: str | None = None,
        protocol_type: str | None = "consumer",
        protocol_name: str | None = "range",
    ) -> str:
        ticket = f"sync-{next(self._tickets)}"
        request = SyncGroupRequest(
            group_id=group,
            generation_id=generation,
            member_id=member,
            group_instance_id=instance,
            protocol_type=protocol_type,
            protocol_name=protocol_name,
            assignments=[
                SyncGroupRequest.SyncGroupRequestAssignment(member_id=to, assignment=assignment)
                for to, assignment in (assignments or {}).items()
            ],
        )
        outcome = self.write(lambda shard, now_ms: shard.sync(request, ticket, now_ms))
        if "error" in outcome:
            self._answer(ticket, SyncGroupResponse(error_code=outcome["error"]))
        return ticket

    def stable_group(self, *clients: str, group: str = "g", **how: Any) -> list[str]:
        """Members of a group that is through its rebalance; the first leads. Their assignment is their name."""
        members: list[str] = []
        for client in clients or ("c",):
            member, _ = self.new_member(client, group=group, **how)
            members.append(member)
            for other in members[:-1]:
                self.join("any", other, group=group, **how)
        generation = self.group(group).generation_id  # type: ignore[union-attr]
        self.sync(members[0], generation, {member: member.encode() for member in members}, group=group)
        for member in members[1:]:
            self.sync(member, generation, group=group)
        assert self.describe(group).group_state == "Stable"
        return members

    def heartbeat(
        self, member: str, generation: int, *, group: str = "g", instance: str | None = None
    ) -> ErrorCode | None:
        """None while the answer waits for something that is being written."""
        request = HeartbeatRequest(
            group_id=group, generation_id=generation, member_id=member, group_instance_id=instance
        )
        outcome = self.write(lambda shard, now_ms: shard.heartbeat(request, now_ms))
        return ErrorCode(outcome["response"].error_code) if "response" in outcome else outcome.get("error")

    def leave(self, *members: tuple[str, str | None], group: str = "g") -> LeaveGroupResponse | ErrorCode | None:
        request = LeaveGroupRequest(
            group_id=group,
            members=[
                LeaveGroupRequest.MemberIdentity(member_id=member, group_instance_id=instance)
                for member, instance in members
            ],
        )
        outcome = self.write(lambda shard, now_ms: shard.leave(request, now_ms))
        return outcome["response"] if "response" in outcome else outcome.get("error")

    # offsets

    def commit(
        self,
        offsets: Mapping[tuple[str, int], int] | None = None,
        *,
        group: str = "g",
        member: str = "",
        generation: int = -1,
        instance: str | None = None,
        version: int = 9,
        metadata: str | None = "",
        retention_ms: int = -1,
        topic_id: bytes = TOPIC_ID,
    ) -> Any:
        """Error codes in order of the partitions, one error for all, or {} while the commit waits."""
        request = OffsetCommitRequest(
            group_id=group,
            generation_id_or_member_epoch=generation,
            member_id=member,
            group_instance_id=instance,
            retention_time_ms=retention_ms,
            topics=[
                OffsetCommitRequest.OffsetCommitRequestTopic(
                    name=topic,
                    topic_id=topic_id,
                    partitions=[
                        OffsetCommitRequest.OffsetCommitRequestPartition(
                            partition_index=partition, committed_offset=offset, committed_metadata=metadata
                        )
                    ],
                )
                for (topic, partition), offset in (offsets or {("t", 0): 5}).items()
            ],
        )
        caller = Caller("c", "/127.0.0.1", version)
        outcome = self.write(lambda shard, now_ms: shard.commit_offsets(caller, request, now_ms))
        if "response" not in outcome:
            return outcome.get("error", {})
        return [ErrorCode(entry.error_code) for topic in outcome["response"].topics for entry in topic.partitions]

    def fetch(
        self,
        topics: Mapping[str, Sequence[int]] | None = None,
        *,
        group: str = "g",
        is_stable: bool = False,
        topic_id: bytes = bytes(16),
    ) -> dict[tuple[str, int], int | ErrorCode]:
        """Committed offsets, or errors, by partition; without `topics`, of all."""
        asked = None
        if topics is not None:
            asked = [
                OffsetFetchRequest.OffsetFetchRequestTopics(
                    name=topic, topic_id=topic_id, partition_indexes=list(partitions)
                )
                for topic, partitions in topics.items()
            ]
        request = OffsetFetchRequest.OffsetFetchRequestGroup(group_id=group, topics=asked)
        if is_stable:
            response = self.write(
                lambda shard, now_ms: Decision(response=shard.fetch_offsets(request, is_stable=True))
            )["response"]
        else:
            response = self.shard.fetch_offsets(request, is_stable=False)
        return {
            (topic.name, entry.partition_index): ErrorCode(entry.error_code) or entry.committed_offset
            for topic in response.topics
            for entry in topic.partitions
        }

    # looking

    def group(self, group_id: str = "g") -> Any:
        return self.shard._registry.find(group_id)

    def describe(self, group_id: str = "g", version: int = 5) -> DescribeGroupsResponse.DescribedGroup:
        return self.shard.describe([group_id], version)[0]

    def state(self, group_id: str = "g") -> str:
        return str(self.describe(group_id).group_state)

    def failover(self) -> None:
        """Another broker takes the partition over: all that is not in the log is gone."""
        epoch = self.runtime._partitions[0].leader_epoch
        self.runtime.on_resignation(0, epoch + 1)
        self.runtime.on_election(0, epoch + 2)
        self.scheduler.settle()
