"""What differs between platforms about child processes: their group, standing still, going on.

Invariant: a child started with `isolated_child_options` does not get the terminal's Ctrl-C; its parent decides.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def isolated_child_options() -> dict[str, Any]:
    """Keyword arguments for `subprocess.Popen` and its kin that keep the terminal's signals from the child."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def python_child_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of a child that runs this program: text is UTF-8, and what it compiles is kept.

    A broker compiles two hundred modules where `PYTHONDONTWRITEBYTECODE` kept an earlier one from writing them down,
    which takes ten times as long as its whole start. Where they go (`PYTHONPYCACHEPREFIX`) stays the user's choice.
    """
    own = {**environment, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return own


def suspend_process(pid: int) -> None:
    """Makes the process stand still (SIGSTOP); ProcessLookupError where it is gone."""
    if sys.platform == "win32":
        _call_windows("NtSuspendProcess", pid)
    else:
        os.kill(pid, signal.SIGSTOP)


def continue_process(pid: int) -> None:
    """Lets a suspended process go on (SIGCONT); ProcessLookupError where it is gone."""
    if sys.platform == "win32":
        _call_windows("NtResumeProcess", pid)
    else:
        os.kill(pid, signal.SIGCONT)


def is_alive(pid: int) -> bool:
    """Whether a process with that id runs; one that has ended and waits for its parent does not."""
    if sys.platform == "win32":
        listed = subprocess.run(
            ["tasklist", "/FI", f"PID eq {pid}", "/NH"], capture_output=True, text=True, check=False
        )
        return str(pid) in listed.stdout
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether the process has ended and only its parent has not heard of it yet; False where that cannot be told."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return status.rpartition(b") ")[2][:1] == b"Z"


if sys.platform == "win32":

    def _call_windows(function: str, pid: int) -> None:
        import ctypes

        suspend_resume = 0x0800
        handle = ctypes.windll.kernel32.OpenProcess(suspend_resume, False, pid)
        if not handle:
            raise ProcessLookupError(pid)
        try:
            getattr(ctypes.windll.ntdll, function)(handle)
        finally:
            ctypes.windll.kernel32.CloseHandle(handle)
