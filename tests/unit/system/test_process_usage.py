"""What this process uses, held against what is known about it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from workbench.system.process_usage import process_usage


def test_processor_time_grows_with_work() -> None:
    before = process_usage().cpu_ms
    deadline = time.process_time() + 0.03
    while time.process_time() < deadline:
        pass
    assert process_usage().cpu_ms - before >= 25


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_open_files_and_memory_of_the_process_itself(tmp_path: Path) -> None:
    before = process_usage()
    held = [(tmp_path / str(number)).open("wb") for number in range(5)]
    assert process_usage().open_files - before.open_files == 5
    for each in held:
        each.close()
    block = bytearray(40 << 20)
    block[::4096] = b"x" * len(block[::4096])
    assert process_usage().memory_bytes - before.memory_bytes >= 30 << 20
    assert before.open_files_limit >= before.open_files > 0
