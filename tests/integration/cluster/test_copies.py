"""Three real brokers are copied, changed, brought back; and a fork runs beside them without the two ever mixing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.integration.cluster.test_changing_brokers import _read, _write
from workbench.cluster.copies import bring_back, fork, keep_copy
from workbench.cluster.folder import ClusterFolder
from workbench.cluster.membership import admin_of, wait_until_in_sync
from workbench.cluster.plan import ports_from
from workbench.cluster.ports import any_free_port
from workbench.cluster.supervisor import LocalCluster


@pytest.mark.timeout(240)
async def test_a_copy_comes_back_and_a_fork_runs_beside_the_first(tmp_path: Path) -> None:
    first = LocalCluster.open(tmp_path / "first", brokers=3, port=0)
    await first.start()
    await asyncio.to_thread(_write, first.bootstrap, "kept", 3, 300)
    await wait_until_in_sync(first)
    await first.stop()
    keep_copy(first.folder, "good")
    port = any_free_port(lambda candidate: ports_from(candidate, 3))
    fork(first.folder, "good", tmp_path / "second", "second", port=port)
    await first.start()
    await asyncio.to_thread(_write, first.bootstrap, "later", 3, 30)
    second = LocalCluster.open(tmp_path / "second")
    try:
        await second.start()
        assert str(port) in second.bootstrap and second.spec.cluster_id != first.spec.cluster_id
        assert await asyncio.to_thread(_read, second.bootstrap, "kept", 300) == list(range(300))
        await asyncio.to_thread(_write, second.bootstrap, "only-in-the-fork", 3, 30)
        await wait_until_in_sync(second)
        names = {topic.name for topic in await admin_of(second).topics()}
        assert "only-in-the-fork" in names and "later" not in names
        names = {topic.name for topic in await admin_of(first).topics()}
        assert "later" in names and "only-in-the-fork" not in names
        assert set(await admin_of(second).voter_directories()) == {1, 2, 3}
        await wait_until_in_sync(first)
    finally:
        await second.close()
        await first.close()
    locked = ClusterFolder.lock(tmp_path / "first")
    bring_back(tmp_path / "first", "good")
    locked.unlock()
    again = LocalCluster.open(tmp_path / "first")
    try:
        await again.start()
        assert await asyncio.to_thread(_read, again.bootstrap, "kept", 300) == list(range(300))
        assert "later" not in {topic.name for topic in await admin_of(again).topics()}
    finally:
        await again.close()
