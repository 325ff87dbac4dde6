import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.system.processes import (
    continue_process,
    is_alive,
    isolated_child_options,
    python_child_environment,
    suspend_process,
)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]


def until_state(pid: int, states: str) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if state_of(pid) in states:
            return True
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_process_stands_still_and_goes_on() -> None:
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, **isolated_child_options()) as child:
        assert is_alive(child.pid)
        suspend_process(child.pid)
        assert until_state(child.pid, "T")
        continue_process(child.pid)
        assert until_state(child.pid, "SR")
        child.communicate(b"\n")
    assert not is_alive(child.pid)
    with pytest.raises(ProcessLookupError):
        suspend_process(child.pid)
    with pytest.raises(ProcessLookupError):
        continue_process(child.pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_process_that_ended_and_waits_for_its_parent_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    assert until_state(child.pid, "Z")
    assert not is_alive(child.pid)
    child.wait()


def test_a_child_keeps_what_it_compiles() -> None:
    given = {"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/tmp/compiled"}
    child = python_child_environment(given)
    assert "PYTHONDONTWRITEBYTECODE" not in child and child["PYTHONIOENCODING"] == "utf-8"
    assert (child["PATH"], child["PYTHONPYCACHEPREFIX"]) == ("/bin", "/tmp/compiled")
