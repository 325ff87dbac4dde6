"""Kafka's own tools print on three of our brokers what they print on three of theirs."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.compatibility import cluster_tools
from tests.helpers import apache_kafka, three_nodes
from tests.helpers.single_node import program_under_test

pytestmark = [pytest.mark.java, pytest.mark.slow, pytest.mark.timeout(400)]


def test_prints_as_recorded(tmp_path: Path) -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        pytest.skip(reason)
    with three_nodes.running(cluster_tools.prepare(tmp_path, program_under_test())) as nodes:
        ours = cluster_tools.play(nodes)
    recorded = cluster_tools.RECORDED.read_text()
    shown = difflib.unified_diff(recorded.splitlines(), ours.splitlines(), "Apache Kafka", "ours", lineterm="")
    assert ours == recorded, "\n" + "\n".join(shown)
