from __future__ import annotations

from pathlib import Path

import pytest

from workbench.storage.log.meta_properties import read_meta_properties
from workbench.storage.quorum.format import (
    DEFAULT_FEATURES,
    FormatError,
    FormatRequest,
    bootstrap_values,
    format_log_dirs,
    read_bootstrap_values,
)
from workbench.storage.quorum.snapshot_content import SnapshotError
from workbench.storage.quorum.snapshot_files import BOOTSTRAP_SNAPSHOT, SnapshotFiles
from workbench.storage.quorum.voters import Endpoint, parse_initial_controllers
from workbench.system.disk import Disk
from workbench.wire.messages import FeatureLevelRecord
from workbench.wire.record_values import decode_metadata_record
from workbench.wire.uuids import uuid_from_text

CLUSTER = "9wbxeblpRCuoC1yZ6Aa0wg"
ENDPOINT = Endpoint.of("CONTROLLER", "localhost", 9093)
FIRST_SNAPSHOT = "00000000000000000000-0000000000.checkpoint"


def run(request: FormatRequest) -> tuple[str, ...]:
    return tuple(done.log_dir for done in format_log_dirs(request, Disk(), lambda: 1_000))


def test_a_standalone_controller_is_its_own_first_voter(tmp_path: Path) -> None:
    log_dir = str(tmp_path / "d1")
    assert run(FormatRequest(CLUSTER, 1, [log_dir], standalone_endpoint=ENDPOINT)) == (log_dir,)
    meta = read_meta_properties(Disk(), log_dir)
    assert meta is not None and (meta.cluster_id, meta.node_id) == (CLUSTER, 1)
    snapshot = SnapshotFiles(log_dir + "/__cluster_metadata-0", Disk()).read(BOOTSTRAP_SNAPSHOT)
    assert snapshot.kraft_version == 1 and snapshot.values == ()
    assert snapshot.voters is not None and meta.directory_id is not None
    assert snapshot.voters.keys[0].directory_id == uuid_from_text(meta.directory_id)


def test_initial_controllers_give_a_voter_its_directory_id(tmp_path: Path) -> None:
    voters = parse_initial_controllers(
        ["1@localhost:9093:O7hDNgxUTI6dpjFe5vR6jA", "2@localhost:9094:X3BQCBRnTzqdbAc0Tof3cg"], "CONTROLLER"
    )
    for node_id, expected in ((2, "X3BQCBRnTzqdbAc0Tof3cg"), (3, None)):
        log_dir = str(tmp_path / f"d{node_id}")
        run(FormatRequest(CLUSTER, node_id, [log_dir], initial_voters=voters))
        meta = read_meta_properties(Disk(), log_dir)
        assert meta is not None
        assert expected is None or meta.directory_id == expected
        snapshot = SnapshotFiles(log_dir + "/__cluster_metadata-0", Disk()).read(BOOTSTRAP_SNAPSHOT)
        assert snapshot.voters == voters


def test_static_quorums_and_data_directories_get_no_first_snapshot(tmp_path: Path) -> None:
    run(FormatRequest(CLUSTER, 1, [str(tmp_path / "static")]))
    assert not (tmp_path / "static" / "__cluster_metadata-0").exists()
    both = [str(tmp_path / "data"), str(tmp_path / "meta")]
    run(FormatRequest(CLUSTER, 1, both, metadata_log_dir=both[1], standalone_endpoint=ENDPOINT))
    assert not (tmp_path / "data" / "__cluster_metadata-0").exists()
    assert (tmp_path / "meta" / "__cluster_metadata-0" / FIRST_SNAPSHOT).exists()
    ids = {meta.directory_id for log_dir in both if (meta := read_meta_properties(Disk(), log_dir))}
    assert len(ids) == 2


def test_bootstrap_records_are_the_feature_levels_metadata_version_first(tmp_path: Path) -> None:
    features = {"transaction.version": 2, "metadata.version": 30, "kraft.version": 1, "group.version": 0}
    run(FormatRequest(CLUSTER, 1, [str(tmp_path)], features=features, extra_values=(b"extra",)))
    values = read_bootstrap_values(str(tmp_path), Disk())
    assert [decode_metadata_record(value)[0] for value in values[:-1]] == [
        FeatureLevelRecord(name="metadata.version", feature_level=30),
        FeatureLevelRecord(name="transaction.version", feature_level=2),
    ]
    assert values[-1] == b"extra"


def test_without_the_file_a_cluster_starts_with_the_defaults(tmp_path: Path) -> None:
    assert read_bootstrap_values(str(tmp_path), Disk()) == bootstrap_values(DEFAULT_FEATURES)


def test_a_damaged_bootstrap_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "bootstrap.checkpoint").write_bytes(b"junk")
    with pytest.raises(SnapshotError):
        read_bootstrap_values(str(tmp_path), Disk())


def test_formatting_twice_is_refused_unless_asked_to_ignore(tmp_path: Path) -> None:
    first = str(tmp_path / "a")
    run(FormatRequest(CLUSTER, 1, [first]))
    before = (tmp_path / "a" / "meta.properties").read_bytes()
    with pytest.raises(FormatError, match="already formatted"):
        run(FormatRequest(CLUSTER, 1, [first]))
    second = str(tmp_path / "b")
    assert run(FormatRequest(CLUSTER, 1, [first, second], ignore_formatted=True)) == (second,)
    assert (tmp_path / "a" / "meta.properties").read_bytes() == before


@pytest.mark.parametrize(("cluster", "node"), [("other", 1), (CLUSTER, 2)])
def test_a_directory_of_another_node_or_cluster_is_refused(tmp_path: Path, cluster: str, node: int) -> None:
    run(FormatRequest(CLUSTER, 1, [str(tmp_path)]))
    with pytest.raises(FormatError, match="belongs to node 1"):
        run(FormatRequest(cluster, node, [str(tmp_path)], ignore_formatted=True))


@pytest.mark.parametrize(
    "request_made",
    [
        FormatRequest(CLUSTER, -1, ["x"]),
        FormatRequest("", 1, ["x"]),
        FormatRequest(CLUSTER, 1, []),
        FormatRequest(CLUSTER, 1, ["x"], metadata_log_dir="y"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(request_made: FormatRequest) -> None:
    with pytest.raises(FormatError):
        run(request_made)
