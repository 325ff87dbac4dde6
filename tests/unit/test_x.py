"""`x.py`: what it does on machines that lack something, without changing this one."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[2]
SCRIPT = PROJECT / "x.py"


@pytest.fixture
def x(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module whose checkout is an empty folder."""
    spec = importlib.util.spec_from_file_location("x_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "LOCK": tmp_path / "requirements.lock"}.items():
        monkeypatch.setattr(module, name, str(path))
    monkeypatch.setattr(module, "VENV_PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(module, "MARK", str(tmp_path / ".venv" / "filled-from.json"))
    (tmp_path / "requirements.lock").write_text((PROJECT / "requirements.lock").read_text())
    (tmp_path / "pyproject.toml").write_text((PROJECT / "pyproject.toml").read_text())
    return module


def fail(*arguments: object, **options: object) -> None:
    raise AssertionError("this must not happen")


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_help_and_a_command_that_it_does_not_have() -> None:
    assert "x.py run" in call("--help").stdout
    done = call("rnu")
    assert done.returncode == 1
    assert done.stderr == "x.py: x.py has no command 'rnu'; it has run, test, check, setup, lock.\n"


def test_it_is_standard_library_only_and_any_python_3_can_read_it() -> None:
    import ast

    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_a_python_that_does_not_fit_is_a_sentence(x: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(x.shutil, "which", lambda name: None)
    with pytest.raises(x.Stop, match=r"needs Python 3\.11 to 3\.14, and this is 3\.9"):
        x.find_python([])


def test_another_python_on_the_path_is_taken(x: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(x.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(x.shutil, "which", lambda name: "/bin/" + name if name == "python3.12" else None)
    monkeypatch.setattr(x, "become", lambda command: became.append(command) or 0)
    with pytest.raises(SystemExit):
        x.find_python(["test", "-x"])
    assert became[0][0] == "/bin/python3.12" and became[0][2:] == ["test", "-x"]


def bare(x: ModuleType, monkeypatch: pytest.MonkeyPatch, packages: list[str], *, root: bool, apt: bool = True) -> None:
    monkeypatch.setattr(x, "missing_system_packages", lambda needs_window: packages)
    monkeypatch.setattr(x, "may_install_packages", lambda: root)
    monkeypatch.setattr(x.shutil, "which", lambda name: "/usr/bin/apt-get" if apt and name == "apt-get" else None)


def test_what_the_system_lacks_is_named_with_the_command(x: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    bare(x, monkeypatch, ["python3-venv", "libegl1", "libgl1"], root=False)
    with pytest.raises(x.Stop) as stopped:
        x.fill("test", needs_window=True)
    assert str(stopped.value) == (
        "The system lacks python3-venv, libegl1 and libgl1. Install with: sudo apt-get install -y "
        "python3-venv libegl1 libgl1 (as an administrator), then call x.py again."
    )


def test_elsewhere_than_debian_the_packages_are_named_all_the_same(
    x: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare(x, monkeypatch, ["python3-venv"], root=False, apt=False)
    with pytest.raises(x.Stop, match="what your system calls these Debian packages: python3-venv"):
        x.fill("run", needs_window=True)


def names_in(requirements: str) -> set[str]:
    return {line.partition("==")[0] for line in requirements.splitlines() if "==" in line}


def stages(x: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lets every stage only say its name, and `make_venv` leave a Python behind."""
    done: list[str] = []

    def make() -> None:
        done.append("venv")
        Path(x.VENV_PYTHON).parent.mkdir(parents=True, exist_ok=True)
        Path(x.VENV_PYTHON).touch()

    monkeypatch.setattr(x, "make_venv", make)
    monkeypatch.setattr(x, "install_locked", lambda text: done.append(f"packages {' '.join(names_in(text))}"))
    monkeypatch.setattr(x, "pip_install", lambda arguments: done.append("project"))
    monkeypatch.setattr(x.subprocess, "call", lambda *arguments, **options: 0)
    return done


def test_without_qts_libraries_run_goes_on_and_says_so(
    x: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare(x, monkeypatch, ["libegl1"], root=False)
    done = stages(x, monkeypatch)
    x.fill("run", needs_window=True)
    assert "lacks libegl1, so no window can open" in capsys.readouterr().out
    assert done[0] == "venv"


def test_an_administrator_gets_the_packages_installed(x: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    bare(x, monkeypatch, ["python3-venv"], root=True)
    done = stages(x, monkeypatch)
    monkeypatch.setattr(x, "install_packages", lambda packages: done.append("apt " + " ".join(packages)))
    x.fill("run", needs_window=False)
    assert done[:2] == ["apt python3-venv", "venv"]


def test_a_filled_environment_starts_at_once_and_a_larger_part_adds_only_what_is_new(
    x: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare(x, monkeypatch, [], root=False)
    done = stages(x, monkeypatch)
    x.fill("run", needs_window=False)
    assert [step.split()[0] for step in done] == ["venv", "packages", "project"]
    first = done.copy()
    monkeypatch.setattr(x, "missing_system_packages", fail)
    x.fill("run", needs_window=True)
    assert done == first
    monkeypatch.setattr(x, "missing_system_packages", lambda needs_window: [])
    x.fill("test", needs_window=True)
    assert [step.split()[0] for step in done] == ["venv", "packages", "project", "venv", "packages"]
    assert "pyside6-essentials" in done[1] and "pytest" in done[4]
    assert not set(done[1].split()[1:]) & set(done[4].split()[1:])


@pytest.mark.parametrize(
    "change",
    [
        lambda x: Path(x.LOCK).write_text(Path(x.LOCK).read_text().replace("# [test]", "extra==1\n# [test]")),
        lambda x: Path(x.ROOT, "pyproject.toml").write_text("[project]\n"),
        lambda x: Path(x.VENV_PYTHON).unlink(),
        lambda x: Path(x.MARK).write_text("{"),
        lambda x: setattr(x, "MADE", "with another Python"),
    ],
)
def test_what_has_changed_is_made_anew(
    x: ModuleType, monkeypatch: pytest.MonkeyPatch, change: Callable[[ModuleType], object]
) -> None:
    bare(x, monkeypatch, [], root=False)
    done = stages(x, monkeypatch)
    x.fill("run", needs_window=False)
    count = len(done)
    change(x)
    x.fill("run", needs_window=False)
    assert len(done) > count
    after = len(done)
    x.fill("run", needs_window=False)
    assert len(done) == after


def test_a_lock_that_is_missing_or_damaged_is_a_sentence(x: ModuleType) -> None:
    Path(x.LOCK).write_text("# [run]\na==1\n")
    with pytest.raises(x.Stop, match="damaged"):
        x.read_sections()
    Path(x.LOCK).unlink()
    with pytest.raises(x.Stop, match="missing"):
        x.read_sections()


def test_what_pip_says_is_a_sentence_and_is_kept(x: ModuleType, tmp_path: Path) -> None:
    python = Path(x.VENV_PYTHON)
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho Collecting a==1\necho 'ERROR: No matching distribution'\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(x.Stop, match=r"ERROR: No matching distribution\. Check the network"):
        x.pip_install(["a"])
    assert "Collecting a==1" in (tmp_path / ".venv" / "pip-failed.log").read_text()


def test_libraries_and_fonts_that_are_missing(x: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import ctypes

    def load(name: str) -> object:
        if name == "libEGL.so.1":
            raise OSError(name)
        return object()

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(x.sys, "platform", "linux")
    monkeypatch.setattr(x, "FONT_FOLDERS", (str(tmp_path / "fonts"),))
    monkeypatch.setattr(x, "has_display", lambda: False)
    assert x.missing_system_packages(True) == ["libegl1", "fonts-dejavu-core"]
    (tmp_path / "fonts" / "deep").mkdir(parents=True)
    (tmp_path / "fonts" / "deep" / "Some.TTF").touch()
    assert x.missing_system_packages(True) == ["libegl1"]
    assert x.missing_system_packages(False) == []
    monkeypatch.setattr(ctypes, "CDLL", fail_to_load)
    assert set(x.missing_system_packages(True)) == set(x.QT_LIBRARIES.values())
    monkeypatch.setattr(x, "has_display", lambda: True)
    assert set(x.missing_system_packages(True)) == {*x.QT_LIBRARIES.values(), *x.X11_LIBRARIES.values()}


def fail_to_load(name: str) -> object:
    raise OSError(name)


def test_whether_there_is_a_display(x: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(x.sys, "platform", "linux")
    assert not x.has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert x.has_display()


def test_run_and_test_become_the_program(x: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(x, "fill", lambda section, needs_window: None)
    monkeypatch.setattr(x, "become", lambda command, folder=None: became.append(command) or 0)
    monkeypatch.setenv("QT_QPA_PLATFORM", os.environ.get("QT_QPA_PLATFORM", "offscreen"))
    x.run(["--", "--theme", "dark"])
    x.test(["-x"])
    assert became[0][1:] == ["-P", "-m", "workbench", "--theme", "dark"]
    assert became[1][1:] == ["-m", "pytest", "-x"]


def test_the_marks_of_what_is_missing_agree_with_the_windows_own() -> None:
    from workbench.cli import display

    spec = importlib.util.spec_from_file_location("x_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (module.QT_LIBRARIES, module.X11_LIBRARIES) == (display.LIBRARIES, display.X11_LIBRARIES)
