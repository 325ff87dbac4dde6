"""Kafka's own tools print on three of our brokers what they print on three of theirs."""

from __future__ import annotations

import difflib
from pathlib import Path
from types import ModuleType

import pytest

from tests.compatibility import cluster_tools, fault_tools
from tests.helpers import apache_kafka, three_nodes
from tests.helpers.single_node import program_under_test

pytestmark = [pytest.mark.java, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("played", [cluster_tools, fault_tools], ids=["whole", "with faults"])
def test_prints_as_recorded(tmp_path: Path, played: ModuleType) -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        pytest.skip(reason)
    with three_nodes.running(played.prepare(tmp_path, program_under_test())) as nodes:
        ours = played.play(nodes)
    recorded = played.RECORDED.read_text()
    shown = difflib.unified_diff(recorded.splitlines(), ours.splitlines(), "Apache Kafka", "ours", lineterm="")
    assert ours == recorded, "\n" + "\n".join(shown)
