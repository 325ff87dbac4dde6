import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from workbench.cli.display import LIBRARIES, X11_LIBRARIES, missing_packages, why_no_window


@pytest.fixture(autouse=True)
def _everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.cli.display.missing_packages", lambda libraries: [])


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "no display here"),
        ({"DISPLAY": ":4711"}, "does not answer"),
        ({"DISPLAY": "nonsense"}, "does not answer"),
        ({"DISPLAY": "", "QT_QPA_PLATFORM": "xcb"}, "does not answer"),
        ({"DISPLAY": "localhost:999"}, "does not answer"),
    ],
)
def test_no_display_is_told_in_a_sentence(environment: Mapping[str, str], words: str) -> None:
    reason = why_no_window(environment, "linux")
    assert reason is not None and words in reason.sentence and reason.remedy


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({}, "darwin"),
        ({}, "win32"),
    ],
)
def test_a_window_can_be_opened(environment: Mapping[str, str], platform: str) -> None:
    assert why_no_window(environment, platform) is None


def test_an_x_server_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X64738")
        server.listen()
        assert why_no_window({"DISPLAY": ":64738.0"}, "linux") is None


def test_missing_libraries_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.cli.display.missing_packages", lambda libraries: ["libegl1", "libgl1"])
    reason = why_no_window({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert reason is not None and "apt-get install -y libegl1 libgl1" in reason.remedy


def test_without_pyside_there_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    reason = why_no_window({"DISPLAY": ":0"}, "linux")
    assert reason is not None and "PySide6" in reason.sentence


def test_libraries_that_do_not_load_are_missing() -> None:
    def load(name: str) -> object:
        if name in ("libEGL.so.1", "libxcb-cursor.so.0"):
            raise OSError(name)
        return object()

    assert missing_packages({**LIBRARIES, **X11_LIBRARIES}, load) == ["libegl1", "libxcb-cursor0"]
