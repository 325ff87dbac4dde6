from pathlib import Path

import pytest

from workbench.cluster.folder import LOCK_FILE_NAME, ClusterFolder
from workbench.cluster.plan import new_spec
from workbench.cluster.spec import save_spec
from workbench.system.known_error import KnownError


def test_a_new_folder_is_made_and_has_no_spec(tmp_path: Path) -> None:
    folder = ClusterFolder.lock(tmp_path / "deep" / "local")
    assert folder.spec is None
    folder.unlock()


def test_a_known_folder_comes_with_its_spec(tmp_path: Path) -> None:
    spec = new_spec("local", 1, 9092, {}, lambda: "id")
    save_spec(tmp_path, spec)
    (tmp_path / "broker-1").mkdir()
    folder = ClusterFolder.lock(tmp_path)
    assert folder.spec == spec
    folder.unlock()


def test_it_is_locked_until_unlocked(tmp_path: Path) -> None:
    first = ClusterFolder.lock(tmp_path)
    with pytest.raises(KnownError, match="in use"):
        ClusterFolder.lock(tmp_path)
    first.unlock()
    ClusterFolder.lock(tmp_path).unlock()


def test_a_crash_before_the_spec_was_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE_NAME).touch()
    (tmp_path / "cluster.json.tmp").write_text("{")
    ClusterFolder.lock(tmp_path).unlock()


def test_other_files_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(KnownError, match="holds other files"):
        ClusterFolder.lock(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KnownError, match="cannot be used"):
        ClusterFolder.lock(tmp_path / "file")


def test_a_damaged_spec_leaves_the_folder_unlocked(tmp_path: Path) -> None:
    (tmp_path / "cluster.json").write_text("{")
    for _ in range(2):
        with pytest.raises(KnownError, match="not a description"):
            ClusterFolder.lock(tmp_path)


def test_what_wiping_leaves_is_ours(tmp_path: Path) -> None:
    (tmp_path / "copies" / "good").mkdir(parents=True)
    (tmp_path / "logs").mkdir()
    folder = ClusterFolder.lock(tmp_path)
    assert folder.spec is None
    folder.unlock()
