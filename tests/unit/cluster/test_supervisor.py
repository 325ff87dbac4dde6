import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from workbench.broker_contract.messages import BrokerState
from workbench.cluster.events import (
    BrokerLogged,
    BrokerPhaseChanged,
    BrokerSampled,
    BrokerStateReported,
    ClusterEvent,
    ClusterPhase,
    ClusterPhaseChanged,
    LogLevel,
)
from workbench.cluster.policy import NEVER_RESTART, BrokerPhase, RestartPolicy
from workbench.cluster.preparation import prepare_broker
from workbench.cluster.supervisor import RUNNING_FILE_NAME, LocalCluster, PortInUseError
from workbench.system.known_error import KnownError
from workbench.system.processes import is_alive

FAKE_BROKER = Path(__file__).parents[2] / "helpers" / "fake_broker.py"
QUICK = RestartPolicy(max_restarts=2, first_delay_ms=10, max_delay_ms=10, stop_timeout_ms=300)


async def until(condition: Callable[[], bool]) -> None:
    """Waits for something that only the operating system knows and tells nobody."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def command(path: Path) -> list[str]:
    return [sys.executable, str(FAKE_BROKER), str(path)]


class Opened:
    """Opens clusters of fake brokers and closes them after the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clusters: list[LocalCluster] = []

    def __call__(self, *, brokers: int = 1, policy: RestartPolicy = QUICK, **settings: str) -> LocalCluster:
        fake = {key.replace("_", "."): value for key, value in settings.items()}
        cluster = LocalCluster.open(
            self.folder, brokers=brokers, port=0, settings=fake, policy=policy, command_for=command
        )
        self.clusters.append(cluster)
        return cluster


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    opener = Opened(tmp_path / "cluster")
    yield opener
    for cluster in opener.clusters:
        pids = list(cluster.pids.values())
        await cluster.close()
        assert not any(is_alive(pid) for pid in pids)


async def test_starts_reports_and_stops(opened: Opened) -> None:
    cluster = opened()
    events: list[ClusterEvent] = []
    cluster.subscribe(events.append)
    await cluster.start()
    broker = cluster.brokers[1]
    assert (cluster.phase, broker.phase) == (ClusterPhase.RUNNING, BrokerPhase.RUNNING)
    assert broker.pid is not None and is_alive(broker.pid)
    assert cluster.bootstrap == f"localhost:{broker.spec.port}"
    pid = broker.pid
    await cluster.stop()
    assert (cluster.phase, broker.phase, broker.pid, broker.failure) == (
        ClusterPhase.STOPPED,
        BrokerPhase.STOPPED,
        None,
        None,
    )
    assert not is_alive(pid)
    states = [event.state for event in events if isinstance(event, BrokerStateReported)]
    assert states == [BrokerState.STARTING, BrokerState.RECOVERING, BrokerState.READY, BrokerState.STOPPING]
    phases = [event.phase for event in events if isinstance(event, ClusterPhaseChanged)]
    assert phases == [ClusterPhase.STARTING, ClusterPhase.RUNNING, ClusterPhase.STOPPING, ClusterPhase.STOPPED]
    assert [event.sample.bytes_in for event in events if isinstance(event, BrokerSampled)][:1] == [500]


async def test_log_lines_of_both_streams_are_kept_with_level_and_time(opened: Opened) -> None:
    cluster = opened()
    logged: list[BrokerLogged] = []
    cluster.subscribe(lambda event: logged.append(event) if isinstance(event, BrokerLogged) else None)
    await cluster.start()
    await cluster.stop()
    lines = {line.text: line for line in cluster.brokers[1].log_lines}
    assert lines["the fake broker starts (fake)"].level is LogLevel.WARNING
    assert lines["a stray line on standard output"].level is LogLevel.INFO
    assert any(line.source == "supervisor" and "Started process" in text for text, line in lines.items())
    assert [event.line for event in logged] == list(cluster.brokers[1].log_lines)


async def test_every_broker_gets_its_ports_and_properties(opened: Opened) -> None:
    cluster = opened(brokers=3)
    await cluster.start()
    ports = [handle.spec.port for handle in cluster.brokers.values()]
    assert ports == [ports[0], ports[0] + 1, ports[0] + 2]
    assert len(set(cluster.pids.values())) == 3
    for node_id, handle in cluster.brokers.items():
        text = handle.properties_path.read_text()
        assert f"node.id={node_id}\n" in text
        assert handle.properties_path.parent == handle.directories[0]


