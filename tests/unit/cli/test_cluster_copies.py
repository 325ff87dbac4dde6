from __future__ import annotations

from pathlib import Path

import pytest

from workbench.cli import main
from workbench.cluster.plan import new_spec
from workbench.cluster.spec import save_spec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "local"
    (made / "broker-1" / "a-0").mkdir(parents=True)
    (made / "broker-1" / "a-0" / "00000000000000000000.log").write_bytes(b"records")
    save_spec(made, new_spec("local", 1, 9092, {}, lambda: "id"))
    return made


def cluster(command: str, folder: Path, *arguments: str) -> int:
    return main(["cluster", command, "--data-dir", str(folder), *arguments])


def test_copy_change_bring_back(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = folder / "broker-1" / "a-0" / "00000000000000000000.log"
    assert cluster("copy", folder, "good") == 0
    log.write_bytes(b"broken")
    assert cluster("bring-back", folder, "good") == 0
    assert log.read_bytes() == b"records"
    assert cluster("fork", folder, "good", str(tmp_path / "other"), "--port", "9300") == 0
    assert (tmp_path / "other" / "broker-1").is_dir()
    capsys.readouterr()
    assert cluster("copies", folder) == 0
    assert capsys.readouterr().out == "good\n"


def test_a_wipe_asks_for_yes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cluster("wipe", folder) == 1
    assert "broker 1" in capsys.readouterr().out
    assert (folder / "broker-1").exists()
    assert cluster("wipe", folder, "--yes") == 0
    assert not (folder / "broker-1").exists()


def test_a_copy_is_brought_back_after_a_wipe(folder: Path) -> None:
    assert cluster("copy", folder, "good") == 0
    assert cluster("wipe", folder, "--yes") == 0
    assert cluster("bring-back", folder, "good") == 0
    assert (folder / "broker-1" / "a-0" / "00000000000000000000.log").read_bytes() == b"records"


@pytest.mark.parametrize("port", ["0", "65500"])
def test_a_fork_gets_ports_that_there_are(
    folder: Path, tmp_path: Path, port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cluster("copy", folder, "good") == 0
    assert cluster("fork", folder, "good", str(tmp_path / "other"), "--port", port) == 1
    assert "ports go from 1 to 65535" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_what_is_no_cluster(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cluster("copies", tmp_path / "nothing") == 1
    (tmp_path / "empty").mkdir()
    assert cluster("copies", tmp_path / "empty") == 1
    assert cluster("bring-back", folder, "never") == 1
    told = capsys.readouterr().err
    assert "There is no folder" in told and "holds no cluster" in told and "There is no copy never" in told
