"""Whether a window can be opened here, and if not, why (one sentence and a remedy).

Qt ends the process where it finds no display or misses a system library, so both are looked for before it is asked.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.system.known_error import KnownError

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What Qt needs on Linux, and the Debian package that has it."""

X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""What Qt needs besides, to show a window on X11."""


def why_no_window(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> KnownError | None:
    """The reason why no window can be opened here; None where one can."""
    if importlib.util.find_spec("PySide6") is None:
        return KnownError(
            "The window's library, PySide6, is not installed.", "Install it with: pip install 'kafka-workbench[window]'"
        )
    if not platform.startswith("linux"):
        return None
    chosen = environment.get("QT_QPA_PLATFORM", "")
    wayland = environment.get("WAYLAND_DISPLAY", "")
    display = environment.get("DISPLAY", "")
    if not chosen and not wayland and not display:
        return KnownError("There is no display here.", "Log in to a desktop, or set DISPLAY, to open the window.")
    on_x11 = chosen.startswith("xcb") or (not chosen and not wayland)
    if on_x11 and not _x_server_answers(display):
        return KnownError(
            f"The display {display or '(none)'} does not answer.", "Check DISPLAY, or log in to a desktop."
        )
    missing = missing_packages({**LIBRARIES, **X11_LIBRARIES} if on_x11 else LIBRARIES)
    if missing:
        packages = " ".join(missing)
        return KnownError(
            f"The window needs system libraries that are missing ({packages}).",
            f"On Debian and Ubuntu install them with: sudo apt-get install -y {packages}",
        )
    return None


def missing_packages(libraries: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """The packages of those libraries that the dynamic linker does not find."""
    missing = []
    for library, package in libraries.items():
        try:
            load(library)
        except OSError:
            missing.append(package)
    return missing


def _x_server_answers(display: str) -> bool:
    match = re.fullmatch(r"(?P<host>[^:]*):(?P<number>\d+)(\.\d+)?", display)
    if match is None:
        return False
    number = int(match["number"])
    host = match["host"]
    if host and host != "unix":
        return _connects(socket.AF_INET, (host, 6000 + number))
    path = f"/tmp/.X11-unix/X{number}"
    return _connects(socket.AF_UNIX, "\0" + path) or (Path(path).exists() and _connects(socket.AF_UNIX, path))


def _connects(family: int, address: object) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(address)  # type: ignore[arg-type]
        except OSError:
            return False
    return True
