"""The whole: clusters are added, plans carried out and noted, everything ends."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.fake_session import FakeSession, topic
from workbench.client.errors import ClientError
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.profiles import ClusterProfile
from workbench.system.known_error import KnownError
from workbench.ui.bridge import Bridge
from workbench.ui.view_models import topic_plans
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.jobs import JobState
from workbench.ui.view_models.plan import Plan
from workbench.ui.view_models.workbench_model import LOCAL_NAME, WorkbenchModel


async def _turns(count: int = 40) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
def session() -> Any:
    return FakeSession()


@pytest.fixture
def model(tmp_path: Path, session: Any) -> WorkbenchModel:
    return WorkbenchModel(Bridge(), WorkspaceDatabase.in_memory(), tmp_path, lambda _bootstrap: session)


async def test_a_foreign_cluster_is_followed_and_remembered_if_asked(model: WorkbenchModel) -> None:
    model.add_remote("a", "a:9092", read_only=True, rank=5, keep=True)
    model.add_remote("b", "b:9092", read_only=False, rank=6, keep=False)
    await _turns()
    assert [cluster.state for cluster in model.clusters] == [ClusterState.RUNNING] * 2
    assert model.current is model.cluster("a")
    assert model.profiles.all() == [ClusterProfile("a", "remote", "a:9092", 5, True)]
    await model.close()


async def test_forgetting_ends_the_polls_and_moves_on(model: WorkbenchModel, session: FakeSession) -> None:
    first = model.add_remote("a", "a:9092", read_only=False, rank=5, keep=True)
    second = model.add_remote("b", "b:9092", read_only=False, rank=5, keep=True)
    await _turns()
    model.forget(first)
    await _turns()
    assert session.closed and model.current is second
    assert [profile.name for profile in model.profiles.all()] == ["b"]
    await model.close()


async def test_a_plan_is_carried_out_noted_and_offered_to_undo(model: WorkbenchModel, session: Any) -> None:
    cluster = model.add_remote("a", "a:9092", read_only=False, rank=5, keep=False)
    await _turns()
    told: list[tuple[str, Any]] = []
    model.done.connect(lambda words, undo: told.append((words, undo)))
    await model.apply(cluster, topic_plans.create_topic(session, "a:9092", "new", 1, 1, {}))
    assert told[0][0] == "Topic new is created" and told[0][1] is not None
    entry = model.history.newest()[0]
    assert (entry.cluster, entry.outcome) == ("a", "done") and "--create" in entry.shell
    assert model.jobs.all[0].state is JobState.DONE
    await _turns()
    assert cluster.topic("new") is not None, "a write polls at once"
    await model.close()


async def test_a_refused_plan_is_noted_with_the_reason(model: WorkbenchModel, session: Any) -> None:
    cluster = model.add_remote("a", "a:9092", read_only=False, rank=5, keep=False)
    await _turns()
    session.down = True
    with pytest.raises(ClientError):
        await model.apply(cluster, topic_plans.delete_topics(session, "a:9092", (topic("orders"),)))
    assert model.history.newest()[0].outcome.startswith("No broker answers")
    assert model.jobs.all[0].state is JobState.FAILED
    await model.close()


def _long_plan(work: Any) -> Plan:
    return Plan("Long work", "", (), (), "by hand", "", None, "Do it", "It is done", job=work)


async def test_long_work_is_a_job_with_progress_that_ends_done_failed_or_cancelled(model: WorkbenchModel) -> None:
    cluster = model.add_remote("a", "a:9092", read_only=False, rank=5, keep=False)
    done: list[str] = []
    failed: list[Any] = []
    model.done.connect(lambda words, _undo: done.append(words))
    model.job_failed.connect(failed.append)
    going_on = asyncio.Event()

    async def good(progress: Any) -> None:
        progress.show(1, 2, "half")
        await going_on.wait()

    async def bad(_progress: Any) -> None:
        raise KnownError("It cannot be.", "Leave it.")

    await model.apply(cluster, _long_plan(good))
    await _turns()
    assert (model.jobs.all[-1].state, model.jobs.all[-1].note) == (JobState.RUNNING, "half")
    going_on.set()
    await _turns()
    assert done == ["It is done"] and model.jobs.all[-1].state is JobState.DONE
    await model.apply(cluster, _long_plan(bad))
    await _turns()
    assert failed[0].sentence == "It cannot be." and model.jobs.all[-1].note == "It cannot be."
    going_on.clear()
    await model.apply(cluster, _long_plan(good))
    await _turns()
    model.jobs.cancel(model.jobs.all[-1].number)
    await _turns()
    assert model.jobs.all[-1].state is JobState.CANCELLED and done == ["It is done"]
    assert [entry.outcome for entry in model.history.newest()[:3]] == ["cancelled", "It cannot be.", "done"]
    await model.close()


@pytest.mark.parametrize(("chosen", "count"), [(None, 3), ("1", 1)])
async def test_the_cluster_local_gets_as_many_brokers_as_the_settings_say(
    model: WorkbenchModel, chosen: str | None, count: int
) -> None:
    model.preferences.put("start_clusters", "no")
    if chosen is not None:
        model.preferences.put("brokers", chosen)
    model.open_known()
    local = model.clusters[0].local
    assert local is not None
    for _ in range(200):
        await asyncio.sleep(0.005)
        if local.cluster is not None:
            break
    assert sorted(local.handles) == list(range(1, count + 1))
    await model.close()


async def test_after_a_port_in_use_another_number_of_brokers_counts(model: WorkbenchModel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        cluster = model.add_local(port=one.getsockname()[1], brokers=3)
        assert cluster.local is not None
        await _failed(cluster, one.getsockname()[1])
        assert list(cluster.local.handles) == [1, 2, 3]
        assert model.add_local(port=other.getsockname()[1], brokers=1) is cluster
        await _failed(cluster, other.getsockname()[1])
        assert list(cluster.local.handles) == [1], "nothing was started, so the number can still be chosen"
    await model.close()


async def _failed(cluster: ClusterModel, port: int) -> None:
    async with asyncio.timeout(10):
        while cluster.failure is None or f"Port {port} is in use" not in cluster.failure.sentence:
            await asyncio.sleep(0.005)
    assert cluster.state is ClusterState.FAILED


async def test_a_cluster_that_cannot_start_asks_for_the_welcome_page(model: WorkbenchModel, tmp_path: Path) -> None:
    folder = tmp_path / "clusters" / LOCAL_NAME
    folder.mkdir(parents=True)
    (folder / "somebody's file").write_text("not ours")
    wanted: list[int] = []
    model.welcome_wanted.connect(lambda: wanted.append(1))
    cluster = model.add_local()
    for _ in range(200):
        await asyncio.sleep(0.005)
        if wanted:
            break
    assert wanted == [1] and cluster.state is ClusterState.FAILED
    assert cluster.failure is not None and "other files" in cluster.failure.sentence
    assert (folder / "somebody's file").read_text() == "not ours"
    await model.close()
