import asyncio
import sys
from pathlib import Path

import pytest

from workbench.cli.foreground import run_in_foreground
from workbench.cluster.events import ClusterPhase
from workbench.cluster.policy import NEVER_RESTART
from workbench.cluster.supervisor import LocalCluster
from workbench.system.known_error import KnownError

FAKE_BROKER = Path(__file__).parents[2] / "helpers" / "fake_broker.py"


@pytest.fixture(autouse=True)
def _no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test run's own signals and standard input stay as they are."""
    monkeypatch.setattr("workbench.cli.foreground._stop_on_signals", lambda stopping: None)
    monkeypatch.setattr("workbench.cli.foreground._read_standard_input", lambda stopping, lines: None)


def cluster_of(folder: Path, **settings: str) -> LocalCluster:
    return LocalCluster.open(
        folder,
        brokers=1,
        port=0,
        policy=NEVER_RESTART,
        settings={key.replace("_", "."): value for key, value in settings.items()},
        command_for=lambda path: [sys.executable, str(FAKE_BROKER), str(path)],
    )


async def test_a_cluster_whose_brokers_all_fail_ends_with_the_reason(tmp_path: Path) -> None:
    cluster = cluster_of(tmp_path / "local")

    async def kill_from_outside() -> None:
        process = cluster.brokers[1]._process
        assert process is not None
        process.kill()

    with pytest.raises(KnownError, match="SIGKILL"):
        await run_in_foreground(cluster, kill_from_outside)
    assert cluster.pids == {}


async def test_a_cluster_that_cannot_start_ends_with_the_reason(tmp_path: Path) -> None:
    cluster = cluster_of(tmp_path / "local", fake_start="fail")

    async def never() -> None:
        raise AssertionError("it was never ready")

    with pytest.raises(KnownError, match="no heart"):
        await run_in_foreground(cluster, never)


async def test_a_stop_while_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[asyncio.Event] = []
    monkeypatch.setattr("workbench.cli.foreground._stop_on_signals", asked.append)
    cluster = cluster_of(tmp_path / "local", fake_start="hang")
    running = asyncio.ensure_future(run_in_foreground(cluster, lambda: asyncio.sleep(0)))
    await asyncio.sleep(0)
    asked[0].set()
    await running
    assert (cluster.phase, cluster.pids) == (ClusterPhase.STOPPED, {})
