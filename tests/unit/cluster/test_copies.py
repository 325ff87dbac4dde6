from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.cluster.copies import (
    bring_back,
    copies_of,
    described_copies,
    fork,
    keep_copy,
    name_fault,
    remove_copy,
    wipe,
    wipe_plan,
)
from workbench.cluster.plan import new_spec
from workbench.cluster.spec import load_spec, save_spec
from workbench.cluster.threaded_work import WorkCancelled
from workbench.storage.log.meta_properties import MetaProperties, read_meta_properties, write_meta_properties
from workbench.system.disk import Disk
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


def test_a_fork_of_several_voters_has_its_own_id_and_ports(tmp_path: Path) -> None:
    folder = make(tmp_path / "three", brokers=3)
    identity = MetaProperties("id-1", 1, "2fwF1k_HR7e0LrF2KDuqWQ")
    write_meta_properties(Disk(), str(folder / "broker-1"), identity)
    keep_copy(folder, "good")
    fork(folder, "good", tmp_path / "other", "experiment", port=9200)
    spec = load_spec(tmp_path / "other")
    assert spec is not None and spec.cluster_id != "id-1"
    assert [(b.port, b.controller_port) for b in spec.brokers] == [(9200, 9301), (9201, 9302), (9202, 9303)]
    forked = read_meta_properties(Disk(), str(tmp_path / "other" / "broker-1"))
    assert forked == replace(identity, cluster_id=spec.cluster_id)
    assert read_meta_properties(Disk(), str(folder / "broker-1")) == identity


def test_copies_are_described_newest_first(folder: Path) -> None:
    keep_copy(folder, "old")
    os.utime(folder / "copies" / "old", (1, 1))
    keep_copy(folder, "new")
    (folder / "copies" / "broken").mkdir()
    (folder / "copies" / "broken" / "cluster.json").write_text("{")
    found = described_copies(folder)
    assert [(copy.name, copy.size_bytes > 0, len(copy.spec.brokers)) for copy in found] == [
        ("new", True, 1),
        ("old", True, 1),
    ]
    assert name_fault(folder, "new") and name_fault(folder, ".x") and not name_fault(folder, "other")


def test_progress_is_told_in_bytes_and_a_cancelled_copy_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    keep_copy(folder, "good", lambda done, total: told.append((done, total)))
    assert told[0][0] == 0 and told[-1][0] == told[-1][1] > 0

    def cancel(done: int, _total: int) -> None:
        if done:
            raise WorkCancelled

    before = sorted(path.name for path in folder.rglob("*"))
    for work in (
        lambda: keep_copy(folder, "bad", cancel),
        lambda: bring_back(folder, "good", cancel),
        lambda: fork(folder, "good", tmp_path / "fork", "f", report=cancel),
    ):
        with pytest.raises(WorkCancelled):
            work()
    assert sorted(path.name for path in folder.rglob("*")) == before and not (tmp_path / "fork").exists()


def test_holes_in_index_files_stay_holes(folder: Path) -> None:
    index = folder / "broker-1" / "orders-0" / "0.index"
    with index.open("wb") as file:
        file.truncate(10 * 1024 * 1024)
        file.seek(300_000)
        file.write(b"entry")
    kept = keep_copy(folder, "good") / "broker-1" / "orders-0" / "0.index"
    assert kept.read_bytes() == index.read_bytes()
    if hasattr(os.stat_result, "st_blocks"):
        assert kept.stat().st_blocks * 512 < 2 * 1024 * 1024


def test_a_broker_that_keeps_logs_elsewhere_cannot_be_copied(folder: Path, tmp_path: Path) -> None:
    spec = load_spec(folder)
    assert spec is not None
    elsewhere = replace(spec.broker(1), log_directories=("broker-1", str(tmp_path / "far away")))
    save_spec(folder, replace(spec, brokers=(elsewhere,)))
    with pytest.raises(KnownError, match="outside the cluster's folder"):
        keep_copy(folder, "good")


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
