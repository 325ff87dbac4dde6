"""Where the data lies: sizes, and the plan that wipes."""

from __future__ import annotations

from pathlib import Path

from workbench.ui.view_models.data_plans import free_bytes, measure, measure_one, wipe, wipe_folder


def test_folders_are_measured_largest_first(tmp_path: Path) -> None:
    (tmp_path / "broker-1" / "a-0").mkdir(parents=True)
    (tmp_path / "broker-1" / "a-0" / "0.log").write_bytes(b"x" * 50_000)
    (tmp_path / "broker-1" / "meta").write_bytes(b"y" * 10)
    (tmp_path / "cluster.json").write_bytes(b"z" * 20)
    lines = measure(tmp_path)
    assert [(line.name, line.files) for line in lines] == [("broker-1", 2), ("cluster.json", 1)]
    assert lines[0].size_bytes == 50_010
    assert measure(tmp_path / "missing") == []


def test_a_sparse_file_counts_what_it_takes(tmp_path: Path) -> None:
    with (tmp_path / "index").open("wb") as file:
        file.truncate(10 * 1024 * 1024)
    assert measure(tmp_path)[0].size_bytes <= 10 * 1024 * 1024


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    free = free_bytes(tmp_path / "not" / "yet")
    assert free is not None and free > 0


async def test_wiping_lists_all_and_does_only_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "broker-1").mkdir()
    (tmp_path / "broker-1" / "log").write_bytes(b"x" * 10)
    done: list[str] = []

    async def apply() -> None:
        done.append("wiped")

    plan = wipe("local", tmp_path, measure(tmp_path), 3, apply)
    assert plan.destructive and dict(plan.touches)["Topics lost"] == "3"
    assert str(tmp_path / "broker-1") in plan.difference[0]
    assert done == [] and (tmp_path / "broker-1").exists()
    await plan.apply()
    assert done == ["wiped"]


def test_wiping_leaves_snapshots(tmp_path: Path) -> None:
    (tmp_path / "copies" / "good").mkdir(parents=True)
    (tmp_path / "broker-1").mkdir()
    (tmp_path / "broker-1" / "log").write_bytes(b"x" * 10)
    (tmp_path / "cluster.json").write_text("{}")
    assert measure_one(tmp_path / "broker-1").files == 1
    wipe_folder(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["copies"] and (tmp_path / "copies" / "good").is_dir()
