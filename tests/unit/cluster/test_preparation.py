from pathlib import Path

import pytest

from workbench.broker_contract.properties_file import read_properties
from workbench.cluster.plan import new_spec, server_properties
from workbench.cluster.preparation import prepare_broker, write_properties
from workbench.cluster.spec import ClusterSpec
from workbench.system.known_error import KnownError
from workbench.wire.uuids import random_uuid, uuid_to_text

FIRST_SNAPSHOT = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"


def spec_of(brokers: int = 1) -> ClusterSpec:
    return new_spec("local", brokers, 9092, {}, lambda: uuid_to_text(random_uuid()))


def test_a_new_broker_gets_its_file_and_formatted_directory(tmp_path: Path) -> None:
    spec = spec_of()
    broker = spec.brokers[0]
    path = prepare_broker(spec, broker, tmp_path)
    assert read_properties(path) == server_properties(spec, broker, tmp_path)
    meta = read_properties(tmp_path / "broker-1" / "meta.properties")
    assert meta == {
        "version": "1",
        "cluster.id": spec.cluster_id,
        "node.id": "1",
        "directory.id": broker.directory_id,
    }
    assert (tmp_path / "broker-1" / "bootstrap.checkpoint").stat().st_size > 0


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    spec = spec_of()
    path = prepare_broker(spec, spec.brokers[0], tmp_path)
    files = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert prepare_broker(spec, spec.brokers[0], tmp_path) == path
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == files


def test_what_a_user_wrote_into_the_file_stays(tmp_path: Path) -> None:
    spec = spec_of()
    path = prepare_broker(spec, spec.brokers[0], tmp_path)
    path.write_text(path.read_text().replace("node.id=1", "node.id=7") + "# mine\nlog.segment.bytes=1048576\n")
    prepare_broker(spec, spec.brokers[0], tmp_path)
    assert "# mine\nlog.segment.bytes=1048576\n" in path.read_text()
    assert read_properties(path)["node.id"] == "1"


def test_a_managed_key_that_is_not_given_any_more_goes(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    write_properties(path, {"node.id": "1", "broker.rack": "a", "num.partitions": "2"})
    write_properties(path, {"node.id": "1"})
    assert read_properties(path) == {"node.id": "1", "num.partitions": "2"}


def test_every_broker_of_three_knows_all_voters(tmp_path: Path) -> None:
    spec = spec_of(3)
    for broker in spec.brokers:
        prepare_broker(spec, broker, tmp_path)
    ids = {read_properties(tmp_path / f"broker-{i}" / "meta.properties")["directory.id"] for i in (1, 2, 3)}
    assert ids == {broker.directory_id for broker in spec.brokers}
    snapshots = {
        (tmp_path / f"broker-{i}" / "__cluster_metadata-0" / "00000000000000000000-0000000000.checkpoint")
        .stat()
        .st_size
        for i in (1, 2, 3)
    }
    assert len(snapshots) == 1


def test_the_directory_of_another_cluster_is_refused(tmp_path: Path) -> None:
    spec, other = spec_of(), spec_of()
    prepare_broker(spec, spec.brokers[0], tmp_path)
    with pytest.raises(KnownError, match="belongs to node 1 of cluster"):
        prepare_broker(other, other.brokers[0], tmp_path)


def test_a_folder_with_a_comma_is_refused(tmp_path: Path) -> None:
    spec = spec_of()
    with pytest.raises(KnownError, match="comma"):
        prepare_broker(spec, spec.brokers[0], tmp_path / "a,b")


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "broker-1").touch()
    spec = spec_of()
    with pytest.raises(KnownError, match="cannot be made") as caught:
        prepare_broker(spec, spec.brokers[0], tmp_path)
    assert caught.value.remedy