async def test_a_known_failure_is_raised_and_not_retried(opened: Opened) -> None:
    cluster = opened(fake_start="fail")
    with pytest.raises(KnownError, match="no heart") as caught:
        await cluster.start()
    assert caught.value.remedy == "Give it one."
    assert cluster.phase is ClusterPhase.FAILED
    assert sum("Started process" in line.text for line in cluster.brokers[1].log_lines) == 1


async def test_a_broker_that_crashes_is_restarted_until_it_is_given_up(opened: Opened) -> None:
    cluster = opened(fake_start="crash")
    with pytest.raises(KnownError, match=r"exit code 3.*restarted 2 times"):
        await cluster.start()
    assert sum("Started process" in line.text for line in cluster.brokers[1].log_lines) == 3


async def test_a_start_survives_a_crash(opened: Opened, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    cluster = opened(fake_crash_until=str(flag))

    def heal(event: ClusterEvent) -> None:
        if isinstance(event, BrokerPhaseChanged) and event.phase is BrokerPhase.WAITING:
            flag.touch()

    cluster.subscribe(heal)
    await cluster.start()
    assert cluster.brokers[1].phase is BrokerPhase.RUNNING
    assert cluster.brokers[1].failure is None


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
async def test_kill_9_from_outside_is_restarted_with_a_new_process(opened: Opened) -> None:
    cluster = opened()
    await cluster.start()
    broker = cluster.brokers[1]
    old = broker.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    await broker.wait_for(BrokerPhase.WAITING)
    assert broker.failure is not None and "SIGKILL" in broker.failure.sentence
    await broker.wait_for(BrokerPhase.RUNNING)
    assert broker.pid not in (None, old)
    running = json.loads((cluster.folder / RUNNING_FILE_NAME).read_text())
    assert running["pids"] == {"1": broker.pid}


async def test_kill_by_the_user_stays_dead_until_started(opened: Opened) -> None:
    cluster = opened()
    await cluster.start()
    broker = cluster.brokers[1]
    await broker.kill()
    assert (broker.phase, broker.pid, cluster.phase) == (BrokerPhase.KILLED, None, ClusterPhase.STOPPED)
    await broker.start()
    assert broker.phase is BrokerPhase.RUNNING


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
async def test_pause_and_resume(opened: Opened) -> None:
    cluster = opened()
    await cluster.start()
    broker = cluster.brokers[1]

    def process_state() -> str:
        return Path(f"/proc/{broker.pid}/stat").read_text().rsplit(") ", 1)[1][0]

    broker.pause()
    assert (broker.phase, cluster.phase) == (BrokerPhase.PAUSED, ClusterPhase.DEGRADED)
    await until(lambda: process_state() == "T")
    broker.resume()
    assert broker.phase is BrokerPhase.RUNNING
    assert (await broker.connections())[0].client_id == "tester"


async def test_a_paused_broker_stops_cleanly(opened: Opened) -> None:
    cluster = opened(policy=RestartPolicy(stop_timeout_ms=20_000))
    await cluster.start()
    cluster.brokers[1].pause()
    await cluster.stop()
    assert any("ended by itself" in line.text for line in cluster.brokers[1].log_lines)


async def test_a_broker_that_does_not_stop_is_ended_by_force(opened: Opened) -> None:
    cluster = opened(fake_stop="ignore")
    await cluster.start()
    await cluster.stop()
    assert cluster.brokers[1].phase is BrokerPhase.STOPPED
    assert any("SIGKILL" in line.text for line in cluster.brokers[1].log_lines)


async def test_stop_while_starting(opened: Opened) -> None:
    cluster = opened(fake_start="hang")
    starting = asyncio.ensure_future(cluster.start())
    await cluster.brokers[1].wait_for(BrokerPhase.STARTING)
    await cluster.stop()
    with pytest.raises(KnownError, match="stopped while it started"):
        await starting


async def test_connections_of_a_stopped_broker_are_none(opened: Opened) -> None:
    assert await opened().brokers[1].connections() == ()


async def test_a_port_in_use_is_told_before_anything_starts(opened: Opened) -> None:
    cluster = opened()
    port = cluster.brokers[1].spec.port
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(PortInUseError) as caught:
            await cluster.start()
        assert caught.value.port == port
        assert caught.value.free_port is not None and caught.value.free_port > port
        assert cluster.pids == {}
        cluster.move_to_port(caught.value.free_port)
        await cluster.start()
    assert cluster.bootstrap == f"localhost:{caught.value.free_port}"


async def test_a_cluster_that_was_never_started_may_get_another_number_of_brokers(opened: Opened) -> None:
    cluster = opened(brokers=3)
    first = cluster.spec.brokers[0].port
    with socket.create_server(("127.0.0.1", first)):
        with pytest.raises(PortInUseError) as caught:
            await cluster.start()
        assert caught.value.free_port is not None and not cluster.was_started
        cluster.move_to_port(caught.value.free_port, brokers=1)
        await cluster.start()
    assert list(cluster.brokers) == [1]
    await cluster.close()
    assert len(opened(brokers=1).spec.brokers) == 1, "it is written down"


async def test_a_cluster_that_was_started_keeps_its_number_of_brokers(opened: Opened) -> None:
    cluster = opened(brokers=1)
    await cluster.start()
    await cluster.stop()
    assert cluster.was_started
    with pytest.raises(KnownError, match="has 1 broker, not 3") as caught:
        cluster.move_to_port(cluster.spec.brokers[0].port, brokers=3)
    assert "add brokers" in caught.value.remedy


async def test_another_number_is_taken_when_the_folder_is_opened_again(opened: Opened) -> None:
    await opened(brokers=3).close()
    assert len(opened(brokers=5).spec.brokers) == 5


async def test_controllers_move_along_only_while_no_voter_knows_another(opened: Opened) -> None:
    cluster = opened(brokers=3)
    taken = cluster.spec.brokers[1].controller_port
    with socket.create_server(("127.0.0.1", taken)):
        with pytest.raises(PortInUseError) as caught:
            await cluster.start()
        assert caught.value.port == taken and caught.value.free_port is not None
        cluster.move_to_port(caught.value.free_port)
        await cluster.start()
        await cluster.stop()
    kept = cluster.spec.brokers[2].controller_port
    with socket.create_server(("127.0.0.1", kept)), pytest.raises(PortInUseError) as caught:
        await cluster.start()
    assert caught.value.free_port is None, "another first port would not help"
    assert caught.value.remedy == f"Stop what listens on {kept}, and try again."


async def test_one_supervisor_at_a_time(opened: Opened) -> None:
    opened()
    with pytest.raises(KnownError, match="in use by another"):
        opened()


async def test_a_folder_with_other_files_is_left_alone(opened: Opened) -> None:
    opened.folder.mkdir()
    (opened.folder / "thesis.txt").write_text("precious")
    with pytest.raises(KnownError, match="holds other files"):
        opened()
    assert {entry.name for entry in opened.folder.iterdir()} == {"thesis.txt"}


async def test_a_closed_cluster_opens_again_with_its_settings(opened: Opened) -> None:
    first = opened(num_partitions="7")
    await first.start()
    await first.close()
    again = opened()
    assert again.spec.cluster_id == first.spec.cluster_id
    assert again.spec.settings["num.partitions"] == "7"
    assert not (again.folder / RUNNING_FILE_NAME).exists()


async def test_another_number_of_brokers_is_refused(opened: Opened) -> None:
    cluster = opened()
    await cluster.start()
    await cluster.close()
    with pytest.raises(KnownError, match="has 1 broker, not 3"):
        opened(brokers=3)


async def test_a_new_cluster_has_three_brokers_and_an_old_one_what_it_had(tmp_path: Path) -> None:
    new = LocalCluster.open(tmp_path / "new", port=0)
    assert sorted(new.brokers) == [1, 2, 3]
    await new.close()
    await LocalCluster.open(tmp_path / "old", brokers=1, port=0).close()
    old = LocalCluster.open(tmp_path / "old")
    assert sorted(old.brokers) == [1]
    await old.close()


async def test_a_managed_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"node\.id"):
        LocalCluster.open(tmp_path / "cluster", settings={"node.id": "7"})


