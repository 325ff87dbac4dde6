"""Roles, listeners and voters of a node that do not fit together. What Kafka says of each stands in a recording too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compatibility.refused_settings import changed
from workbench.embedded_broker.placement_check import misplacements
from workbench.embedded_broker.settings import settings_from


def _faults(change: str) -> list[str]:
    return [key for key, _ in misplacements(settings_from(changed(change), Path("server.properties")))]


@pytest.mark.parametrize(
    ("change", "at_fault"),
    [
        ("num.partitions=3", []),
        ("broker.id=2", ["broker.id"]),
        ("process.roles=broker", ["controller.listener.names"]),
        ("process.roles=controller", ["listeners"]),
        ("advertised.listeners=PLAINTEXT://0.0.0.0:9092", ["advertised.listeners"]),
        ("inter.broker.listener.name=OTHER", ["inter.broker.listener.name"]),
        ("controller.quorum.voters=2@localhost:9193", ["controller.quorum.voters"]),
        ("early.start.listeners=OTHER", ["early.start.listeners"]),
    ],
)
def test_the_setting_at_fault_is_named(change: str, at_fault: list[str]) -> None:
    assert _faults(change) == at_fault


def test_a_port_is_shared_by_the_two_kinds_of_address_alone() -> None:
    protocols = "; listener.security.protocol.map=PLAINTEXT:PLAINTEXT,B:PLAINTEXT,CONTROLLER:PLAINTEXT"
    both = "listeners=PLAINTEXT://{}:9092,B://{}:9092,CONTROLLER://localhost:9193" + protocols
    assert _faults(both.format("127.0.0.1", "[::1]")) == []
    assert _faults(both.format("127.0.0.1", "127.0.0.2")) == ["listeners"]
    assert _faults(both.format("localhost", "[::1]")) == ["listeners"]
