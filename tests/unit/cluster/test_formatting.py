from pathlib import Path

import pytest

from workbench.broker_contract.properties_file import read_properties
from workbench.cluster.formatting import NodeFormat, format_node
from workbench.system.known_error import KnownError
from workbench.wire.uuids import random_uuid, uuid_to_text

CLUSTER_ID = uuid_to_text(random_uuid())
SNAPSHOT = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"


def node(folder: Path, **change: str) -> dict[str, str]:
    properties = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": "localhost:9193",
        "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193",
        "log.dirs": str(folder / "data"),
    }
    return {**properties, **{key.replace("_", "."): value for key, value in change.items()}}


def test_standalone(tmp_path: Path) -> None:
    (formatted,) = format_node(node(tmp_path), NodeFormat(CLUSTER_ID, standalone=True))
    assert formatted.log_dir == str(tmp_path / "data")
    meta = read_properties(tmp_path / "data" / "meta.properties")
    assert (meta["cluster.id"], meta["node.id"], meta["version"]) == (CLUSTER_ID, "1", "1")
    assert (tmp_path / "data" / SNAPSHOT).exists()


def test_a_static_quorum_needs_no_option_and_gets_no_snapshot(tmp_path: Path) -> None:
    format_node(node(tmp_path, controller_quorum_voters="1@localhost:9193"), NodeFormat(CLUSTER_ID))
    assert (tmp_path / "data" / "bootstrap.checkpoint").exists()
    assert not (tmp_path / "data" / SNAPSHOT).exists()


def test_joining_a_quorum_gets_no_snapshot(tmp_path: Path) -> None:
    format_node(node(tmp_path), NodeFormat(CLUSTER_ID, no_initial_controllers=True))
    assert not (tmp_path / "data" / SNAPSHOT).exists()


def test_initial_controllers_give_the_directory_its_id(tmp_path: Path) -> None:
    own, other = uuid_to_text(random_uuid()), uuid_to_text(random_uuid())
    controllers = f"1@localhost:9193:{own},2@localhost:9194:{other}"
    format_node(node(tmp_path), NodeFormat(CLUSTER_ID, initial_controllers=controllers))
    assert read_properties(tmp_path / "data" / "meta.properties")["directory.id"] == own


def test_several_directories(tmp_path: Path) -> None:
    properties = node(tmp_path, log_dirs=f"{tmp_path}/a,{tmp_path}/b", metadata_log_dir=f"{tmp_path}/m")
    formatted = format_node(properties, NodeFormat(CLUSTER_ID, standalone=True))
    assert {Path(one.log_dir).name for one in formatted} == {"a", "b", "m"}
    assert (tmp_path / "m" / SNAPSHOT).exists() and not (tmp_path / "a" / SNAPSHOT).exists()


def test_a_formatted_directory_is_refused_or_left_alone(tmp_path: Path) -> None:
    format_node(node(tmp_path), NodeFormat(CLUSTER_ID, standalone=True))
    with pytest.raises(KnownError, match="already formatted") as caught:
        format_node(node(tmp_path), NodeFormat(CLUSTER_ID, standalone=True))
    assert "--ignore-formatted" in caught.value.remedy
    assert format_node(node(tmp_path), NodeFormat(CLUSTER_ID, standalone=True, ignore_formatted=True)) == ()


@pytest.mark.parametrize(
    ("change", "how", "words"),
    [
        ({}, NodeFormat(CLUSTER_ID), "first voters have to be told"),
        ({"controller_quorum_voters": "1@a:1"}, NodeFormat(CLUSTER_ID, standalone=True), "makes the quorum static"),
        ({"controller_quorum_voters": "1@a:1"}, NodeFormat(CLUSTER_ID, initial_controllers="x"), "quorum static"),
        ({"process_roles": "broker"}, NodeFormat(CLUSTER_ID, standalone=True), "for a controller"),
        ({}, NodeFormat(CLUSTER_ID, initial_controllers="1@a"), "id@host:port:directoryId"),
        ({}, NodeFormat(CLUSTER_ID, initial_controllers="1@a:1:short"), "directory id"),
        ({}, NodeFormat("", standalone=True), "cluster id is missing"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, change: dict[str, str], how: NodeFormat, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        format_node(node(tmp_path, **change), how)
    assert not (tmp_path / "data" / "meta.properties").exists()


def test_a_broken_meta_properties_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=99\n")
    with pytest.raises(KnownError) as caught:
        format_node(node(tmp_path), NodeFormat(CLUSTER_ID, standalone=True))
    assert caught.value.remedy


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(KnownError, match="cannot be formatted"):
        format_node(node(tmp_path), NodeFormat(CLUSTER_ID, standalone=True))
