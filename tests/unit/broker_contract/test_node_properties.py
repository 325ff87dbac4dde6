import pytest

from workbench.broker_contract.node_properties import node_properties
from workbench.system.known_error import KnownError

COMBINED = {
    "process.roles": "broker,controller",
    "node.id": "3",
    "controller.listener.names": "controller",
    "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
    "log.dirs": "/a, /b",
}


def test_a_combined_node() -> None:
    node = node_properties(COMBINED)
    assert (node.node_id, node.roles, node.log_dirs) == (3, ("broker", "controller"), ("/a", "/b"))
    assert (node.metadata_log_dir, node.directories) == ("/a", ("/a", "/b"))
    assert (node.controller_listener, node.controller_address) == ("CONTROLLER", ("localhost", 9093))
    assert node.is_controller and node.static_voters == ()


def test_the_advertised_address_comes_first() -> None:
    node = node_properties({**COMBINED, "advertised.listeners": "CONTROLLER://[::1]:19093"})
    assert node.controller_address == ("::1", 19093)


def test_a_metadata_directory_of_its_own() -> None:
    node = node_properties({**COMBINED, "metadata.log.dir": "/m"})
    assert (node.metadata_log_dir, node.directories) == ("/m", ("/a", "/b", "/m"))


def test_log_dir_and_its_default() -> None:
    without = {key: value for key, value in COMBINED.items() if key != "log.dirs"}
    assert node_properties({**without, "log.dir": "/one"}).log_dirs == ("/one",)
    assert node_properties(without).log_dirs == ("/tmp/kafka-logs",)


def test_a_broker_alone_has_no_controller_address() -> None:
    node = node_properties({**COMBINED, "process.roles": "broker", "listeners": "PLAINTEXT://:9092"})
    assert node.controller_address is None and not node.is_controller


def test_static_voters_and_the_old_name_of_the_id() -> None:
    properties = {**COMBINED, "controller.quorum.voters": "1@a:1,2@b:2", "broker.id": "9"}
    del properties["node.id"]
    node = node_properties(properties)
    assert (node.static_voters, node.node_id) == (("1@a:1", "2@b:2"), 9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"process.roles": ""}, r"process\.roles"),
        ({"controller.listener.names": ""}, r"controller\.listener\.names"),
        ({"node.id": "x"}, r"node\.id"),
        ({"node.id": ""}, r"node\.id is not set"),
        ({"listeners": "PLAINTEXT://:9092"}, "controller listener CONTROLLER"),
        ({"listeners": "CONTROLLER://:port"}, "NAME://host:port"),
        ({"log.dirs": ","}, r"log\.dirs"),
    ],
)
def test_what_is_wrong_is_told_with_a_remedy(change: dict[str, str], words: str) -> None:
    with pytest.raises(KnownError, match=words) as caught:
        node_properties({**COMBINED, **change})
    assert caught.value.remedy
