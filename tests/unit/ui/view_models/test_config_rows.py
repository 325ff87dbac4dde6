"""Configuration in words."""

from __future__ import annotations

import pytest

from tests.helpers.fake_session import FakeSession
from workbench.ui.view_models.config_rows import config_rows, default_of, in_words, layers

ENTRIES = FakeSession().configs


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("retention.ms", "604800000", "7 d"),
        ("retention.ms", "-1", "unlimited"),
        ("retention.ms", "5400000", "90 min"),
        ("segment.bytes", "1073741824", "1.0 GiB"),
        ("retention.bytes", "-1", "unlimited"),
        ("local.retention.bytes", "-2", "-2"),
        ("max.compaction.lag.ms", "9223372036854775807", "never"),
        ("flush.messages", "9223372036854775807", "never"),
        ("cleanup.policy", "delete", "delete"),
        ("leader.replication.throttled.replicas", "", "empty"),
        ("ssl.key.password", None, "hidden"),
    ],
)
def test_values_in_words(name: str, value: str | None, words: str) -> None:
    assert in_words(name, value) == words


def test_rows_are_grouped_and_know_who_set_them() -> None:
    rows = config_rows(ENTRIES)
    assert [row.group for row in rows if not row.key] == ["Retention", "Segments", "Other"]
    by_key = {row.key: row for row in rows if row.key}
    assert by_key["retention.ms"].set_here and by_key["retention.ms"].default == "7 d"
    assert by_key["segment.bytes"].source == "default"
    assert by_key["made.up"].source == "server.properties" and by_key["made.up"].default == ""


def test_filters() -> None:
    assert [row.key for row in config_rows(ENTRIES, "SIZE segment") if row.key] == ["segment.bytes"]
    assert [row.key for row in config_rows(ENTRIES, only="set") if row.key] == ["retention.ms"]
    waiting = config_rows(ENTRIES, only="waiting", not_in_force=frozenset({"segment.bytes"}))
    assert [(row.key, row.in_force) for row in waiting if row.key] == [("segment.bytes", False)]


def test_layers_come_strongest_first() -> None:
    assert layers(ENTRIES[0]) == [("topic", "retention.ms = 7200000"), ("default", "log.retention.ms = 604800000")]
    assert layers(ENTRIES[1]) == [("default", "segment.bytes = 1073741824")]
    assert default_of(ENTRIES[2]) is None
