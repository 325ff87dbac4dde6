"""A snapshot's records give back the image, whatever it holds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.metadata_doubles import feature_records, image_of
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.image_records import image_record_values, image_records
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.metadata.registrations import (
    BrokerRegistration,
    ControllerRegistration,
    Endpoint,
    VersionRange,
)
from workbench.wire.messages import (
    AccessControlEntryRecord,
    ClientQuotaRecord,
    ConfigRecord,
    DelegationTokenRecord,
    FeatureLevelRecord,
    ProducerIdsRecord,
    TopicRecord,
    UserScramCredentialRecord,
)
from workbench.wire.record_values import decode_metadata_record

ids = st.binary(min_size=16, max_size=16).filter(lambda b: int.from_bytes(b) >= 100)
names = st.text("abcdefgh", min_size=1, max_size=6)
nodes = st.integers(0, 9)
node_lists = st.lists(nodes, unique=True, max_size=4).map(tuple)


@st.composite
def partitions(draw: st.DrawFn) -> PartitionRegistration:
    replicas = draw(st.lists(nodes, unique=True, min_size=1, max_size=4).map(tuple))
    return PartitionRegistration(
        replicas=replicas,
        directories=tuple(draw(ids) for _ in replicas),
        isr=draw(node_lists),
        removing_replicas=draw(node_lists),
        adding_replicas=draw(node_lists),
        elr=draw(node_lists),
        last_known_elr=draw(node_lists),
        leader=draw(st.integers(-1, 9)),
        leader_epoch=draw(st.integers(0, 1 << 30)),
        partition_epoch=draw(st.integers(0, 1 << 30)),
        leader_recovery_state=draw(st.integers(0, 1)),
    )


@st.composite
def brokers(draw: st.DrawFn) -> BrokerRegistration:
    listener = draw(names)
    return BrokerRegistration(
        id=draw(nodes),
        epoch=draw(st.integers(0, 1 << 40)),
        incarnation_id=draw(ids),
        listeners={listener: Endpoint(listener, draw(names), draw(st.integers(0, 65535)), draw(st.integers(0, 3)))},
        supported_features={draw(names): VersionRange(draw(st.integers(0, 3)), draw(st.integers(4, 30)))},
        rack=draw(st.none() | names),
        fenced=draw(st.booleans()),
        in_controlled_shutdown=draw(st.booleans()),
        directories=tuple(sorted(draw(st.lists(ids, unique=True, max_size=3)))),
        cordoned_directories=draw(st.none() | st.lists(ids, unique=True, max_size=2).map(lambda d: tuple(sorted(d)))),
    )


@st.composite
def images(draw: st.DrawFn) -> MetadataImage:
    records: list[object] = list(feature_records())
    records.append(FeatureLevelRecord(name=draw(names), feature_level=draw(st.integers(0, 5))))
    records.extend(broker.to_record() for broker in draw(st.lists(brokers(), max_size=3)))
    for _ in range(draw(st.integers(0, 2))):
        controller = ControllerRegistration(
            draw(nodes), draw(ids), {"C": Endpoint("C", draw(names), 9193)}, {"metadata.version": VersionRange(7, 30)}
        )
        records.append(controller.to_record())
    for name in draw(st.lists(names, unique=True, max_size=3)):
        topic_id = draw(ids)
        records.append(TopicRecord(name=name, topic_id=topic_id))
        registrations = draw(st.lists(partitions(), min_size=1, max_size=3))
        records.extend(partition.to_record(topic_id, index) for index, partition in enumerate(registrations))
        records.append(ConfigRecord(resource_type=2, resource_name=name, name="retention.ms", value=draw(names)))
    for _ in range(draw(st.integers(0, 3))):
        entity = [ClientQuotaRecord.EntityData(entity_type="user", entity_name=draw(st.none() | names))]
        records.append(ClientQuotaRecord(entity=entity, key=draw(names), value=draw(st.floats(0, 1e12))))
        records.append(
            AccessControlEntryRecord(id=draw(ids), resource_name=draw(names), principal="User:" + draw(names), host="*")
        )
        records.append(
            UserScramCredentialRecord(
                name=draw(names), mechanism=draw(st.integers(1, 2)), salt=draw(ids), stored_key=b"k", server_key=b"s"
            )
        )
        records.append(DelegationTokenRecord(owner="User:o", renewers=[draw(names)], token_id=draw(names)))
    if draw(st.booleans()):
        records.append(ProducerIdsRecord(broker_id=1, broker_epoch=4, next_producer_id=draw(st.integers(0, 1 << 50))))
    return image_of(records)


@settings(max_examples=60, deadline=None)
@given(images())
def test_records_give_the_image_back(image: MetadataImage) -> None:
    assert image_of(list(image_records(image))).same_content(image)


@settings(max_examples=60, deadline=None)
@given(images())
def test_encoded_records_do_too(image: MetadataImage) -> None:
    decoded = [decode_metadata_record(value)[0] for value in image_record_values(image)]
    assert image_of(decoded).same_content(image)


def test_the_metadata_version_comes_first() -> None:
    first = next(iter(image_records(image_of(feature_records()))))
    assert first == FeatureLevelRecord(name="metadata.version", feature_level=30)


def test_an_image_without_features_makes_no_feature_records() -> None:
    assert list(image_records(MetadataImage())) == []
