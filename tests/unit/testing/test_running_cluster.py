import socket
from pathlib import Path

import pytest

from workbench.cluster.policy import BrokerPhase
from workbench.system.known_error import KnownError
from workbench.system.processes import is_alive
from workbench.testing import RunningCluster


def answers(bootstrap: str) -> bool:
    host, port = bootstrap.split(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_broker_is_killed_paused_stopped_and_started(own_cluster: RunningCluster) -> None:
    assert answers(own_cluster.bootstrap)
    first = own_cluster.pids[1]
    own_cluster.kill_broker(1)
    assert (own_cluster.phase(1), own_cluster.pids) == (BrokerPhase.KILLED, {})
    assert not is_alive(first) and not answers(own_cluster.bootstrap)
    own_cluster.start_broker(1)
    assert answers(own_cluster.bootstrap)
    own_cluster.pause_broker(1)
    assert own_cluster.phase(1) is BrokerPhase.PAUSED
    own_cluster.resume_broker(1)
    own_cluster.stop_broker(1)
    assert own_cluster.phase(1) is BrokerPhase.STOPPED
    own_cluster.start()
    assert "is ready" in own_cluster.log_text(1)
    assert own_cluster.properties_path(1).parent == own_cluster.directory(1)


def test_leaving_the_block_leaves_nothing_behind(tmp_path: Path) -> None:
    with RunningCluster(tmp_path / "local", settings={"num.partitions": "2"}) as running:
        pid, bootstrap = running.pids[1], running.bootstrap
        assert "num.partitions=2" in running.properties_path(1).read_text()
    assert not is_alive(pid)
    with pytest.raises(RuntimeError, match="not started"):
        _ = running.bootstrap
    with RunningCluster(tmp_path / "local", port=int(bootstrap.split(":")[1])) as again:
        assert again.bootstrap == bootstrap


def test_what_cannot_start_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(KnownError, match="holds other files"):
        RunningCluster(tmp_path).start()
    running = RunningCluster(tmp_path / "local", settings={"node.id": "3"})
    with pytest.raises(KnownError, match="cannot be set"):
        running.start()
    running.close()


def test_three_brokers_survive_one_of_them(tmp_path: Path) -> None:
    with RunningCluster(tmp_path / "local", brokers=3) as running:
        assert running.pids.keys() == {1, 2, 3}
        addresses = running.bootstrap.split(",")
        running.kill_broker(2)
        assert running.pids.keys() == {1, 3}
        assert [answers(address) for address in addresses] == [True, False, True]
