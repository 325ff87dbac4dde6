"""Static members: known by their instance id, they come back without a rebalance, and fence who they were."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation, Speaker
from tests.conformance.registry import scenario
from tests.conformance.scenarios.group_membership import beat, join_fields, sync_fields


def _static(group: str, instance: str, member: str = "", **more: Any) -> dict[str, Any]:
    return join_fields(group, member, group_instance_id=instance, **more)


def _pair(talk: Conversation, group: str) -> tuple[Speaker, str, Speaker, str, int]:
    """A stable group of the static members `one`, who leads, and `two`."""
    talk.coordinator_ready(group)
    first, second = talk.speaker("first"), talk.speaker("second")
    joined = first.setup("JoinGroup", 5, **_static(group, "one"))
    one, generation = joined["member_id"], joined["generation_id"]
    first.setup("SyncGroup", 3, **sync_fields(group, one, generation, {one: b"all"}, group_instance_id="one"))
    second.send_silently("JoinGroup", 5, **_static(group, "two"))
    checked = beat(group, one, generation, group_instance_id="one")
    talk.until(lambda: bool(first.setup("Heartbeat", 3, **checked)["error_code"] == 27), "the rebalance")
    first.send_silently("JoinGroup", 5, **_static(group, "one", one))
    generation = first.receive_silently()["generation_id"]
    two = second.receive_silently()["member_id"]
    first.setup("SyncGroup", 3, **sync_fields(group, one, generation, {one: b"1", two: b"2"}, group_instance_id="one"))
    second.setup("SyncGroup", 3, **sync_fields(group, two, generation, group_instance_id="two"))
    return first, one, second, two, generation


@scenario
def join_at_each_version(talk: Conversation) -> None:
    """A static member joins at once, at every version that knows instance ids."""
    for version in range(5, 10):
        group = talk.name(f"static-v{version}")
        talk.coordinator_ready(group)
        talk.ask("JoinGroup", version, **_static(group, "instance"))


@scenario
def comes_back(talk: Conversation) -> None:
    """A restarted follower gets a new id, the same generation and its assignment; its old id is fenced."""
    group = talk.name("restart")
    _, _, second, two, generation = _pair(talk, group)
    back = second.ask("JoinGroup", 9, **_static(group, "two"))
    new = back["member_id"]
    second.ask("SyncGroup", 5, **sync_fields(group, new, back["generation_id"], group_instance_id="two"))
    talk.title("the old id is fenced")
    fenced: dict[str, Any] = {"group_instance_id": "two"}
    second.ask("Heartbeat", 3, **beat(group, two, generation, **fenced))
    second.ask("SyncGroup", 3, **sync_fields(group, two, generation, **fenced))
    second.ask("JoinGroup", 5, **_static(group, "two", two))
    second.ask("LeaveGroup", 3, group_id=group, members=[{"member_id": two, "group_instance_id": "two"}])
    commit = {"group_id": group, "generation_id_or_member_epoch": generation, "member_id": two, **fenced}
    second.ask("OffsetCommit", 7, **commit, topics=[])
    talk.title("the new one beats")
    second.ask("Heartbeat", 3, **beat(group, new, generation, **fenced))


@scenario
def leader_comes_back(talk: Conversation) -> None:
    """A restarted leader leads on without a rebalance; from version 9 it is told to skip the assignment."""
    for version in (5, 8, 9):
        group = talk.name(f"leader-v{version}")
        first, _, _, _, _ = _pair(talk, group)
        talk.title(f"version {version}")
        first.ask("JoinGroup", version, **_static(group, "one"))


@scenario
def comes_back_changed(talk: Conversation) -> None:
    """Another subscription under the chosen protocol keeps the generation; a change of the chosen protocol does not."""
    group = talk.name("changed")
    _, _, second, two, generation = _pair(talk, group)
    second.ask("JoinGroup", 9, **_static(group, "two", protocols=[{"name": "range", "metadata": b"other"}]))
    second.ask("Heartbeat", 3, **beat(group, two, generation, group_instance_id="two"))
    talk.ask("DescribeGroups", 5, groups=[group])
    talk.title("the chosen protocol is gone")
    single = talk.name("single")
    talk.coordinator_ready(single)
    both = [{"name": "range", "metadata": b"r"}, {"name": "sticky", "metadata": b"s"}]
    joined = talk.setup("JoinGroup", 9, **_static(single, "one", protocols=both))
    one = joined["member_id"]
    talk.setup("SyncGroup", 3, **sync_fields(single, one, 1, {one: b"all"}, group_instance_id="one"))
    talk.ask("JoinGroup", 9, **_static(single, "one", protocols=both[1:]))


@scenario
def leaving(talk: Conversation) -> None:
    """A static member is removed by its instance id alone, by anybody; a wrong pair of ids is told apart."""
    group = talk.name("leaving")
    _, one, _, two, _ = _pair(talk, group)
    leavers: list[list[dict[str, str | None]]] = [
        [{"member_id": "", "group_instance_id": "nobody"}],
        [{"member_id": one, "group_instance_id": "two"}],
        [{"member_id": "stranger", "group_instance_id": "two"}],
        [{"member_id": "", "group_instance_id": "two"}, {"member_id": "stranger", "group_instance_id": None}],
        [{"member_id": two, "group_instance_id": "two"}],
        [{"member_id": one, "group_instance_id": None}],
    ]
    for members in leavers:
        talk.ask("LeaveGroup", 5, group_id=group, members=[{**member, "reason": "test"} for member in members])
    talk.ask("DescribeGroups", 5, groups=[group])


@scenario
def wrong_instances(talk: Conversation) -> None:
    """Instance ids with a stranger's member id, unknown ones, and empty ones."""
    group = talk.name("wrong")
    _, one, _, _, generation = _pair(talk, group)
    talk.ask("JoinGroup", 5, **_static(group, "three", "stranger"))
    talk.ask("JoinGroup", 5, **_static(group, "one", "stranger"))
    for instance in ("unknown", "two", ""):
        talk.ask("Heartbeat", 3, **beat(group, one, generation, group_instance_id=instance))
    talk.ask("Heartbeat", 3, **beat(group, one, generation, group_instance_id=None))
    talk.ask("DescribeGroups", 5, groups=[group])
