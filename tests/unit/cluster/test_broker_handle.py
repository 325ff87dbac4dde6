import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from workbench.cluster.broker_handle import BrokerHandle
from workbench.cluster.events import BrokerPhaseChanged, ClusterEvent
from workbench.cluster.log_file import BrokerLogFile
from workbench.cluster.policy import NEVER_RESTART, BrokerPhase, RestartPolicy
from workbench.cluster.spec import BrokerSpec
from workbench.system.known_error import KnownError
from workbench.system.tasks import TaskKeeper

FAKE_BROKER = Path(__file__).parents[2] / "helpers" / "fake_broker.py"
SPEC = BrokerSpec(1, 9092, 9193, "dir", ("broker-1",))

Prepare = Callable[[BrokerSpec], Awaitable[None]]


class Bench:
    """One handle over a fake broker, with everything it told."""

    def __init__(self, folder: Path, prepare: Prepare | None = None, policy: RestartPolicy = NEVER_RESTART) -> None:
        self.path = folder / "server.properties"
        self.path.write_text("")
        self.events: list[ClusterEvent] = []
        self.tasks = TaskKeeper()
        self.handle = BrokerHandle(
            SPEC,
            properties_path=self.path,
            directories=[folder],
            log_file=BrokerLogFile(folder / "broker.log"),
            policy=policy,
            command=[sys.executable, str(FAKE_BROKER), str(self.path)],
            prepare=prepare or self.prepared,
            notify=self.events.append,
            tasks=self.tasks,
        )

    async def prepared(self, spec: BrokerSpec) -> None:
        assert spec is SPEC

    def phases(self) -> list[BrokerPhase]:
        """Every phase once, in the order of the changes."""
        told = [event.phase for event in self.events if isinstance(event, BrokerPhaseChanged)]
        return [phase for phase, _ in itertools.groupby(told)]


async def test_a_life(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    handle = bench.handle
    assert (handle.node_id, handle.address, handle.phase, handle.pid) == (
        1,
        "localhost:9092",
        BrokerPhase.STOPPED,
        None,
    )
    await handle.start()
    assert handle.pid is not None and handle.last_sample is not None
    await handle.restart()
    await handle.stop()
    assert bench.phases() == [
        BrokerPhase.STARTING,
        BrokerPhase.RUNNING,
        BrokerPhase.STOPPING,
        BrokerPhase.STOPPED,
        BrokerPhase.STARTING,
        BrokerPhase.RUNNING,
        BrokerPhase.STOPPING,
        BrokerPhase.STOPPED,
    ]
    handle.close()
    assert "the fake broker starts" in (tmp_path / "broker.log").read_text()


async def test_the_pid_is_told_once_it_is_known(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.handle.start()
    pids = [event.pid for event in bench.events if isinstance(event, BrokerPhaseChanged)]
    assert pids[0] is None and set(pids[1:]) == {bench.handle.pid}
    await bench.handle.kill()


async def test_starting_twice_starts_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await asyncio.gather(bench.handle.start(), bench.handle.start())
    assert sum("Started process" in line.text for line in bench.handle.log_lines) == 1
    await bench.handle.stop()
    await bench.handle.stop()


async def test_what_preparing_says_is_the_reason(tmp_path: Path) -> None:
    async def refuse(spec: BrokerSpec) -> None:
        raise KnownError("The disk is full.", "Make room.")

    bench = Bench(tmp_path, refuse)
    with pytest.raises(KnownError, match="disk is full") as caught:
        await bench.handle.start()
    assert caught.value.remedy == "Make room."
    assert bench.handle.phase is BrokerPhase.FAILED
    assert any("disk is full" in line.text for line in bench.handle.log_lines)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_an_end_asked_for_while_the_process_is_being_made(tmp_path: Path, how: str) -> None:
    gate = asyncio.Event()

    async def wait(spec: BrokerSpec) -> None:
        await gate.wait()

    bench = Bench(tmp_path, wait)
    starting = asyncio.ensure_future(bench.handle.start())
    await bench.handle.wait_for(BrokerPhase.STARTING)
    ending = asyncio.ensure_future(getattr(bench.handle, how)())
    await asyncio.sleep(0)
    gate.set()
    await ending
    assert bench.handle.pid is None
    with pytest.raises(KnownError, match="stopped while it started"):
        await starting


async def test_questions_that_a_dead_process_cannot_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.handle.start()
    bench.handle.pause()
    bench.handle.resume()
    asking = asyncio.ensure_future(bench.handle.connections())
    await bench.handle.kill()
    assert len(await asking) in (0, 1)
    assert await bench.handle.connections() == ()


async def test_rates_fall_to_nothing_with_the_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.handle.start()
    await bench.handle.kill()
    assert bench.handle.rates.requests == 0
