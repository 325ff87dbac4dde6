"""Replaying records: each kind has its meaning, and nothing that was not touched is copied."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import (
    feature_records,
    fence_record,
    image_of,
    partition,
    register_broker_record,
    topic_id,
    topic_records,
)
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE, ConfigResource, ConfigResourceType, MetadataImage
from workbench.wire.messages import (
    AccessControlEntryRecord,
    ClearElrRecord,
    ClientQuotaRecord,
    ConfigRecord,
    DelegationTokenRecord,
    FeatureLevelRecord,
    FenceBrokerRecord,
    NoOpRecord,
    PartitionChangeRecord,
    ProducerIdsRecord,
    RegisterControllerRecord,
    RemoveAccessControlEntryRecord,
    RemoveDelegationTokenRecord,
    RemoveTopicRecord,
    RemoveUserScramCredentialRecord,
    TopicRecord,
    UnfenceBrokerRecord,
    UnregisterBrokerRecord,
    UserScramCredentialRecord,
    ZkMigrationStateRecord,
)


def after(image: MetadataImage, *records: object) -> MetadataImage:
    delta = MetadataDelta(image)
    for record in records:
        delta.replay(record)
    return delta.apply(image.offset + len(records), 1, 0)


BASE = image_of(
    [
        *feature_records(),
        register_broker_record(1),
        register_broker_record(2),
        *topic_records("a", 1, [partition([1, 2]), partition([2, 1])], {"retention.ms": "5"}),
        *topic_records("b", 2, [partition([1])]),
    ]
)


def test_topics_and_partitions_are_there_under_name_and_id() -> None:
    assert BASE.topics.by_name["a"] is BASE.topics.by_id[topic_id(1)]
    assert sorted(BASE.topics.by_name["a"].partitions) == [0, 1]
    assert BASE.topics.partition("a", 1) == partition([2, 1])
    assert BASE.topics.partition("a", 2) is None
    assert BASE.topics.topic_id("b") == topic_id(2)
    assert BASE.topics.topic_name(topic_id(2)) == "b"


def test_what_is_not_touched_is_shared() -> None:
    image = after(BASE, PartitionChangeRecord(topic_id=topic_id(1), partition_id=0, isr=[1]))
    assert image.topics.by_name["a"].partitions[0].isr == (1,)
    assert BASE.topics.by_name["a"].partitions[0].isr == (1, 2)
    assert image.topics.by_name["b"] is BASE.topics.by_name["b"]
    assert image.topics.by_name["a"].partitions[1] is BASE.topics.by_name["a"].partitions[1]
    assert image.cluster is BASE.cluster
    assert image.configs is BASE.configs


def test_a_removed_topic_takes_its_configs_along() -> None:
    image = after(BASE, RemoveTopicRecord(topic_id=topic_id(1)))
    assert set(image.topics.by_name) == {"b"}
    assert set(image.topics.by_id) == {topic_id(2)}
    assert image.configs.topic("a") == {}


def test_a_topic_may_be_made_again_within_one_delta() -> None:
    delta = MetadataDelta(BASE)
    delta.replay(RemoveTopicRecord(topic_id=topic_id(1)))
    for record in topic_records("a", 9, [partition([2])], {"segment.ms": "7"}):
        delta.replay(record)
    image = delta.apply(99, 1, 0)
    assert image.topics.by_name["a"].id == topic_id(9)
    assert topic_id(1) not in image.topics.by_id
    assert image.configs.topic("a") == {"segment.ms": "7"}
    assert delta.topics is not None
    assert set(delta.topics.deleted_topics) == {topic_id(1)}


def test_what_comes_and_goes_within_a_delta_leaves_no_trace() -> None:
    delta = MetadataDelta(BASE)
    for record in (
        *topic_records("c", 3, [partition([1])], {"segment.ms": "7"}),
        RemoveTopicRecord(topic_id=topic_id(3)),
    ):
        delta.replay(record)
    assert delta.topics is not None
    assert not delta.topics.deleted_topics
    assert not delta.topics.changed_topics
    assert delta.apply(99, 1, 0).same_content(BASE)


def test_brokers_come_are_fenced_and_go() -> None:
    image = after(BASE, fence_record(1, fenced=-1))
    assert not image.cluster.brokers[1].fenced
    assert [b.id for b in image.cluster.alive_brokers()] == [1]
    assert image.cluster.endpoint(1, "PLAINTEXT") is not None
    assert image.cluster.endpoint(2, "PLAINTEXT") is None
    assert after(image, FenceBrokerRecord(id=1, epoch=101)).cluster.brokers[1].fenced
    assert not after(BASE, UnfenceBrokerRecord(id=2, epoch=102)).cluster.brokers[2].fenced
    assert set(after(BASE, UnregisterBrokerRecord(broker_id=1, broker_epoch=101)).cluster.brokers) == {2}
    assert BASE.cluster.broker_epoch(2) == 102
    assert BASE.cluster.broker_epoch(7) == -1


def test_a_change_of_a_broker_that_is_not_there_or_not_of_that_epoch_is_an_error() -> None:
    with pytest.raises(ValueError, match="not registered"):
        after(BASE, fence_record(7))
    with pytest.raises(ValueError, match="epoch"):
        after(BASE, fence_record(1, epoch=500))


def test_changes_of_unknown_topics_and_partitions_are_errors() -> None:
    with pytest.raises(ValueError, match="unknown topic"):
        after(BASE, PartitionChangeRecord(topic_id=topic_id(7), partition_id=0))
    with pytest.raises(ValueError, match="unknown partition"):
        after(BASE, PartitionChangeRecord(topic_id=topic_id(1), partition_id=7))
    with pytest.raises(ValueError, match="unknown topic"):
        after(BASE, RemoveTopicRecord(topic_id=topic_id(7)))


def test_controllers_register() -> None:
    record = RegisterControllerRecord(
        controller_id=3,
        incarnation_id=b"x" * 16,
        end_points=[RegisterControllerRecord.ControllerEndpoint(name="CONTROLLER", host="h", port=9193)],
        features=[
            RegisterControllerRecord.ControllerFeature(
                name="metadata.version", min_supported_version=7, max_supported_version=30
            )
        ],
    )
    controller = after(BASE, record).cluster.controllers[3]
    assert controller.listeners["CONTROLLER"].port == 9193
    assert controller.supported_features["metadata.version"].max == 30
    assert controller.to_record() == record


def test_configs_are_set_and_removed() -> None:
    resource = ConfigResource(ConfigResourceType.BROKER, "1")
    image = after(BASE, ConfigRecord(resource_type=4, resource_name="1", name="num.io.threads", value="9"))
    assert image.configs.of(resource) == {"num.io.threads": "9"}
    assert image.configs.broker(1) == {"num.io.threads": "9"}
    gone = after(image, ConfigRecord(resource_type=4, resource_name="1", name="num.io.threads", value=None))
    assert resource not in gone.configs.resources


def test_topic_configs_that_no_longer_exist_are_skipped() -> None:
    image = after(BASE, ConfigRecord(resource_type=2, resource_name="a", name="message.format.version", value="3.0"))
    assert image.configs.topic("a") == {"retention.ms": "5"}


def test_feature_levels() -> None:
    assert BASE.features.metadata_version == 30
    assert BASE.features.elr_enabled
    image = after(BASE, FeatureLevelRecord(name="eligible.leader.replicas.version", feature_level=0))
    assert not image.features.elr_enabled
    assert image.features.finalized == {}
    assert after(BASE, FeatureLevelRecord(name="kraft.version", feature_level=1)).features == BASE.features
    assert (
        after(BASE, FeatureLevelRecord(name="metadata.version", feature_level=29)).features.level("metadata.version")
        == 29
    )


def test_eligible_leader_replicas_are_cleared_for_one_topic_or_all() -> None:
    image = after(
        BASE,
        PartitionChangeRecord(topic_id=topic_id(1), partition_id=0, eligible_leader_replicas=[2], last_known_elr=[1]),
        PartitionChangeRecord(topic_id=topic_id(2), partition_id=0, eligible_leader_replicas=[1]),
    )
    one = after(image, ClearElrRecord(topic_name="a"))
    assert one.topics.by_name["a"].partitions[0].elr == ()
    assert one.topics.by_name["a"].partitions[0].last_known_elr == ()
    assert one.topics.by_name["b"].partitions[0].elr == (1,)
    every = after(image, ClearElrRecord(topic_name=""))
    assert every.topics.by_name["b"].partitions[0].elr == ()
    with pytest.raises(ValueError, match="unknown topic"):
        after(BASE, ClearElrRecord(topic_name="nope"))


def test_opaque_tables_come_and_go() -> None:
    acl = AccessControlEntryRecord(id=b"a" * 16, resource_type=2, resource_name="t", principal="User:x", host="*")
    scram = UserScramCredentialRecord(
        name="u", mechanism=1, salt=b"s", stored_key=b"k", server_key=b"v", iterations=4096
    )
    token = DelegationTokenRecord(owner="User:x", token_id="t1")
    entity = [ClientQuotaRecord.EntityData(entity_type="user", entity_name=None)]
    quota = ClientQuotaRecord(entity=entity, key="producer_byte_rate", value=5.0)
    image = after(BASE, acl, scram, token, quota, ProducerIdsRecord(broker_id=1, next_producer_id=1000), NoOpRecord())
    assert image.acls == {b"a" * 16: acl}
    assert image.scram == {(1, "u"): scram}
    assert image.delegation_tokens == {"t1": token}
    assert image.client_quotas == {(("user", None),): {"producer_byte_rate": 5.0}}
    assert image.next_producer_id == 1000
    image = after(
        image,
        RemoveAccessControlEntryRecord(id=b"a" * 16),
        RemoveUserScramCredentialRecord(name="u", mechanism=1),
        RemoveDelegationTokenRecord(token_id="t1"),
        ClientQuotaRecord(entity=entity, key="producer_byte_rate", remove=True),
        ZkMigrationStateRecord(),
    )
    assert (image.acls, image.scram, image.delegation_tokens, image.client_quotas) == ({}, {}, {}, {})


def test_a_snapshot_removes_what_it_does_not_name() -> None:
    delta = MetadataDelta(BASE, is_snapshot=True)
    for record in [*feature_records(), register_broker_record(2), *topic_records("b", 2, [partition([1])])]:
        delta.replay(record)
    delta.finish_snapshot()
    image = delta.apply(200, 3, 0)
    assert set(image.cluster.brokers) == {2}
    assert set(image.topics.by_name) == {"b"}
    assert image.configs.topic("a") == {}
    assert delta.topics is not None
    assert set(delta.topics.deleted_topics) == {topic_id(1)}
    assert (image.offset, image.epoch) == (200, 3)


def test_unknown_records_are_errors() -> None:
    class Strange:
        NAME = "StrangeRecord"

    with pytest.raises(ValueError, match="StrangeRecord"):
        MetadataDelta(EMPTY_IMAGE).replay(Strange())


def test_an_untouched_delta_is_empty() -> None:
    delta = MetadataDelta(BASE)
    assert delta.is_empty
    delta.replay(NoOpRecord())
    assert delta.is_empty
    delta.replay(TopicRecord(name="x", topic_id=topic_id(5)))
    assert not delta.is_empty
