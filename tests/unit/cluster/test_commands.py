from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.fake_cluster import fake_cluster
from workbench.cluster.commands import COMMANDS, run_command
from workbench.cluster.supervisor import LocalCluster


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[LocalCluster]:
    async with fake_cluster(tmp_path / "local") as made:
        yield made


async def test_a_life_in_commands(cluster: LocalCluster) -> None:
    assert "broker 2: running" in await run_command(cluster, "status")
    assert await run_command(cluster, "kill 2") == "Broker 2 is killed."
    assert "broker 2: killed" in await run_command(cluster, "status")
    assert await run_command(cluster, "start 2") == "Broker 2 runs."
    assert await run_command(cluster, "pause 1") == "In force: pause broker 1 (fault-1)."
    assert await run_command(cluster, "faults") == "fault-1: pause broker 1"
    assert await run_command(cluster, "heal fault-1") == "Healed: pause broker 1."
    assert await run_command(cluster, "faults") == "No fault is in force."
    assert await run_command(cluster, "stop 2") == "Broker 2 has stopped."


async def test_faults(cluster: LocalCluster) -> None:
    assert await run_command(cluster, "cut-link 1 2") == "In force: cut link broker 1 to broker 2 (fault-1)."
    assert await run_command(cluster, "slow-link 1 clients 200 30") == (
        "In force: slow link broker 1 to clients, 200 ms (fault-2)."
    )
    assert await run_command(cluster, "full-disk 2") == "In force: full disk of broker 2 (fault-3)."
    assert await run_command(cluster, "heal") == "No fault is in force."


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", ""),
        ("   ", ""),
        ("explode 1", "There is no command explode. Type help for those there are."),
        ("kill", "Usage: kill BROKER"),
        ("kill 1 2", "Usage: kill BROKER"),
        ("kill nine", "The cluster has no broker nine. It has 1, 2."),
        ("kill 9", "The cluster has no broker 9. It has 1, 2."),
        ("slow-disk 1 fast", "MILLISECONDS is 'fast', which is not a number."),
        ("heal fault-9", "There is no fault fault-9. In force: none."),
        ("cut-link 1 1", "Broker 1 has no link to itself. Name two brokers."),
    ],
)
async def test_what_is_no_command_is_answered(cluster: LocalCluster, line: str, answer: str) -> None:
    assert await run_command(cluster, line) == answer
    assert len(cluster.pids) == 2


async def test_help_names_every_command(cluster: LocalCluster) -> None:
    lines = (await run_command(cluster, "help")).splitlines()
    assert [line.split()[0] for line in lines] == list(COMMANDS)
