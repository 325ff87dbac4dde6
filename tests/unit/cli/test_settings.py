from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from workbench.cli import main


def test_a_file_is_checked_in_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "server.properties"
    path.write_text("num.io.threads=many\n")
    assert main(["settings", "check", str(path)]) == 1
    assert "Not a number of type INT." in capsys.readouterr().out
    path.write_text("num.io.threads=4\n")
    assert main(["settings", "check", str(path)]) == 0
    assert capsys.readouterr().out == "Kafka accepts them all.\n"


def test_a_program_asks_in_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"num.partitions": "x"}'))
    assert main(["settings", "check", "--json"]) == 0
    (fault,) = json.loads(capsys.readouterr().out)
    assert fault["key"] == "num.partitions" and fault["refuses"]
    assert main(["settings", "list", "--json"]) == 0
    assert any(known["key"] == "num.partitions" for known in json.loads(capsys.readouterr().out))
    assert main(["settings", "list"]) == 0
    assert "num.partitions (int) = 1\n" in capsys.readouterr().out


def test_what_cannot_be_read_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["settings", "check", str(tmp_path / "nothing")]) == 1
    (tmp_path / "bad").write_text("a=\\u00zz\n")
    assert main(["settings", "check", str(tmp_path / "bad")]) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO("[]"))
    assert main(["settings", "check"]) == 1
    told = capsys.readouterr().err
    assert "There is no file" in told and "not a properties file" in told and "not a JSON object" in told