async def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    cluster = LocalCluster.open(
        tmp_path / "cluster", brokers=1, port=0, policy=NEVER_RESTART, command_for=lambda path: ["/nonexistent/program"]
    )
    try:
        with pytest.raises(KnownError, match="could not be started"):
            await cluster.start()
    finally:
        await cluster.close()


async def test_a_properties_file_that_somebody_broke_is_told(opened: Opened) -> None:
    cluster = opened()
    await cluster.start()
    await cluster.stop()
    path = cluster.brokers[1].properties_path
    path.write_text(path.read_text() + "message.max.bytes=\\u12\n")
    with pytest.raises(KnownError, match=r"server\.properties is not a properties file: Line \d+"):
        await cluster.start()


async def test_a_start_that_meets_a_bug_ends_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cluster = LocalCluster.open(
        tmp_path / "cluster", brokers=1, port=0, policy=NEVER_RESTART, command_for=lambda path: ["no\0program"]
    )
    try:
        with pytest.raises(KnownError, match=r"could not be started: ValueError"):
            await cluster.start()
    finally:
        await cluster.close()
    assert "embedded null byte" in caplog.text, "it is loud all the same"


async def test_while_it_is_held_no_broker_starts(opened: Opened) -> None:
    cluster = opened()
    with cluster.held("A snapshot is being taken."), pytest.raises(KnownError, match="snapshot is being taken"):
        await cluster.start()
    await cluster.start()
    assert cluster.brokers[1].phase is BrokerPhase.RUNNING


