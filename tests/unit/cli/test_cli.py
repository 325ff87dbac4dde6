import subprocess
import sys

import pytest

from workbench import __version__
from workbench.cli import COMMANDS, main
from workbench.system.known_error import KnownError


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"workbench {name}" in text for name in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_an_unknown_command_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clutser"]) == 2
    text = capsys.readouterr().err
    assert "'clutser'" in text and all(name in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"workbench {name}" in capsys.readouterr().out


def test_a_known_error_is_a_sentence_and_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: list[str]) -> int:
        raise KnownError("It rains.", "Take an umbrella.")

    monkeypatch.setattr("workbench.cli.storage.run", fail)
    assert main(["storage"]) == 1
    assert capsys.readouterr().err == "workbench: It rains.\nTake an umbrella.\n"


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.cli.storage.run", interrupt)
    assert main(["storage"]) == 130


def test_python_m_workbench_is_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "workbench", "--version"], capture_output=True, text=True, check=True)
    assert __version__ in done.stdout
