"""What a node reads of its server.properties."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.settings import (
    RACK_AWARE_SELECTOR,
    BrokerSettings,
    Listener,
    parse_listeners,
    settings_from,
)
from workbench.system.known_error import KnownError

MINIMAL = {
    "node.id": "3",
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193",
    "controller.quorum.bootstrap.servers": "localhost:9193",
    "log.dirs": "/a,/b",
}
FILE = Path("server.properties")


def read(**changes: str | None) -> BrokerSettings:
    values = dict(MINIMAL)
    for key, value in changes.items():
        name = key.replace("_", ".")
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return settings_from(values, FILE)


def test_a_combined_node() -> None:
    settings = read()
    assert settings.node_id == 3 and settings.is_broker and settings.is_controller
    assert settings.listeners == (
        Listener("PLAINTEXT", "localhost", 9092, "PLAINTEXT"),
        Listener("CONTROLLER", "localhost", 9193, "PLAINTEXT"),
    )
    assert settings.advertised_listeners == settings.listeners
    assert [one.name for one in settings.broker_listeners] == ["PLAINTEXT"]
    assert [one.name for one in settings.controller_listeners] == ["CONTROLLER"]
    assert settings.inter_broker_listener_name == "PLAINTEXT"
    assert settings.log_directories == (Path("/a"), Path("/b")) and settings.metadata_log_directory == Path("/a")
    assert settings.quorum_bootstrap_servers == (("localhost", 9193),) and settings.quorum_voters == ()
    assert settings.rack is None and settings.warnings == ()


def test_static_voters_names_of_old_and_other_choices() -> None:
    settings = read(
        node_id=None,
        broker_id="4",
        controller_quorum_bootstrap_servers=None,
        controller_quorum_voters="1@localhost:9193, 2@[::1]:9194",
        metadata_log_dir="/m",
        broker_rack="r1",
        log_dirs=None,
        log_dir="/only",
    )
    assert settings.node_id == 4 and settings.quorum_voters == ((1, "localhost", 9193), (2, "::1", 9194))
    assert settings.metadata_log_directory == Path("/m") and settings.rack == "r1"
    assert settings.log_directories == (Path("/only"),)


def test_listeners_of_any_name_need_a_protocol() -> None:
    settings = read(
        listeners="INTERNAL://:9092,EXTERNAL://0.0.0.0:9094,CONTROLLER://localhost:9193",
        listener_security_protocol_map="INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        inter_broker_listener_name="EXTERNAL",
        advertised_listeners="INTERNAL://here:9092,EXTERNAL://there:9094",
    )
    assert settings.inter_broker_listener_name == "EXTERNAL"
    assert [(one.name, one.host) for one in settings.advertised_listeners] == [
        ("INTERNAL", "here"),
        ("EXTERNAL", "there"),
        ("CONTROLLER", "localhost"),
    ]
    with pytest.raises(KnownError, match="no security protocol"):
        read(listeners="INTERNAL://:9092,CONTROLLER://localhost:9193")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"node_id": None}, "does not set node.id"),
        ({"node_id": "-1"}, "not a whole number"),
        ({"node_id": "one"}, "not a whole number"),
        ({"process_roles": None}, "does not set process.roles"),
        ({"process_roles": "broker,zookeeper"}, "zookeeper"),
        ({"controller_listener_names": None}, "controller.listener.names"),
        ({"controller_quorum_bootstrap_servers": None}, "names no controllers"),
        ({"controller_quorum_bootstrap_servers": "localhost"}, "host:port"),
        ({"controller_quorum_voters": "localhost:9193"}, "ID@host:port"),
        ({"listeners": "localhost:9092"}, "NAME://host:port"),
        ({"listeners": "PLAINTEXT://localhost:70000,CONTROLLER://localhost:9193"}, "the port 70000"),
        ({"listeners": "PLAINTEXT://localhost:-1,CONTROLLER://localhost:9193"}, "the port -1"),
        ({"listeners": "PLAINTEXT://localhost:\N{SUPERSCRIPT TWO},CONTROLLER://localhost:9193"}, "NAME://host:port"),
        ({"listeners": "SSL://localhost:9092,CONTROLLER://localhost:9193"}, "SSL"),
        ({"listeners": "CONTROLLER://localhost:9193"}, "no listener"),
    ],
)
def test_what_cannot_be_is_told_with_its_setting(changes: dict[str, str | None], words: str) -> None:
    with pytest.raises(KnownError) as refused:
        read(**changes)
    assert words in str(refused.value) and refused.value.remedy


def test_settings_without_effect_are_told() -> None:
    (warning,) = read(authorizer_class_name="org.example.Authorizer").warnings
    assert warning.startswith("authorizer.class.name: ")


def test_of_replica_selectors_one_is_known() -> None:
    assert not read().prefers_near_replicas
    known = read(replica_selector_class=RACK_AWARE_SELECTOR)
    assert known.prefers_near_replicas and known.warnings == ()
    other = read(replica_selector_class="org.example.Selector")
    assert not other.prefers_near_replicas and "replica.selector.class" in other.warnings[0]


def test_values_fall_back_to_kafkas_defaults() -> None:
    settings = read(num_partitions="7", auto_create_topics_enable="False")
    assert settings.integer("num.partitions") == 7
    assert settings.integer("replica.lag.time.max.ms") == 30_000
    assert settings.flag("auto.create.topics.enable") is False
    assert settings.flag("controlled.shutdown.enable") is True
    assert settings.text("compression.type") == "producer"
    with pytest.raises(KeyError):
        settings.text("broker.rack")
    for name, value in (("num.partitions", "many"), ("auto.create.topics.enable", "yes")):
        with pytest.raises(KnownError, match=name):
            asked = read(**{name.replace(".", "_"): value})
            asked.integer(name) if name == "num.partitions" else asked.flag(name)


def test_ports_that_were_given_replace_zeros_only() -> None:
    settings = read(listeners="PLAINTEXT://localhost:0,CONTROLLER://localhost:9193")
    real = settings.with_ports({"PLAINTEXT": 4711, "CONTROLLER": 4712})
    assert [one.port for one in real.listeners] == [4711, 9193]
    assert [one.port for one in real.advertised_listeners] == [4711, 9193]


HOSTS = st.sampled_from(["", "localhost", "127.0.0.1", "[::1]", "broker-1.example"])


@given(st.lists(st.tuples(st.sampled_from(["PLAINTEXT", "SSL", "A"]), HOSTS, st.integers(0, 65535)), max_size=4))
def test_listeners_are_read_back(entries: list[tuple[str, str, int]]) -> None:
    text = ", ".join(f"{name.lower()}://{host}:{port}" for name, host, port in entries)
    protocols = {"PLAINTEXT": "PLAINTEXT", "SSL": "SSL", "A": "PLAINTEXT"}
    assert parse_listeners(text, protocols, "listeners") == tuple(
        Listener(name, host.strip("[]"), port, protocols[name]) for name, host, port in entries
    )