async def test_an_observer_that_fails_does_not_stop_the_others(opened: Opened) -> None:
    cluster = opened()
    problems: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
    seen: list[ClusterEvent] = []

    def broken(event: ClusterEvent) -> None:
        raise RuntimeError("broken observer")

    cluster.subscribe(broken)
    cluster.subscribe(seen.append)
    await cluster.start()
    assert seen
    assert all(isinstance(problem["exception"], RuntimeError) for problem in problems) and problems


async def test_a_broker_ends_with_its_supervisor(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from workbench.cluster.supervisor import LocalCluster\n"
        "async def main():\n"
        f"    cluster = LocalCluster.open(Path({str(tmp_path / 'cluster')!r}), brokers=1, port=0,\n"
        f"        command_for=lambda path: [sys.executable, {str(FAKE_BROKER)!r}, str(path)])\n"
        "    await cluster.start()\n"
        "    print(cluster.brokers[1].pid, flush=True)\n"
        "    os._exit(1)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    broker = int(output)
    await until(lambda: not is_alive(broker))


async def test_any_free_port_keeps_the_old_ones_where_they_are_free(opened: Opened) -> None:
    first = opened()
    port = first.brokers[1].spec.port
    await first.close()
    second = opened()
    assert second.brokers[1].spec.port == port
    await second.close()
    with socket.create_server(("127.0.0.1", port)):
        third = opened()
        assert third.brokers[1].spec.port != port
        await third.start()


async def test_brokers_do_not_move_onto_their_controllers_ports(opened: Opened) -> None:
    """All of them are free while the cluster is stopped, but a broker and a controller cannot share one."""
    cluster = opened(brokers=3)
    for handle in cluster.brokers.values():
        prepare_broker(cluster.spec, handle.spec, cluster.folder)
    controller = cluster.brokers[1].spec.controller_port
    assert (free := cluster.next_free_port(controller)) is not None and free > controller + 2
    with pytest.raises(KnownError, match="would have to serve twice"):
        cluster.move_to_port(controller)
    assert cluster.brokers[1].spec.port != controller


async def test_one_more_broker_behind_the_last_port(tmp_path: Path) -> None:
    cluster = LocalCluster.open(tmp_path / "cluster", brokers=1, port=65_434)
    with pytest.raises(KnownError, match="No port from 65536 on is free"):
        cluster.free_ports_for_one_more()
    await cluster.close()


async def test_the_next_free_port_of_several_voters_leaves_their_controllers_alone(opened: Opened) -> None:
    cluster = opened(brokers=3)
    await cluster.start()
    await cluster.stop()
    first = cluster.brokers[1].spec
    with socket.create_server(("127.0.0.1", first.controller_port)):
        assert cluster.next_free_port(first.port) == first.port
    with socket.create_server(("127.0.0.1", first.port)):
        assert cluster.next_free_port(first.port) != first.port
