"""The small parts of the group coordinator."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.group_play import subscription
from workbench.embedded_broker.coordinators.decision import Decision
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.java_order import hash_map_order
from workbench.embedded_broker.coordinators.group.member import ClassicGroupMember
from workbench.embedded_broker.coordinators.group.offset_values import CommittedOffset
from workbench.embedded_broker.coordinators.group.registry import GroupRegistry
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.group.states import VALID_PREVIOUS_STATES, ClassicGroupState
from workbench.embedded_broker.coordinators.group.subscription import subscribed_topics
from workbench.embedded_broker.coordinators.timeline import Timeline
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import JoinGroupResponse


def member(name: str, *protocols: str, instance: str | None = None, metadata: bytes = b"") -> ClassicGroupMember:
    return ClassicGroupMember(
        name, instance, "c", "/h", 1_000, 2_000, "consumer", tuple((protocol, metadata) for protocol in protocols)
    )


def group_of(*members: ClassicGroupMember) -> ClassicGroup:
    group = ClassicGroup("g", now_ms=0)
    for one in members:
        group.add(one, ticket=one.member_id)
    return group


class TestProtocolSelection:
    def test_the_one_that_most_prefer_among_those_that_all_know(self) -> None:
        group = group_of(
            member("a", "mine", "range", "sticky"), member("b", "sticky", "range"), member("c", "range", "sticky")
        )
        assert group.select_protocol() == "range"

    def test_of_equals_the_one_that_java_s_map_names_first(self) -> None:
        one = group_of(member("a", "range", "roundrobin"), member("b", "roundrobin", "range"))
        other = group_of(member("b", "roundrobin", "range"), member("a", "range", "roundrobin"))
        assert one.select_protocol() == other.select_protocol() == hash_map_order(["range", "roundrobin"])[0]

    def test_support_is_counted_anew_when_members_change_or_leave(self) -> None:
        group = group_of(member("a", "range", "sticky"), member("b", "range"))
        group.transition_to(ClassicGroupState.PREPARING_REBALANCE, 0)
        assert not group.supports_protocols("consumer", ["sticky"])
        group.remove("b")
        assert group.supports_protocols("consumer", ["sticky"])
        group.update_member(group.members["a"], (("only", b""),), 1, 1, None)
        assert not group.supports_protocols("consumer", ["sticky"])
        assert not group.supports_protocols("connect", ["only"])


class TestClassicGroup:
    def test_the_first_member_leads_and_its_place_is_inherited(self) -> None:
        group = group_of(member("a", "x"), member("b", "x"))
        assert group.leader_id == "a"
        group.remove("a")
        assert group.leader_id == "b"
        group.remove("b")
        assert group.leader_id is None

    def test_waiting_joins_are_counted(self) -> None:
        group = group_of(member("a", "x"), member("b", "x"))
        assert group.has_all_members_joined
        out = Decision()
        assert group.complete_join(group.members["a"], JoinGroupResponse(), out)
        assert not group.complete_join(group.members["a"], JoinGroupResponse(), out)
        assert (group.awaiting_join_count, len(out.replies)) == (1, 1)
        group.remove("b")
        assert group.awaiting_join_count == 0
        group.update_member(group.members["a"], (), 1, 1, "ticket")
        assert group.has_all_members_joined
        group.pending_join_members.add("p")
        assert not group.has_all_members_joined

    def test_a_member_of_another_type_or_a_second_of_an_instance_is_a_bug(self) -> None:
        group = group_of(member("a", "x", instance="i"))
        with pytest.raises(ValueError, match="already has"):
            group.add(member("b", "x", instance="i"))
        stranger = member("c", "x")
        stranger.protocol_type = "connect"
        with pytest.raises(ValueError, match="type"):
            group.add(stranger)

    def test_only_some_states_follow_others(self) -> None:
        group = ClassicGroup("g", now_ms=0)
        for state in ClassicGroupState:
            allowed = ClassicGroupState.EMPTY in VALID_PREVIOUS_STATES[state]
            assert allowed == (state in (ClassicGroupState.PREPARING_REBALANCE, ClassicGroupState.DEAD))
        with pytest.raises(ValueError, match="Stable"):
            group.transition_to(ClassicGroupState.STABLE, 1)
        group.transition_to(ClassicGroupState.PREPARING_REBALANCE, 5)
        assert (group.previous_state, group.state_timestamp_ms) == (ClassicGroupState.EMPTY, 5)

    def test_subscriptions_of_all_members_count(self) -> None:
        group = group_of(
            member("a", "range", metadata=subscription("t", "u")), member("b", "range", metadata=subscription("v"))
        )
        group.transition_to(ClassicGroupState.PREPARING_REBALANCE, 0)
        group.init_next_generation(0)
        assert group.subscribed_topics == {"t", "u", "v"}
        assert (group.is_subscribed_to("t"), group.is_subscribed_to("w")) == (True, False)

    def test_an_unreadable_subscription_may_be_to_anything(self) -> None:
        group = group_of(member("a", "range", metadata=b"\0"))
        group.transition_to(ClassicGroupState.PREPARING_REBALANCE, 0)
        group.init_next_generation(0)
        assert group.subscribed_topics is None
        assert group.is_subscribed_to("anything")

    def test_a_simple_group_is_subscribed_to_nothing(self) -> None:
        group = ClassicGroup("g", now_ms=0)
        assert group.is_simple
        assert not group.is_subscribed_to("t")

    def test_members_are_checked_by_instance_first(self) -> None:
        group = group_of(member("a", "x", instance="i"), member("b", "x"))
        group.validate_member("a", "i")
        group.validate_member("a", None)
        for who, instance, code in (
            ("b", "i", ErrorCode.FENCED_INSTANCE_ID),
            ("b", "other", ErrorCode.UNKNOWN_MEMBER_ID),
            ("z", None, ErrorCode.UNKNOWN_MEMBER_ID),
        ):
            with pytest.raises(BrokerError) as caught:
                group.validate_member(who, instance)
            assert caught.value.code is code


class TestMember:
    def test_a_waiting_member_needs_no_heartbeat_unless_it_is_new(self) -> None:
        one = member("a", "x")
        assert not one.has_satisfied_heartbeat
        one.awaiting_sync = "ticket"
        assert one.has_satisfied_heartbeat
        one.is_new = True
        assert not one.has_satisfied_heartbeat

    def test_it_votes_for_its_first_common_protocol(self) -> None:
        one = member("a", "x", "y")
        assert one.vote({"y", "z"}) == "y"
        with pytest.raises(LookupError):
            one.vote({"z"})
        with pytest.raises(KeyError):
            one.metadata("z")


class TestJavaOrder:
    def test_the_order_is_that_of_a_hash_map(self) -> None:
        # From a java.util.HashMap filled in this order.
        names = ["range", "roundrobin", "sticky", "cooperative-sticky", "uniform", "default"]
        assert hash_map_order(names) == JAVA_ORDER_OF_6
        assert hash_map_order([f"topic-{number}" for number in range(13)]) == JAVA_ORDER_OF_13

    def test_of_one_bucket_the_first_inserted_is_first(self) -> None:
        assert hash_map_order(["Aa", "BB"]) == ["Aa", "BB"]
        assert hash_map_order(["BB", "Aa"]) == ["BB", "Aa"]


JAVA_ORDER_OF_6 = ["uniform", "default", "sticky", "range", "roundrobin", "cooperative-sticky"]
JAVA_ORDER_OF_13 = [f"topic-{number}" for number in (6, 7, 8, 9, 0, 1, 2, 3, 10, 4, 11, 5, 12)]


class TestSubscription:
    def test_topics_are_read_whatever_the_version(self) -> None:
        assert subscribed_topics(subscription("a", "b")) == {"a", "b"}
        assert subscribed_topics(struct.pack(">hih", 3, 1, 1) + b"t" + struct.pack(">i", -1) + b"more") == {"t"}
        assert subscribed_topics(subscription()) == frozenset()

    @given(st.binary(max_size=40))
    def test_garbage_is_an_error_and_nothing_else(self, garbage: bytes) -> None:
        try:
            topics = subscribed_topics(garbage)
        except ValueError:
            return
        assert all(isinstance(topic, str) for topic in topics)

    @given(st.lists(st.text(max_size=5), max_size=4), st.integers(0, 60))
    def test_a_cut_subscription_is_an_error(self, topics: list[str], size: int) -> None:
        whole = subscription(*topics)
        if size < len(whole) - 4:
            with pytest.raises(ValueError):
                subscribed_topics(whole[:size])


class TestSettings:
    def test_defaults_are_kafka_s(self) -> None:
        settings = GroupSettings.from_properties({})
        assert settings == GroupSettings()
        assert (settings.group_initial_rebalance_delay_ms, settings.offsets_retention_ms) == (3_000, 604_800_000)

    def test_what_is_set_counts(self) -> None:
        settings = GroupSettings.from_properties(
            {"group.max.size": "5", "offsets.retention.minutes": "2", "other": "x"}
        )
        assert (settings.group_max_size, settings.offsets_retention_ms) == (5, 120_000)
        with pytest.raises(ValueError, match="five"):
            GroupSettings.from_properties({"group.max.size": "five"})


class TestCommittedOffset:
    def test_an_explicit_expiry_overrules_the_retention(self) -> None:
        plain = CommittedOffset(1, -1, "", 100, None)
        explicit = CommittedOffset(1, -1, "", 100, 150)
        assert [plain.is_expired(now, 100, 60) for now in (159, 160)] == [False, True]
        assert [explicit.is_expired(now, 100, 10_000) for now in (149, 150)] == [False, True]

    def test_unknown_ids_fit_every_topic(self) -> None:
        known = CommittedOffset(1, -1, "", 0, None, b"the id of topics")
        unknown = CommittedOffset(1, -1, "", 0, None)
        assert known.is_of_topic(bytes(16))
        assert known.is_of_topic(b"the id of topics")
        assert not known.is_of_topic(b"another topic id")
        assert unknown.is_of_topic(b"another topic id")


class TestRegistry:
    def test_a_group_is_made_once(self) -> None:
        registry = GroupRegistry(Timeline())
        made = registry.get_or_create_classic("g", 5)
        assert registry.get_or_create_classic("g", 9) is made is registry.get("g") is registry.find_classic("g")
        assert ("g" in registry, registry.ids(), registry.all()) == (True, ["g"], [made])
        assert (registry.find_committed("g"), list(registry.committed())) == (None, [])
        registry.remove("g")
        with pytest.raises(BrokerError) as caught:
            registry.get("g")
        assert caught.value.code is ErrorCode.GROUP_ID_NOT_FOUND
