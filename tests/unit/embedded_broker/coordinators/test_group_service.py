"""The coordinator as handlers and metadata see it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.helpers.handled_broker import OFFSETS_TOPIC, HandledBroker, topic_id
from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.coordinators.placement import partition_for
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    HeartbeatRequest,
    JoinGroupRequest,
    LeaveGroupRequest,
    OffsetCommitRequest,
    OffsetDeleteRequest,
    OffsetFetchRequest,
    SyncGroupRequest,
)

CALLER = Caller("app", "/127.0.0.1", 9)


def commit_request(group: str = "g", topic: str = "t", offset: int = 5) -> OffsetCommitRequest:
    return OffsetCommitRequest(
        group_id=group,
        topics=[
            OffsetCommitRequest.OffsetCommitRequestTopic(
                name=topic,
                topic_id=topic_id(topic),
                partitions=[
                    OffsetCommitRequest.OffsetCommitRequestPartition(
                        partition_index=0, committed_offset=offset, committed_metadata=""
                    )
                ],
            )
        ],
    )


def fetch_group(group: str = "g") -> OffsetFetchRequest.OffsetFetchRequestGroup:
    return OffsetFetchRequest.OffsetFetchRequestGroup(group_id=group, topics=None)


def join_request(group: str = "g", session_ms: int = 10_000) -> JoinGroupRequest:
    return JoinGroupRequest(
        group_id=group,
        session_timeout_ms=session_ms,
        rebalance_timeout_ms=1_000,
        protocol_type="consumer",
        protocols=[JoinGroupRequest.JoinGroupRequestProtocol(name="range", metadata=b"")],
    )


async def outcome_of(outcome: Any) -> Any:
    return await outcome if isinstance(outcome, asyncio.Future) else outcome


async def committed(broker: HandledBroker, group: str = "g") -> list[tuple[str, int]]:
    response = await outcome_of(broker.groups.fetch_offsets(fetch_group(group), require_stable=True))
    assert response.error_code == ErrorCode.NONE
    return [(topic.name, entry.committed_offset) for topic in response.topics for entry in topic.partitions]


async def test_groups_are_spread_over_the_partitions_that_there_are() -> None:
    broker = HandledBroker({"t": 1}, offsets_partitions=7)
    assert broker.groups.partition_for("my-group") == partition_for("my-group", 7)
    await outcome_of(broker.groups.commit_offsets(CALLER, commit_request("my-group")))
    assert len(broker.logs.records(partition_for("my-group", 7))) == 1


async def test_before_the_topic_exists_its_setting_counts() -> None:
    broker = HandledBroker(offsets_partitions=0)
    assert broker.groups.partition_for("my-group") == partition_for("my-group", 50)
    response = await outcome_of(broker.groups.commit_offsets(CALLER, commit_request()))
    assert response.topics[0].partitions[0].error_code == ErrorCode.NOT_COORDINATOR


class TestLeadership:
    async def test_a_new_leader_elsewhere_takes_the_groups_away(self) -> None:
        broker = HandledBroker({"t": 1}, offsets_partitions=1)
        await outcome_of(broker.groups.commit_offsets(CALLER, commit_request()))
        broker.lead(OFFSETS_TOPIC, 0, leader=2, epoch=1)
        failed = broker.groups.fetch_offsets(fetch_group(), require_stable=False)
        assert (await outcome_of(failed)).error_code == ErrorCode.NOT_COORDINATOR
        broker.lead(OFFSETS_TOPIC, 0, leader=1, epoch=2)
        assert await committed(broker) == [("t", 5)]

    async def test_a_leader_that_is_elected_again_goes_on(self) -> None:
        broker = HandledBroker({"t": 1}, offsets_partitions=1)
        waiting = broker.groups.join(CALLER, join_request())
        broker.lead(OFFSETS_TOPIC, 0, leader=1, epoch=1)
        assert (await outcome_of(waiting)).error_code == ErrorCode.MEMBER_ID_REQUIRED
        await asyncio.sleep(0)
        (group,) = broker.groups.list_groups([], []).groups
        assert group.group_id == "g"

    async def test_the_topic_deleted_takes_everything_along(self) -> None:
        broker = HandledBroker({"t": 1}, offsets_partitions=1)
        broker.delete(OFFSETS_TOPIC)
        response = await outcome_of(broker.groups.heartbeat(HeartbeatRequest(group_id="g")))
        assert response.error_code == ErrorCode.NOT_COORDINATOR

    async def test_a_member_is_sent_to_the_new_leader_with_whatever_it_asks(self) -> None:
        broker = HandledBroker({"t": 1}, offsets_partitions=1)
        broker.lead(OFFSETS_TOPIC, 0, leader=2, epoch=1)
        groups = broker.groups
        for outcome in (
            groups.join(CALLER, join_request()),
            groups.sync(SyncGroupRequest(group_id="g", member_id="m", generation_id=1)),
            groups.heartbeat(HeartbeatRequest(group_id="g", member_id="m", generation_id=1)),
        ):
            assert (await outcome_of(outcome)).error_code == ErrorCode.NOT_COORDINATOR

    async def test_closing_answers_who_waits(self) -> None:
        broker = HandledBroker(offsets_partitions=1, group_initial_rebalance_delay_ms=60_000)
        waiting = broker.groups.join(Caller("app", "/h", 3), join_request())
        assert isinstance(waiting, asyncio.Future)
        await asyncio.sleep(0)
        broker.groups.close()
        assert (await waiting).error_code == ErrorCode.NOT_COORDINATOR

    async def test_who_controls_the_cluster_does_not_matter(self) -> None:
        broker = HandledBroker()
        broker.groups.on_controller_change(None)  # type: ignore[arg-type]
        assert broker.groups.runtime.active_partitions() == [0, 1, 2, 3]


class TestDeletedTopics:
    async def test_their_offsets_are_forgotten_in_all_groups(self) -> None:
        broker = HandledBroker({"t": 1, "u": 1})
        for group in ("g", "h"):
            for topic in ("t", "u"):
                await outcome_of(broker.groups.commit_offsets(CALLER, commit_request(group, topic)))
        broker.delete("t")
        assert [await committed(broker, group) for group in ("g", "h")] == [[("u", 5)]] * 2

    async def test_a_failure_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        broker = HandledBroker({"t": 1}, offsets_partitions=1)
        await outcome_of(broker.groups.commit_offsets(CALLER, commit_request()))
        broker.logs.append_error = ErrorCode.NOT_ENOUGH_REPLICAS
        with caplog.at_level(logging.WARNING):
            broker.delete("t")
            await asyncio.sleep(0)
        assert "could not be removed" in caplog.text


@pytest.mark.parametrize("name", ["join", "sync", "heartbeat", "leave", "delete_offsets"])
async def test_these_need_a_group_id(name: str) -> None:
    groups = HandledBroker().groups
    asked = {
        "join": lambda: groups.join(CALLER, join_request("")),
        "sync": lambda: groups.sync(SyncGroupRequest()),
        "heartbeat": lambda: groups.heartbeat(HeartbeatRequest()),
        "leave": lambda: groups.leave(LeaveGroupRequest()),
        "delete_offsets": lambda: groups.delete_offsets(OffsetDeleteRequest()),
    }
    assert (await outcome_of(asked[name]())).error_code == ErrorCode.INVALID_GROUP_ID


async def test_offsets_may_be_committed_under_no_group_id() -> None:
    broker = HandledBroker({"t": 1})
    await outcome_of(broker.groups.commit_offsets(CALLER, commit_request("")))
    assert await committed(broker, "") == [("t", 5)]


@pytest.mark.parametrize(
    ("session_ms", "expected"),
    [
        (5_999, ErrorCode.INVALID_SESSION_TIMEOUT),
        (6_000, ErrorCode.MEMBER_ID_REQUIRED),
        (1_800_000, ErrorCode.MEMBER_ID_REQUIRED),
        (1_800_001, ErrorCode.INVALID_SESSION_TIMEOUT),
    ],
)
async def test_sessions_have_bounds(session_ms: int, expected: ErrorCode) -> None:
    response = await outcome_of(HandledBroker().groups.join(CALLER, join_request(session_ms=session_ms)))
    assert response.error_code == expected


class TestFailures:
    """What is told of a log that cannot be written, by each request."""

    def broker(self, error: ErrorCode = ErrorCode.NOT_ENOUGH_REPLICAS) -> HandledBroker:
        broker = HandledBroker({"t": 1}, offsets_partitions=1)
        broker.logs.append_error = error
        return broker

    async def test_a_commit_fails_for_each_partition(self) -> None:
        response = await outcome_of(self.broker().groups.commit_offsets(CALLER, commit_request()))
        assert response.topics[0].partitions[0].error_code == ErrorCode.COORDINATOR_NOT_AVAILABLE

    async def test_a_stable_fetch_sends_old_consumers_to_look_for_the_coordinator(self) -> None:
        broker = self.broker()
        commit = broker.groups.commit_offsets(CALLER, commit_request())
        fetch = broker.groups.fetch_offsets(fetch_group(), require_stable=True)
        assert (await outcome_of(fetch)).error_code == ErrorCode.NOT_COORDINATOR
        await outcome_of(commit)

    async def test_a_deletion_fails_for_each_group(self) -> None:
        broker = HandledBroker({"t": 1}, offsets_partitions=1)
        for group in ("g", "h"):
            await outcome_of(broker.groups.commit_offsets(CALLER, commit_request(group)))
        broker.logs.append_error = ErrorCode.NOT_LEADER_OR_FOLLOWER
        results = await broker.groups.delete_groups(["g", "h", "unknown"])
        assert {result.group_id: result.error_code for result in results} == {
            "g": ErrorCode.NOT_COORDINATOR,
            "h": ErrorCode.NOT_COORDINATOR,
            "unknown": ErrorCode.NOT_COORDINATOR,
        }

    async def test_a_new_member_is_told_that_its_group_could_not_be_written(self) -> None:
        response = await outcome_of(self.broker().groups.join(Caller("app", "/h", 9), join_request()))
        assert response.error_code == ErrorCode.MEMBER_ID_REQUIRED, "its id is told before the group is written"

    async def test_leaving_an_unknown_group_is_told_for_each_member(self) -> None:
        identity = LeaveGroupRequest.MemberIdentity(member_id="m", group_instance_id="i")
        response = await outcome_of(self.broker().groups.leave(LeaveGroupRequest(group_id="g", members=[identity])))
        assert (response.error_code, response.members[0].error_code) == (ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID)

    async def test_leaving_elsewhere_is_told_at_the_top(self) -> None:
        broker = HandledBroker(offsets_partitions=0)
        response = await outcome_of(broker.groups.leave(LeaveGroupRequest(group_id="g")))
        assert (response.error_code, response.members) == (ErrorCode.NOT_COORDINATOR, [])


async def test_heartbeats_are_believed_while_a_group_is_being_loaded() -> None:
    broker = HandledBroker({"t": 1}, offsets_partitions=1, offsets_load_buffer_size=1)
    for _ in range(3):
        await outcome_of(broker.groups.commit_offsets(CALLER, commit_request()))
    broker.lead(OFFSETS_TOPIC, 0, leader=2, epoch=1)
    broker.lead(OFFSETS_TOPIC, 0, leader=1, epoch=2)
    assert broker.groups.runtime.is_loading
    response = await outcome_of(broker.groups.heartbeat(HeartbeatRequest(group_id="g", member_id="m")))
    assert response.error_code == ErrorCode.NONE
    assert broker.groups.list_groups([], []).error_code == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    (described,) = broker.groups.describe_groups(["g"], 6)
    assert described.error_code == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    (deleted,) = await broker.groups.delete_groups(["g"])
    assert deleted.error_code == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
