from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from workbench.cluster.copies import bring_back, copies_of, fork, keep_copy, remove_copy, wipe, wipe_plan
from workbench.cluster.plan import new_spec
from workbench.cluster.spec import load_spec, save_spec
from workbench.system.known_error import KnownError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path / "local", brokers=1)


def make(folder: Path, brokers: int) -> Path:
    numbers = itertools.count(1)
    folder.mkdir()
    save_spec(folder, new_spec("local", brokers, 9092, {}, lambda: f"id-{next(numbers)}"))
    for number in range(1, brokers + 1):
        logs = folder / f"broker-{number}" / "orders-0"
        logs.mkdir(parents=True)
        (logs / "00000000000000000000.log").write_bytes(b"records")
        (folder / f"broker-{number}" / ".lock").touch()
        (folder / f"broker-{number}" / ".kafka_cleanshutdown").write_text("{}")
    (folder / "logs").mkdir()
    return folder


def log_of(folder: Path) -> Path:
    return folder / "broker-1" / "orders-0" / "00000000000000000000.log"


def test_a_copy_is_a_clusters_folder(folder: Path) -> None:
    kept = keep_copy(folder, "before the upgrade")
    assert copies_of(folder) == ["before the upgrade"]
    assert load_spec(kept) == load_spec(folder)
    assert log_of(kept).read_bytes() == b"records"
    assert (kept / "broker-1" / ".kafka_cleanshutdown").exists()
    assert not (kept / "broker-1" / ".lock").exists()
    assert not (kept / "logs").exists()


def test_a_copy_brought_back_replaces_everything(folder: Path) -> None:
    keep_copy(folder, "good")
    log_of(folder).write_bytes(b"broken")
    (folder / "broker-1" / "new-0").mkdir()
    bring_back(folder, "good")
    assert log_of(folder).read_bytes() == b"records"
    assert not (folder / "broker-1" / "new-0").exists()
    assert copies_of(folder) == ["good"]
    assert not [entry for entry in folder.iterdir() if entry.name.startswith(".")]


def test_copies_do_not_hold_copies(folder: Path) -> None:
    keep_copy(folder, "one")
    assert not (keep_copy(folder, "two") / "copies").exists()


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", ".hidden", "x" * 80])
def test_names_that_cannot_be(folder: Path, name: str) -> None:
    with pytest.raises(KnownError):
        keep_copy(folder, name)
    with pytest.raises(KnownError, match="no copy"):
        bring_back(folder, name)


def test_a_name_is_not_taken_twice(folder: Path) -> None:
    keep_copy(folder, "good")
    with pytest.raises(KnownError, match="already"):
        keep_copy(folder, "good")
    remove_copy(folder, "good")
    assert copies_of(folder) == []


def test_a_fork_is_another_cluster_on_other_ports(folder: Path, tmp_path: Path) -> None:
    keep_copy(folder, "good")
    fork(folder, "good", tmp_path / "other", "experiment", port=9200)
    spec = load_spec(tmp_path / "other")
    assert spec is not None
    assert (spec.name, spec.brokers[0].port, spec.brokers[0].controller_port) == ("experiment", 9200, 9301)
    assert log_of(tmp_path / "other").read_bytes() == b"records"
    with pytest.raises(KnownError, match="not empty"):
        fork(folder, "good", tmp_path / "other", "again")


def test_several_voters_cannot_move_together(tmp_path: Path) -> None:
    folder = make(tmp_path / "three", brokers=3)
    keep_copy(folder, "good")
    with pytest.raises(KnownError, match="side by side"):
        fork(folder, "good", tmp_path / "other", "experiment", port=9200)
    fork(folder, "good", tmp_path / "other", "experiment")
    assert load_spec(tmp_path / "other") is not None


def test_a_wipe_removes_what_its_plan_says(folder: Path) -> None:
    keep_copy(folder, "good")
    plan = wipe_plan(folder)
    assert [(removal.what, removal.size_bytes > 0) for removal in plan] == [("broker 1", True), ("cluster.json", True)]
    assert log_of(folder).exists(), "a plan removes nothing"
    wipe(plan)
    assert not log_of(folder).exists()
    assert (folder / "copies" / "good").exists()
    everything = wipe_plan(folder, keep_copies=False)
    assert [removal.what for removal in everything] == ["every copy"]
