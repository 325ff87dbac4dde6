"""Releases of kafka-python, each in a folder of its own, and programs run with one of them.

The release is installed by pip, once, into a cache folder (`WORKBENCH_TEST_CACHE`, else below ~/.cache), and put in
front of the import path of the program that uses it; nothing of it enters the project's environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("WORKBENCH_TEST_CACHE", Path.home() / ".cache/kafka-workbench-tests")) / "clients"
KAFKA_PYTHON = ("2.0.2", "2.3.3", "3.0.12")

_SIX_OF_TODAY = (
    "import sys\n\nimport six\n\nsys.modules[__name__] = six\nsys.modules[__name__ + '.moves'] = six.moves\n"
)


def kafka_python(version: str) -> Path:
    """The folder that holds the release; skips the test where it cannot be installed."""
    folder = CACHE / f"kafka-python-{version}-py{sys.version_info[0]}.{sys.version_info[1]}"
    if (folder / ".complete").exists():
        return folder
    wanted = [f"kafka-python=={version}"]
    patched = version == "2.0.2" and sys.version_info >= (3, 12)
    if patched:
        wanted.append("six")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *wanted]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"kafka-python {version} could not be installed within two minutes")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        pytest.skip(f"kafka-python {version} could not be installed: {last}")
    if patched:
        # Its bundled `six` cannot import on Python 3.12, as every user of that pair finds out.
        (folder / "kafka/vendor/six.py").write_text(_SIX_OF_TODAY)
    (folder / ".complete").touch()
    return folder


class ClientProgram:
    """A running Python program whose standard output is read as it comes; as a context, it is killed in the end."""

    def __init__(self, source: str, *, library: Path, directory: Path, name: str) -> None:
        file = directory / f"{name}.py"
        file.write_text(source)
        self.output = directory / f"{name}.out"
        self.errors = directory / f"{name}.err"
        environment = {**os.environ, "PYTHONPATH": str(library), "PYTHONUNBUFFERED": "1"}
        with self.output.open("w") as output, self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(file)],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )

    def __enter__(self) -> ClientProgram:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def lines(self) -> list[str]:
        """The whole lines printed so far."""
        return self.output.read_text().split("\n")[:-1]

    def wait_for_lines(self, count: int, timeout_s: float = 30) -> list[str]:
        """The first `count` lines; raises AssertionError with all output where they do not come."""
        deadline = time.monotonic() + timeout_s
        while len(self.lines()) < count:
            if time.monotonic() > deadline or (self.process.poll() is not None and len(self.lines()) < count):
                raise AssertionError(f"{count} lines expected, printed so far:\n{self._everything()}")
            time.sleep(0.02)
        return self.lines()[:count]

    def finish(self, timeout_s: float = 60) -> str:
        """All output of a program that ends by itself; raises AssertionError where it fails."""
        code = self.process.wait(timeout_s)
        assert code == 0, f"the program ended with {code}:\n{self._everything()}"
        return self.output.read_text()

    def _everything(self) -> str:
        return self.output.read_text() + self.errors.read_text()
