"""The classic group's life: find the coordinator, join, sync, beat, leave; alone, together, as a static member."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation, Speaker
from tests.conformance.registry import scenario

PROTOCOLS = [{"name": "range", "metadata": b"r"}]


def join_fields(group: str, member: str = "", **more: Any) -> dict[str, Any]:
    """A JoinGroup with the shortest timeouts that Kafka takes."""
    return {
        "group_id": group,
        "session_timeout": 6000,
        "rebalance_timeout": 6000,
        "member_id": member,
        "protocol_type": "consumer",
        "protocols": PROTOCOLS,
        **more,
    }


def sync_fields(
    group: str, member: str, generation: int, assignments: dict[str, bytes] | None = None, **more: Any
) -> dict[str, Any]:
    given = [{"member_id": name, "assignment": content} for name, content in (assignments or {}).items()]
    return {
        "group_id": group,
        "generation_id": generation,
        "member_id": member,
        "protocol_type": "consumer",
        "protocol_name": "range",
        "assignments": given,
        **more,
    }


def beat(group: str, member: str, generation: int, **more: Any) -> dict[str, Any]:
    return {"group_id": group, "generation_id": generation, "member_id": member, **more}


def alone(talk: Conversation, group: str, speaker: Speaker | None = None, **more: Any) -> tuple[str, int]:
    """Makes a stable group of one silently; returns the member id and the generation."""
    speaker = speaker or talk
    talk.coordinator_ready(group)
    joined = speaker.setup("JoinGroup", 3, **join_fields(group, **more))
    assert joined["error_code"] == 0, joined
    member, generation = joined["member_id"], joined["generation_id"]
    speaker.setup("SyncGroup", 3, **sync_fields(group, member, generation, {member: b"all"}))
    return member, generation


def new_id(speaker: Speaker, group: str, **more: Any) -> str:
    """The member id that a first JoinGroup of version 4 and later is told to come back with."""
    told = speaker.setup("JoinGroup", 5, **join_fields(group, **more))
    assert told["error_code"] == 79, told
    return str(told["member_id"])


@scenario
def coordinator_at_each_version(talk: Conversation) -> None:
    """FindCoordinator of a group at every version: one key to 3, several from 4."""
    group = talk.name("group")
    talk.coordinator_ready(group)
    talk.ask_each("FindCoordinator", range(4), {"key": group, "key_type": 0})
    talk.ask_each("FindCoordinator", range(4, 7), {"key_type": 0, "coordinator_keys": [group, talk.name("other")]})


@scenario
def coordinator_wrong(talk: Conversation) -> None:
    """Empty and null keys, unknown key types, share keys that are none."""
    talk.coordinator_ready(talk.name("group"))
    talk.ask("FindCoordinator", 3, key="", key_type=0)
    talk.ask("FindCoordinator", 3, key="x", key_type=9)
    talk.ask("FindCoordinator", 4, key_type=9, coordinator_keys=["x"])
    talk.ask("FindCoordinator", 4, key_type=0, coordinator_keys=[])
    talk.ask("FindCoordinator", 4, key_type=0, coordinator_keys=["", "x", "x"])
    talk.ask("FindCoordinator", 6, key_type=2, coordinator_keys=["not:a:key"])


@scenario
def join_at_each_version(talk: Conversation) -> None:
    """A first member at every version: to 3 at once, from 4 it must come back with the id that it is told."""
    for version in range(10):
        group = talk.name(f"group-v{version}")
        talk.coordinator_ready(group)
        talk.title(f"version {version}")
        joined = talk.ask("JoinGroup", version, **join_fields(group, reason="first"))
        if joined["error_code"]:
            joined = talk.ask("JoinGroup", version, **join_fields(group, joined["member_id"]))
        member, generation = joined["member_id"], joined["generation_id"]
        leave = {"group_id": group, "member_id": member, "members": [{"member_id": member}]}
        talk.ask("SyncGroup", min(version, 5), **sync_fields(group, member, generation, {member: b"all"}))
        talk.ask("Heartbeat", min(version, 4), **beat(group, member, generation))
        talk.ask("LeaveGroup", min(version, 5), **leave)


@scenario
def join_wrong(talk: Conversation) -> None:
    """Wrong groups, timeouts, protocols and members."""
    group = talk.name("group")
    talk.coordinator_ready(group)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("no group id", {"group_id": ""}),
        ("a session timeout below the minimum", {"session_timeout": 5999}),
        ("a session timeout above the maximum", {"session_timeout": 1_800_001}),
        ("no protocols", {"protocols": []}),
        ("no protocol type", {"protocol_type": ""}),
        ("a member that nobody knows", {"member_id": "stranger"}),
        ("a rebalance timeout of -1", {"rebalance_timeout": -1, "group_id": talk.name("minus")}),
    ]
    for what, given in wrong:
        talk.title(what)
        talk.ask("JoinGroup", 2, **{**join_fields(group), **given})
    member, generation = alone(talk, group)
    other = talk.speaker("other")
    wrong = [
        ("another protocol type", {"protocol_type": "connect"}),
        ("no common protocol", {"protocols": [{"name": "sticky", "metadata": b""}]}),
        ("an unknown member of a known group", {"member_id": "stranger"}),
    ]
    for what, given in wrong:
        talk.title(what)
        other.ask("JoinGroup", 2, **{**join_fields(group), **given})
    talk.title("the group went on")
    talk.ask("Heartbeat", 3, **beat(group, member, generation))


@scenario
def two_members(talk: Conversation) -> None:
    """A second member makes the first join again; the leader sees both and hands out the work."""
    group = talk.name("pair")
    talk.coordinator_ready(group)
    first, second = talk.speaker("first"), talk.speaker("second")
    one, generation = alone(talk, group, first)
    talk.title("the second joins and waits")
    other = new_id(second, group)
    second.send("JoinGroup", 5, **join_fields(group, other))
    talk.until(
        lambda: bool(first.setup("Heartbeat", 3, **beat(group, one, generation))["error_code"] == 27), "the rebalance"
    )
    first.ask("Heartbeat", 3, **beat(group, one, generation))
    talk.title("the first joins again")
    first.send("JoinGroup", 5, **join_fields(group, one))
    leader = first.receive()
    second.receive()
    generation = leader["generation_id"]
    talk.title("the second waits for the leader's assignment")
    second.send("SyncGroup", 3, **sync_fields(group, other, generation))
    first.send("SyncGroup", 3, **sync_fields(group, one, generation, {one: b"left", other: b"right"}))
    first.receive()
    second.receive()
    talk.title("a sync again answers the same")
    second.ask("SyncGroup", 3, **sync_fields(group, other, generation))
    talk.title("the first leaves, the second must join again")
    first.ask("LeaveGroup", 3, group_id=group, members=[{"member_id": one}])
    second.ask("Heartbeat", 3, **beat(group, other, generation))
    second.ask("JoinGroup", 5, **join_fields(group, other))


@scenario
def joined_at_once(talk: Conversation) -> None:
    """Two members that join in the same rebalance: the protocol that most prefer is chosen, among the common ones."""
    group = talk.name("votes")
    talk.coordinator_ready(group)
    a, b, c = talk.speaker("a"), talk.speaker("b"), talk.speaker("c")

    def preferring(*names: str) -> list[dict[str, Any]]:
        return [{"name": name, "metadata": name.encode()} for name in names]

    protocols = {a: preferring("x", "y", "z"), b: preferring("y", "x"), c: preferring("z", "y", "x")}
    ids: dict[Speaker, str] = {}
    ids[a], _ = alone(talk, group, a, protocols=protocols[a])
    for speaker in (b, c):
        ids[speaker] = new_id(speaker, group, protocols=protocols[speaker])
        speaker.send("JoinGroup", 5, **join_fields(group, ids[speaker], protocols=protocols[speaker]))

    def both_joined() -> bool:
        members = talk.setup("DescribeGroups", 3, groups=[group])["groups"][0]["members"]
        return len(members) == 3

    talk.until(both_joined, "three members")
    a.send("JoinGroup", 5, **join_fields(group, ids[a], protocols=protocols[a]))
    a.receive()
    b.receive()
    c.receive()


@scenario
def rejoin_while_stable(talk: Conversation) -> None:
    """A follower that joins unchanged gets the same generation; a leader, or a changed one, starts a rebalance."""
    group = talk.name("again")
    first, second = talk.speaker("first"), talk.speaker("second")
    one, generation = alone(talk, group, first)
    other = new_id(second, group)
    second.send_silently("JoinGroup", 5, **join_fields(group, other))
    talk.until(
        lambda: bool(first.setup("Heartbeat", 3, **beat(group, one, generation))["error_code"] == 27), "the rebalance"
    )
    first.send_silently("JoinGroup", 5, **join_fields(group, one))
    generation = first.receive_silently()["generation_id"]
    second.receive_silently()
    first.setup("SyncGroup", 3, **sync_fields(group, one, generation, {one: b"1", other: b"2"}))
    second.setup("SyncGroup", 3, **sync_fields(group, other, generation))
    talk.title("the follower, unchanged")
    second.ask("JoinGroup", 5, **join_fields(group, other))
    talk.title("the leader, unchanged")
    first.send("JoinGroup", 5, **join_fields(group, one))
    talk.until(
        lambda: bool(second.setup("Heartbeat", 3, **beat(group, other, generation))["error_code"] == 27),
        "the rebalance",
    )
    second.ask("JoinGroup", 5, **join_fields(group, other))
    first.receive()


@scenario
def steps_out_of_turn(talk: Conversation) -> None:
    """Sync, beat and leave with wrong generations, members, protocols, and before anything was joined."""
    group = talk.name("turns")
    talk.coordinator_ready(group)
    for what, speaker_fields in (
        ("nobody's group", beat(talk.name("nobody"), "stranger", 1)),
        ("no group id", beat("", "stranger", 1)),
    ):
        talk.title(what)
        talk.ask("Heartbeat", 3, **speaker_fields)
        talk.ask("SyncGroup", 3, **sync_fields(speaker_fields["group_id"], "stranger", 1))
        talk.ask("LeaveGroup", 2, group_id=speaker_fields["group_id"], member_id="stranger")
    member, generation = alone(talk, group)
    talk.title("a stable group")
    for who, when in (
        ("stranger", generation),
        (member, generation + 1),
        (member, generation - 1),
        (member, -1),
        ("", generation),
    ):
        talk.ask("Heartbeat", 3, **beat(group, who, when))
        talk.ask("SyncGroup", 3, **sync_fields(group, who, when))
    talk.ask("SyncGroup", 5, **sync_fields(group, member, generation, protocol_type="connect"))
    talk.ask("SyncGroup", 5, **sync_fields(group, member, generation, protocol_name="sticky"))
    talk.ask("SyncGroup", 5, **sync_fields(group, member, generation, protocol_name=None))
    talk.ask("SyncGroup", 5, **sync_fields(group, member, generation))
    talk.ask("LeaveGroup", 3, group_id=group, members=[{"member_id": "stranger"}, {"member_id": member}])
    talk.ask("LeaveGroup", 3, group_id=group, members=[{"member_id": member}])
    talk.ask("LeaveGroup", 3, group_id=group, members=[])


@scenario
def before_the_assignment(talk: Conversation) -> None:
    """Between join and sync the group completes its rebalance: beats are told so, and commits too."""
    group = talk.name("completing")
    topic = talk.create_topic("topic")
    talk.coordinator_ready(group)
    joined = talk.setup("JoinGroup", 3, **join_fields(group))
    member, generation = joined["member_id"], joined["generation_id"]
    talk.ask("Heartbeat", 3, **beat(group, member, generation))
    part = {"partition_index": 0, "committed_offset": 1, "committed_metadata": None}
    commit = {"group_id": group, "generation_id_or_member_epoch": generation, "member_id": member}
    talk.ask("OffsetCommit", 7, **commit, topics=[{"name": topic, "partitions": [part]}])
    talk.ask("SyncGroup", 3, **sync_fields(group, member, generation))
    talk.ask("Heartbeat", 3, **beat(group, member, generation))


@scenario
def pending_members(talk: Conversation) -> None:
    """A member that was told an id and has not come back is pending: it may leave, but not sync or beat."""
    group = talk.name("pending")
    talk.coordinator_ready(group)
    member = new_id(talk, group)
    talk.ask("Heartbeat", 3, **beat(group, member, 0))
    talk.ask("SyncGroup", 3, **sync_fields(group, member, 0))
    talk.ask("DescribeGroups", 5, groups=[group])
    talk.ask("LeaveGroup", 3, group_id=group, members=[{"member_id": member}])
    talk.ask("JoinGroup", 5, **join_fields(group, member))
    talk.ask("DescribeGroups", 5, groups=[group])


@scenario
def session_expiry(talk: Conversation) -> None:
    """A member that is silent for its session timeout is dropped, and the group is empty."""
    group = talk.name("silent")
    member, generation = alone(talk, group)

    def empty() -> bool:
        return bool(talk.setup("DescribeGroups", 3, groups=[group])["groups"][0]["group_state"] == "Empty")

    talk.note("stable at first", not empty())
    talk.until(empty, "the session to end", 12)
    talk.ask("Heartbeat", 3, **beat(group, member, generation))
    talk.ask("JoinGroup", 5, **join_fields(group, member))
