from pathlib import Path

import pytest

from workbench.broker_contract.properties_file import read_properties
from workbench.cli import main
from workbench.wire.uuids import random_uuid, uuid_from_text, uuid_to_text

CLUSTER_ID = uuid_to_text(random_uuid())


@pytest.fixture
def properties(tmp_path: Path) -> Path:
    path = tmp_path / "server.properties"
    path.write_text(
        "process.roles=broker,controller\nnode.id=5\ncontroller.listener.names=CONTROLLER\n"
        "listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193\n"
        f"controller.quorum.bootstrap.servers=localhost:9193\nlog.dirs={tmp_path}/data\n"
    )
    return path


def test_random_uuid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["storage", "random-uuid"]) == 0
    assert len(uuid_from_text(capsys.readouterr().out.strip())) == 16


def test_format_and_again(properties: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["storage", "format", "-t", CLUSTER_ID, "-c", str(properties), "--standalone"]
    assert main(command) == 0
    assert capsys.readouterr().out == f"Formatted {properties.parent}/data.\n"
    assert read_properties(properties.parent / "data" / "meta.properties")["cluster.id"] == CLUSTER_ID
    assert main(command) == 1
    assert "already formatted" in capsys.readouterr().err
    assert main([*command, "--ignore-formatted"]) == 0
    assert "formatted already" in capsys.readouterr().out


def test_the_long_names_of_the_options(properties: Path) -> None:
    arguments = ["--cluster-id", CLUSTER_ID, "--config", str(properties), "--no-initial-controllers"]
    assert main(["storage", "format", *arguments]) == 0


def test_only_one_way_to_name_the_voters(properties: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["storage", "format", "-t", CLUSTER_ID, "-c", str(properties), "--standalone", "-N"])
    assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"), [(None, "There is no file"), (b"a=\\u12", "not a properties file"), (b"", "process.roles")]
)
def test_a_bad_file_is_told(
    tmp_path: Path, content: bytes | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "server.properties"
    if content is not None:
        path.write_bytes(content)
    assert main(["storage", "format", "-t", CLUSTER_ID, "-c", str(path), "-s"]) == 1
    assert words in capsys.readouterr().err


def test_a_folder_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["storage", "format", "-t", CLUSTER_ID, "-c", str(tmp_path), "-s"]) == 1
    assert "cannot be read" in capsys.readouterr().err
