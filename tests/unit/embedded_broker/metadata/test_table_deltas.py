"""Changes of plain and nested tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.metadata.image import ConfigResourceType, FeaturesImage
from workbench.embedded_broker.metadata.table_deltas import (
    ClientQuotasDelta,
    FeaturesDelta,
    NestedTableDelta,
    TableDelta,
    is_known_config,
)
from workbench.wire.messages import ClientQuotaRecord, FeatureLevelRecord

keys = st.sampled_from("abc")
tables = st.dictionaries(keys, st.dictionaries(keys, st.integers(), min_size=1))


def test_adding_and_removing_what_the_image_has_not_leaves_no_trace() -> None:
    delta: TableDelta[str, int] = TableDelta({"a": 1})
    delta.put("b", 2)
    delta.remove("b")
    delta.remove("a")
    assert delta.changes == {"a": None}
    assert delta.apply() == {}


@given(tables, st.lists(st.tuples(keys, keys, st.none() | st.integers())))
def test_nested_tables_do_as_dictionaries_do(
    image: dict[str, dict[str, int]], changes: list[tuple[str, str, int | None]]
) -> None:
    delta: NestedTableDelta[str, int] = NestedTableDelta(image)
    model = {key: dict(table) for key, table in image.items()}
    for key, name, value in changes:
        delta.put(key, name, value)
        if value is None:
            model.setdefault(key, {}).pop(name, None)
        else:
            model.setdefault(key, {})[name] = value
    assert delta.apply() == {key: table for key, table in model.items() if table}


@given(tables, tables)
def test_a_finished_snapshot_is_exactly_what_it_named(
    image: dict[str, dict[str, int]], snapshot: dict[str, dict[str, int]]
) -> None:
    delta: NestedTableDelta[str, int] = NestedTableDelta(image)
    for key, table in snapshot.items():
        for name, value in table.items():
            delta.put(key, name, value)
    delta.finish_snapshot()
    assert delta.apply() == snapshot


def test_everything_of_a_key_may_go() -> None:
    delta: NestedTableDelta[str, int] = NestedTableDelta({"a": {"x": 1}})
    delta.put("a", "y", 2)
    delta.remove_all("a")
    delta.remove_all("b")
    assert delta.apply() == {}
    assert delta.changes == {"a": {"x": None, "y": None}}


def test_features() -> None:
    delta = FeaturesDelta(FeaturesImage({"group.version": 1}, 28))
    delta.set_level(FeatureLevelRecord(name="metadata.version", feature_level=30))
    delta.set_level(FeatureLevelRecord(name="kraft.version", feature_level=1))
    delta.set_level(FeatureLevelRecord(name="group.version", feature_level=0))
    assert delta.apply() == FeaturesImage({}, 30)
    delta = FeaturesDelta(FeaturesImage({"group.version": 1}, 28))
    delta.finish_snapshot()
    assert delta.apply() == FeaturesImage({}, 28)


def test_the_order_of_a_quotas_entity_does_not_matter() -> None:
    delta = ClientQuotasDelta({})
    parts = [
        ClientQuotaRecord.EntityData(entity_type="user", entity_name="u"),
        ClientQuotaRecord.EntityData(entity_type="client-id", entity_name=None),
    ]
    delta.set_quota(ClientQuotaRecord(entity=parts, key="k", value=1.0))
    delta.set_quota(ClientQuotaRecord(entity=parts[::-1], key="k", value=2.0))
    assert delta.apply() == {(("client-id", None), ("user", "u")): {"k": 2.0}}


def test_known_configs() -> None:
    assert is_known_config(ConfigResourceType.BROKER, "anything")
    assert is_known_config(ConfigResourceType.TOPIC, "retention.ms")
    assert not is_known_config(ConfigResourceType.TOPIC, "log.retention.ms")
    assert not is_known_config(ConfigResourceType.GROUP, "retention.ms")
    assert not is_known_config(ConfigResourceType.CLIENT_METRICS, "retention.ms")
    assert not is_known_config(ConfigResourceType.BROKER_LOGGER, "root")
