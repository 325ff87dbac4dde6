"""A broker's own part changed while it runs, on brokers that only speak the control channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.fake_cluster import fake_cluster
from tests.helpers.told_progress import ToldProgress
from workbench.broker_contract.properties_file import read_properties
from workbench.cluster import membership
from workbench.cluster.broker_changes import change_broker, change_cluster_settings
from workbench.cluster.plan import own_settings
from workbench.cluster.policy import BrokerPhase
from workbench.cluster.ports import any_free_port
from workbench.cluster.spec import load_spec
from workbench.cluster.supervisor import LocalCluster
from workbench.system.known_error import KnownError


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[LocalCluster]:
    async with fake_cluster(tmp_path / "local") as made:
        yield made


async def test_rack_port_directory_and_settings_count_from_the_restart_on(cluster: LocalCluster) -> None:
    handle, pid = cluster.brokers[2], cluster.brokers[2].pid
    port = any_free_port(lambda first: [first])
    told = ToldProgress()
    wanted = replace(
        handle.spec,
        port=port,
        rack="cellar",
        log_directories=(*handle.spec.log_directories, "broker-2-more"),
        settings={"num.io.threads": "3"},
    )
    await change_broker(cluster, wanted, progress=told)
    assert handle is cluster.brokers[2] and handle.phase is BrokerPhase.RUNNING and handle.pid != pid
    assert handle.address == f"localhost:{port}" and str(port) in cluster.bootstrap
    written = read_properties(handle.properties_path)
    assert (written["broker.rack"], written["num.io.threads"]) == ("cellar", "3")
    assert written["log.dirs"].endswith("broker-2-more") and (cluster.folder / "broker-2-more").is_dir()
    assert [note for _done, _total, note in told.steps] == ["broker 2 stops", "broker 2 starts"] and told.is_final
    kept = load_spec(cluster.folder)
    assert kept is not None and kept.broker(2) == wanted, "as it is after the window was closed and opened"


async def test_a_setting_that_was_put_in_by_hand_is_its_own_and_can_be_taken_out(cluster: LocalCluster) -> None:
    handle = cluster.brokers[1]
    with handle.properties_path.open("a") as file:
        file.write("log.retention.hours=2\n")
    own = own_settings(cluster.spec, handle.spec, read_properties(handle.properties_path))
    assert own == {"log.retention.hours": "2"}
    await change_broker(cluster, handle.spec, forgotten=["log.retention.hours"])
    assert "log.retention.hours" not in read_properties(handle.properties_path)


async def test_a_broker_that_does_not_start_with_it_runs_again_as_before(cluster: LocalCluster) -> None:
    handle = cluster.brokers[1]
    before, text = handle.spec, handle.properties_path.read_text()
    with pytest.raises(KnownError, match="no heart") as failed:
        await change_broker(cluster, replace(before, rack="x", settings={"fake.start": "fail"}))
    assert "as it was before" in failed.value.remedy
    assert handle.phase is BrokerPhase.RUNNING and handle.spec == before == cluster.spec.broker(1)
    assert "fake.start" not in handle.properties_path.read_text() and handle.properties_path.read_text() == text


async def test_a_stopped_broker_stays_stopped(cluster: LocalCluster) -> None:
    handle = cluster.brokers[2]
    await handle.stop()
    told = ToldProgress()
    await change_broker(cluster, replace(handle.spec, rack="r"), progress=told)
    assert handle.phase is BrokerPhase.STOPPED and handle.spec.rack == "r" and not told.is_final


async def test_ports_of_others_and_managed_settings_are_refused_before_anything_stops(cluster: LocalCluster) -> None:
    spec, pid = cluster.brokers[2].spec, cluster.brokers[2].pid
    for wrong in (
        replace(spec, port=cluster.brokers[1].spec.port),
        replace(spec, port=spec.controller_port),
        replace(spec, settings={"node.id": "9"}),
    ):
        with pytest.raises(KnownError):
            await change_broker(cluster, wrong)
    assert cluster.brokers[2].pid == pid and cluster.spec.broker(2) == spec


@pytest.fixture
def in_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fake brokers answer no request: who is controller and whether all are in sync is played."""

    class Admin:
        async def controller_id(self) -> int:
            return 1

        async def out_of_sync(self) -> int:
            return 0

    def admin_of(_cluster: Any, **_how: Any) -> Any:
        return Admin()

    monkeypatch.setattr(membership, "admin_of", admin_of)


async def test_settings_of_the_cluster_reach_one_broker_after_the_other(cluster: LocalCluster, in_sync: None) -> None:
    told = ToldProgress()
    await change_cluster_settings(cluster, {"num.partitions": "4"}, progress=told)
    for handle in cluster.brokers.values():
        assert handle.phase is BrokerPhase.RUNNING
        assert read_properties(handle.properties_path)["num.partitions"] == "4"
    assert [note for *_, note in told.steps if "restarts" in note] == ["broker 2 restarts", "broker 1 restarts"]
    await change_cluster_settings(cluster, {}, forgotten=["num.partitions"])
    for handle in cluster.brokers.values():
        assert "num.partitions" not in read_properties(handle.properties_path)


async def test_the_first_broker_that_cannot_start_ends_it_for_all(cluster: LocalCluster, in_sync: None) -> None:
    with pytest.raises(KnownError, match="does not start with this"):
        await change_cluster_settings(cluster, {"fake.start": "fail"})
    assert cluster.spec.settings == {}
    assert all(handle.phase is BrokerPhase.RUNNING for handle in cluster.brokers.values())
