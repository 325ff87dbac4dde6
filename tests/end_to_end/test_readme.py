"""The README's programs, as they are pasted, on a cluster that is new."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.testing.running_cluster import RunningCluster

README = Path(__file__).parents[2] / "README.md"


def programs(bootstrap: str) -> list[str]:
    """The Python programs that a user pastes, for a cluster that listens elsewhere."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    return [block.replace("localhost:9092", bootstrap) for block in blocks if "localhost:9092" in block]


@pytest.mark.timeout(60)
def test_a_message_sent_is_received(own_cluster: RunningCluster) -> None:
    one_of_them = own_cluster.bootstrap.split(",")[0]
    producer, consumer = programs(one_of_them)
    subprocess.run([sys.executable, "-c", producer], check=True, timeout=30)
    with subprocess.Popen([sys.executable, "-u", "-c", consumer], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == "test-topic 0 0 None b'Hello, Kafka!'\n"
        finally:
            running.kill()
