import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.cluster.plan import (
    MANAGED_KEYS,
    REFUSED_KEYS,
    bootstrap_address,
    changed_ports,
    check_ports,
    check_settings,
    default_settings,
    initial_controllers,
    log_directories,
    moved_to_port,
    new_spec,
    own_settings,
    ports_from,
    ports_of,
    properties_path,
    readdressed,
    server_properties,
    voter_count,
    voters,
    with_added_broker,
    with_changed_broker,
)
from workbench.cluster.spec import ClusterSpec
from workbench.system.known_error import KnownError


def ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"id-{next(numbers)}"


def spec_of(brokers: int, port: int = 9092, **settings: str) -> ClusterSpec:
    return new_spec("local", brokers, port, {key.replace("_", "."): value for key, value in settings.items()}, ids())


@pytest.mark.parametrize(("brokers", "voting"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (9, 5)])
def test_voters(brokers: int, voting: int) -> None:
    assert voter_count(brokers) == voting
    assert [broker.node_id for broker in voters(spec_of(brokers))] == list(range(1, voting + 1))


def test_ports_of_a_new_cluster() -> None:
    spec = spec_of(3)
    assert [(b.port, b.controller_port) for b in spec.brokers] == [(9092, 9193), (9093, 9194), (9094, 9195)]
    assert ports_of(spec.brokers, voters(spec)) == (9092, 9093, 9094, 9193, 9194, 9195)
    assert bootstrap_address(spec) == "localhost:9092,localhost:9093,localhost:9094"


def test_every_id_is_new() -> None:
    spec = spec_of(3)
    assert len({spec.cluster_id, *(broker.directory_id for broker in spec.brokers)}) == 4


def test_moving_keeps_everything_but_the_ports() -> None:
    before, after = spec_of(2), moved_to_port(spec_of(2), 19092)
    assert [(b.port, b.controller_port) for b in after.brokers] == [(19092, 19193), (19093, 19194)]
    assert moved_to_port(after, 9092) == before


def test_several_voters_keep_their_controllers_ports() -> None:
    after = moved_to_port(spec_of(3), 19092)
    assert [(b.port, b.controller_port) for b in after.brokers] == [(19092, 9193), (19093, 9194), (19094, 9195)]


@pytest.mark.parametrize(("brokers", "port"), [(1, 65_434), (3, 65_432), (3, 1), (9, 9092)])
def test_ports_that_there_are(brokers: int, port: int) -> None:
    check_ports(spec_of(brokers, port))


@pytest.mark.parametrize(("brokers", "port", "missing"), [(1, 65_435, 65_536), (3, 65_434, 65_536), (1, 0, 0)])
def test_ports_that_there_are_not(brokers: int, port: int, missing: int) -> None:
    with pytest.raises(KnownError, match=f"would need port {missing},"):
        check_ports(spec_of(brokers, port))


def test_a_broker_moved_onto_a_port_that_a_controller_keeps() -> None:
    moved = moved_to_port(spec_of(3), 9193)
    with pytest.raises(KnownError, match="Port 9193 would have to serve twice"):
        check_ports(moved)
    check_ports(moved_to_port(spec_of(2), 9193))


def test_the_ports_of_a_cluster_that_does_not_exist_yet() -> None:
    assert ports_from(9092, 3) == ports_of(spec_of(3).brokers, voters(spec_of(3)))
    assert ports_from(9092, 2) == (9092, 9093, 9193)


def test_the_properties_of_the_only_broker() -> None:
    """The whole list of what is written beyond Kafka's defaults."""
    spec = spec_of(1)
    assert server_properties(spec, spec.brokers[0], Path("/data")) == {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": "localhost:9193",
        "controller.listener.names": "CONTROLLER",
        "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193",
        "advertised.listeners": "PLAINTEXT://localhost:9092",
        "listener.security.protocol.map": (
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL"
        ),
        "log.dirs": "/data/broker-1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }


@pytest.mark.parametrize(
    ("brokers", "replication", "min_isr"), [(1, "1", "1"), (2, "2", "2"), (3, "3", "2"), (9, "3", "2")]
)
def test_internal_topics_fit_the_number_of_brokers(brokers: int, replication: str, min_isr: str) -> None:
    settings = default_settings(brokers)
    assert {settings[key] for key in settings if key.endswith("replication.factor")} == {replication}
    assert {settings[key] for key in settings if key.endswith("min.isr")} == {min_isr}


def test_a_broker_that_does_not_vote_has_no_controller() -> None:
    spec = spec_of(4)
    properties = server_properties(spec, spec.brokers[3], Path("/data"))
    assert properties["process.roles"] == "broker"
    assert properties["listeners"] == "PLAINTEXT://localhost:9095"
    assert properties["controller.quorum.bootstrap.servers"] == "localhost:9193,localhost:9194,localhost:9195"


def test_a_users_setting_wins_over_ours() -> None:
    spec = spec_of(1, group_initial_rebalance_delay_ms="3000", num_partitions="4")
    properties = server_properties(spec, spec.brokers[0], Path("/data"))
    assert (properties["group.initial.rebalance.delay.ms"], properties["num.partitions"]) == ("3000", "4")


@pytest.mark.parametrize("key", REFUSED_KEYS)
def test_what_the_supervisor_decides_cannot_be_set(key: str) -> None:
    with pytest.raises(KnownError, match=key.replace(".", r"\.")) as caught:
        check_settings({key: "1"})
    assert caught.value.remedy


def test_every_managed_key_is_refused() -> None:
    assert set(MANAGED_KEYS) <= set(REFUSED_KEYS)
    check_settings({"num.partitions": "3"})


def test_the_properties_file_lies_in_the_brokers_first_directory() -> None:
    broker = spec_of(1).brokers[0]
    assert log_directories(Path("/data"), broker) == (Path("/data/broker-1"),)
    assert properties_path(Path("/data"), broker) == Path("/data/broker-1/server.properties")


def test_initial_controllers_name_the_voters_and_their_directories() -> None:
    assert initial_controllers(spec_of(4)) == "1@localhost:9193:id-2,2@localhost:9194:id-3,3@localhost:9195:id-4"


def test_a_broker_that_comes_gets_an_id_that_none_had() -> None:
    assert with_added_broker(spec_of(3), 9095, 9196, ids()).brokers[-1].node_id == 4
    assert with_added_broker(spec_of(3), 9095, 9196, ids(), used_ids={2, 7}).brokers[-1].node_id == 8


def test_own_settings_are_those_of_the_spec_and_those_put_in_by_hand() -> None:
    spec = spec_of(1, num_partitions="3")
    broker = replace(spec.broker(1), settings={"num.io.threads": "2"})
    written = {**server_properties(spec, broker, Path("/data")), "by.hand": "1", "num.io.threads": "9"}
    assert own_settings(spec, broker, written) == {"by.hand": "1", "num.io.threads": "2"}


def test_a_changed_broker_takes_no_port_of_another() -> None:
    spec = spec_of(3)
    assert with_changed_broker(spec, replace(spec.broker(2), port=9500)).broker(2).port == 9500
    for port in (9092, 9193, 9194):
        with pytest.raises(KnownError, match="another broker"):
            with_changed_broker(spec, replace(spec.broker(2), port=port))


def test_a_cluster_on_other_ports() -> None:
    before, after = spec_of(3), readdressed(spec_of(3), 9300)
    assert ports_of(after.brokers, voters(after)) == ports_from(9300, 3)
    assert changed_ports(before, after)[9092] == 9300 and changed_ports(before, after)[9195] == 9403
