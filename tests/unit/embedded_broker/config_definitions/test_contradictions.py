from __future__ import annotations

import pytest

from workbench.embedded_broker.config_definitions.contradictions import contradictions


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"log.retention.hours": "0"}, "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"),
        ({"log.cleaner.threads": "0"}, "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread"),
        ({"log.dirs": "/a,/b", "cordoned.log.dirs": "/c"}, "Missing entries : /c"),
        ({"max.connections.per.ip.overrides": "::1"}, None),
        ({"max.connections.per.ip.overrides": "host"}, "which is not {host}:{count}"),
        ({"group.coordinator.rebalance.protocols": "consumer"}, "Disabling the 'classic' protocol is not supported"),
        ({"group.consumer.session.timeout.ms": "5"}, "greater than or equal to group.consumer.min.session.timeout.ms"),
    ],
)
def test_is_told_in_kafkas_words(properties: dict[str, str], sentence: str | None) -> None:
    found = [told for _, told in contradictions(properties)]
    assert (sentence is None and not found) or sentence in found[0]


def test_names_both_settings() -> None:
    ((between, _),) = contradictions({"replica.lag.time.max.ms": "300"})
    assert between == ("replica.fetch.wait.max.ms", "replica.lag.time.max.ms")


def test_the_finer_of_synonyms_counts() -> None:
    assert not list(contradictions({"log.retention.hours": "0", "log.retention.ms": "5"}))


def test_kafkas_defaults_do_not_contradict_each_other() -> None:
    assert not list(contradictions({}))


def test_a_value_that_is_wrong_by_itself_contradicts_nothing() -> None:
    assert not list(contradictions({"replica.lag.time.max.ms": "soon", "log.cleaner.threads": "-1"}))
