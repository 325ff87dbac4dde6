"""What is written down now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.helpers.eventually import eventually
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.embedded_broker import housekeeping as housekeeping_module
from workbench.embedded_broker.housekeeping import Housekeeping
from workbench.embedded_broker.replication.partition import Partition
from workbench.storage.log.append_result import AppendOrigin
from workbench.system.tasks import TaskKeeper

FAST = {
    "replica.high.watermark.checkpoint.interval.ms": "2",
    "log.flush.offset.checkpoint.interval.ms": "2",
    "replica.lag.time.max.ms": "10",
}


@pytest.fixture
async def broker(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ReplicaBroker]:
    monkeypatch.setattr(housekeeping_module, "FLUSH_EVERY_S", 0.002)
    monkeypatch.setattr(housekeeping_module, "DELETE_EVERY_S", 0.002)
    broker = ReplicaBroker(**FAST)
    tasks = TaskKeeper()
    failed = broker.failed_directories
    keeping = Housekeeping(
        broker.replicas, broker.settings, tasks, lambda one, error: failed.append(one), broker.now_ms
    )
    keeping.start()
    yield broker
    keeping.stop()
    await tasks.cancel_all()


def write(replica: Partition, *values: bytes) -> None:
    replica.append_as_leader(batch(*values), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)


async def test_checkpoints_follow_the_logs(broker: ReplicaBroker) -> None:
    replica = broker.create("t", (1,))
    write(replica, b"a", b"b")
    disk = broker.disk
    await eventually(lambda: disk.exists("/logs0/replication-offset-checkpoint"), "high watermarks are written")
    await eventually(lambda: b"t 0 2" in disk.read_file("/logs0/replication-offset-checkpoint"), "with the newest one")
    replica.log.roll(now_ms=NOW_MS)
    await eventually(
        lambda: (
            disk.exists("/logs0/recovery-point-offset-checkpoint")
            and b"t 0 2" in disk.read_file("/logs0/recovery-point-offset-checkpoint")
        ),
        "what was rolled is flushed and its recovery point written",
    )
    replica.delete_records(1)
    await eventually(
        lambda: (
            disk.exists("/logs0/log-start-offset-checkpoint")
            and b"t 0 1" in disk.read_file("/logs0/log-start-offset-checkpoint")
        ),
        "the log's start is written",
    )


async def test_an_idle_broker_leaves_the_disk_alone(broker: ReplicaBroker) -> None:
    broker.create("t", (1,))
    before = -1
    while before != broker.disk.operations:
        before = broker.disk.operations
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    assert broker.disk.operations == before


async def test_deleted_topics_leave_the_disk_after_a_while(broker: ReplicaBroker) -> None:
    broker.create("t", (1,))
    broker.delete()
    (directory,) = broker.replicas.directories
    (gone,) = directory.deleted_directories
    await asyncio.sleep(0.02)
    assert broker.disk.exists(gone.path), "a minute has not passed"
    broker.time_ms += 61_000
    await eventually(lambda: not broker.disk.exists(gone.path), "it is removed")
    assert directory.deleted_directories == []


async def test_lagging_replicas_are_looked_for(broker: ReplicaBroker) -> None:
    replica = broker.create("t", (1, 2))
    write(replica, b"a")
    broker.time_ms += 31_000
    await eventually(lambda: broker.proposals, "a smaller set is asked for")
    assert broker.proposals[0][1].isr == (1,)


async def test_a_failing_disk_is_told(broker: ReplicaBroker) -> None:
    replica = broker.create("t", (1,))
    broker.disk.space_left = 0
    replica.log.log_end_offset  # noqa: B018
    assert replica.leadership is not None
    replica.leadership.high_watermark = 0
    broker.replicas.directories[0].high_watermarks = {("other", 0): 1}
    await eventually(lambda: broker.failed_directories, "the directory is given up")
