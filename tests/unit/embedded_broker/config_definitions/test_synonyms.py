"""Broker configurations that mean the same."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.config_definitions.synonyms import broker_synonyms, listener_override


@pytest.mark.parametrize(
    ("name", "synonyms"),
    [
        ("log.retention.hours", ("log.retention.ms", "log.retention.minutes", "log.retention.hours")),
        ("log.roll.ms", ("log.roll.ms", "log.roll.hours")),
        ("log.flush.interval.ms", ("log.flush.interval.ms", "log.flush.scheduler.interval.ms")),
        ("log.flush.scheduler.interval.ms", ("log.flush.scheduler.interval.ms",)),
        ("num.io.threads", ("num.io.threads",)),
        ("listener.name.a.ssl.protocol", ("listener.name.a.ssl.protocol", "ssl.protocol")),
        (
            "listener.name.a.scram-sha-256.sasl.jaas.config",
            ("listener.name.a.scram-sha-256.sasl.jaas.config", "sasl.jaas.config"),
        ),
    ],
)
def test_synonyms(name: str, synonyms: tuple[str, ...]) -> None:
    assert broker_synonyms(name) == synonyms


def test_listener_overrides_can_be_left_out() -> None:
    assert broker_synonyms("listener.name.a.ssl.protocol", match_listener_override=False) == (
        "listener.name.a.ssl.protocol",
    )
    assert listener_override("listener.name.a.ssl.protocol") == "ssl.protocol"
    assert listener_override("ssl.protocol") is None
