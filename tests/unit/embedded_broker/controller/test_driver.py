"""The controller at work: leadership, answers after the commit, loss of leadership, timers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.helpers.metadata_doubles import CLUSTER_ID, FakeQuorum, directory_id
from workbench.embedded_broker.controller.activation import default_bootstrap_records
from workbench.embedded_broker.controller.driver import Controller
from workbench.embedded_broker.controller.state import ControllerSettings
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.loader import MetadataLoader
from workbench.storage.log.errors import AppendError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    BrokerHeartbeatRequest,
    BrokerRegistrationRequest,
    CreateTopicsRequest,
    ListPartitionReassignmentsRequest,
    MetadataRequest,
)
from workbench.wire.record_values import decode_metadata_record


class Cluster:
    """One controller over a quorum whose commits the test decides, and a clock that stands still."""

    def __init__(self, **settings: Any) -> None:
        self.now_ms = 1_000
        self.quorum = FakeQuorum()
        self.loader = MetadataLoader()
        self.quorum.register(self.loader)
        values = {"max_idle_interval_ms": 0, "leader_imbalance_check_interval_ms": 0} | settings
        self.controller = Controller(
            self.quorum,
            self.loader,
            ControllerSettings(1, CLUSTER_ID, **values),
            default_bootstrap_records(),
            clock_ms=lambda: self.now_ms,
            rng=random.Random(0),
        )
        self.loader.add_publisher(self.controller)

    @property
    def image(self) -> MetadataImage:
        return self.loader.image

    async def handle(self, request: Any, version: int = 7) -> Any:
        return await self.controller.handle(request, version)

    async def committed(self, request: Any, version: int = 7) -> Any:
        task = asyncio.ensure_future(self.handle(request, version))
        await asyncio.sleep(0)
        self.quorum.commit()
        return await task

    async def with_broker(self, broker_id: int = 1) -> int:
        """Registers and unfences a broker; its epoch."""
        registration = BrokerRegistrationRequest(
            broker_id=broker_id,
            cluster_id=CLUSTER_ID,
            incarnation_id=bytes([broker_id]) * 16,
            listeners=[BrokerRegistrationRequest.Listener(name="PLAINTEXT", host="h", port=9092)],
            features=[
                BrokerRegistrationRequest.Feature(name=name, min_supported_version=0, max_supported_version=99)
                for name in ("metadata.version", "kraft.version", "eligible.leader.replicas.version")
            ],
            log_dirs=[directory_id(broker_id)],
        )
        epoch: int = (await self.committed(registration, 4)).broker_epoch
        await self.beat(broker_id, epoch)
        return epoch

    async def beat(self, broker_id: int, epoch: int) -> Any:
        request = BrokerHeartbeatRequest(
            broker_id=broker_id, broker_epoch=epoch, current_metadata_offset=self.image.offset
        )
        return await self.committed(request, 2)


def topic(name: str) -> CreateTopicsRequest:
    return CreateTopicsRequest(
        topics=[CreateTopicsRequest.CreatableTopic(name=name, num_partitions=1, replication_factor=1)]
    )


async def refused(awaitable: Awaitable[Any]) -> ErrorCode:
    with pytest.raises(BrokerError) as error:
        await awaitable
    return error.value.code


async def test_a_standby_sends_people_away() -> None:
    cluster = Cluster()
    assert not cluster.controller.is_active
    assert await refused(cluster.handle(topic("a"))) == ErrorCode.NOT_CONTROLLER
    cluster.quorum.elect(2, 4)
    with pytest.raises(BrokerError, match="node 2"):
        await cluster.handle(topic("a"))


async def test_becoming_active_starts_an_empty_log() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 3)
    assert (cluster.controller.is_active, cluster.controller.epoch) == (True, 3)
    ((base, epoch, values),) = cluster.quorum.batches
    assert (base, epoch) == (0, 3)
    assert decode_metadata_record(values[0])[0].NAME == "BeginTransactionRecord"
    cluster.quorum.commit()
    assert cluster.image.features.metadata_version == 30
    await cluster.controller.close()


async def test_a_second_term_writes_nothing_at_first() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 3)
    cluster.quorum.commit()
    cluster.quorum.elect(2, 4)
    assert not cluster.controller.is_active
    cluster.quorum.elect(1, 5)
    assert len(cluster.quorum.batches) == 1
    await cluster.controller.close()


async def test_answers_wait_for_the_commit() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    await cluster.with_broker()
    task = asyncio.ensure_future(cluster.handle(topic("a")))
    await asyncio.sleep(0)
    assert not task.done()
    assert "a" not in cluster.image.topics.by_name
    cluster.quorum.commit()
    assert (await task).topics[0].error_code == 0
    assert "a" in cluster.image.topics.by_name
    await cluster.controller.close()


async def test_decisions_see_what_is_not_committed_yet_and_wait_for_it() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    await cluster.with_broker()
    first = asyncio.ensure_future(cluster.handle(topic("a")))
    second = asyncio.ensure_future(cluster.handle(topic("a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not second.done()
    cluster.quorum.commit()
    assert (await first).topics[0].error_code == 0
    assert (await second).topics[0].error_code == ErrorCode.TOPIC_ALREADY_EXISTS
    await cluster.controller.close()


async def test_lost_leadership_forgets_what_was_not_committed() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    await cluster.with_broker()
    waiting = asyncio.ensure_future(cluster.handle(topic("a")))
    await asyncio.sleep(0)
    cluster.quorum.lose_uncommitted()
    cluster.quorum.elect(2, 2)
    assert await refused(waiting) == ErrorCode.NOT_CONTROLLER
    cluster.quorum.elect(1, 3)
    assert (await cluster.committed(topic("a"))).topics[0].error_code == 0
    await cluster.controller.close()


async def test_an_append_that_the_quorum_refuses_ends_the_term() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    await cluster.with_broker()
    cluster.quorum.leader_and_epoch = type(cluster.quorum.leader_and_epoch)(None, 2)
    assert await refused(cluster.handle(topic("a"))) == ErrorCode.NOT_CONTROLLER
    assert not cluster.controller.is_active


@pytest.mark.parametrize(
    "failure", [AppendError(ErrorCode.KAFKA_STORAGE_ERROR, "the disk is full"), OSError(28, "No space left on device")]
)
async def test_a_log_that_cannot_be_written_ends_the_term(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    """The node ends over it; neither a request nor the work that time brings dies of an error of its own."""
    cluster = Cluster(max_idle_interval_ms=500)
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    await cluster.with_broker()

    def full(*_: object) -> int:
        raise failure

    monkeypatch.setattr(cluster.quorum, "append", full)
    assert await refused(cluster.handle(topic("a"))) == ErrorCode.NOT_CONTROLLER
    assert not cluster.controller.is_active
    again = Cluster(max_idle_interval_ms=500)
    again.quorum.elect(1, 1)
    monkeypatch.setattr(again.quorum, "append", full)
    again.now_ms += 1_000
    again.controller.run_due_tasks()
    assert not again.controller.is_active


async def test_records_that_cannot_be_replayed_end_the_term(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    await cluster.with_broker()

    def broken(*_: object) -> None:
        raise ValueError("boom")

    monkeypatch.setattr("workbench.embedded_broker.controller.state.ControllerState.replay", broken)
    with pytest.raises(ValueError, match="boom"):
        await cluster.handle(topic("a"))
    assert cluster.quorum.resigned == [1]
    assert not cluster.controller.is_active


async def test_a_refusal_of_the_whole_request_leaves_the_log_alone() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    before = cluster.quorum.end
    request = BrokerHeartbeatRequest(broker_id=7, broker_epoch=1)
    assert await refused(cluster.handle(request, 2)) == ErrorCode.STALE_BROKER_EPOCH
    assert await refused(cluster.handle(MetadataRequest(), 7)) == ErrorCode.UNSUPPORTED_VERSION
    assert cluster.quorum.end == before
    listed = await cluster.handle(ListPartitionReassignmentsRequest(topics=None), 0)
    assert listed.topics == []
    await cluster.controller.close()


async def test_silent_brokers_are_fenced() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    epoch = await cluster.with_broker()
    cluster.now_ms += 8_999
    cluster.controller.run_due_tasks()
    assert cluster.quorum.end == cluster.image.offset + 1
    await cluster.beat(1, epoch)
    cluster.now_ms += 8_999
    cluster.controller.run_due_tasks()
    assert not cluster.image.cluster.brokers[1].fenced
    cluster.now_ms += 1
    cluster.controller.run_due_tasks()
    cluster.quorum.commit()
    assert cluster.image.cluster.brokers[1].fenced
    await cluster.controller.close()


async def test_a_new_leader_gives_known_brokers_a_whole_session() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    await cluster.with_broker(2)
    cluster.quorum.elect(2, 2)
    cluster.now_ms += 60_000
    cluster.quorum.elect(1, 3)
    cluster.controller.run_due_tasks()
    cluster.quorum.commit()
    assert not cluster.image.cluster.brokers[2].fenced
    cluster.now_ms += 9_000
    cluster.controller.run_due_tasks()
    cluster.quorum.commit()
    assert cluster.image.cluster.brokers[2].fenced
    await cluster.controller.close()


async def test_a_killed_node_takes_its_own_place_at_once() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    first = await cluster.with_broker(1)
    again = Cluster()
    for base, epoch, values in cluster.quorum.batches:
        again.quorum.batches.append((base, epoch, values))
        again.quorum.end += len(values)
    again.quorum.commit()
    again.quorum.elect(1, 2)
    again.quorum.commit()
    registration = BrokerRegistrationRequest(
        broker_id=1,
        cluster_id=CLUSTER_ID,
        incarnation_id=b"n" * 16,
        features=[
            BrokerRegistrationRequest.Feature(name=name, min_supported_version=0, max_supported_version=99)
            for name in ("metadata.version", "kraft.version", "eligible.leader.replicas.version")
        ],
        log_dirs=[directory_id(1)],
    )
    assert (await again.committed(registration, 4)).broker_epoch > first
    await cluster.controller.close()
    await again.controller.close()


async def test_the_log_moves_even_when_nothing_happens() -> None:
    cluster = Cluster(max_idle_interval_ms=500)
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    cluster.now_ms += 499
    cluster.controller.run_due_tasks()
    assert len(cluster.quorum.batches) == 1
    cluster.now_ms += 1
    cluster.controller.run_due_tasks()
    (value,) = cluster.quorum.batches[-1][2]
    assert decode_metadata_record(value)[0].NAME == "NoOpRecord"
    await cluster.controller.close()


async def test_controlled_shutdown_waits_until_the_others_know() -> None:
    cluster = Cluster()
    cluster.quorum.elect(1, 1)
    cluster.quorum.commit()
    leaving, staying = await cluster.with_broker(1), await cluster.with_broker(2)
    request = topic("a")
    request.topics[0].num_partitions, request.topics[0].replication_factor = 2, 2
    await cluster.committed(request)

    async def leave() -> Any:
        return await cluster.committed(
            BrokerHeartbeatRequest(
                broker_id=1, broker_epoch=leaving, current_metadata_offset=cluster.image.offset, want_shut_down=True
            ),
            2,
        )

    assert not (await leave()).should_shut_down
    assert all(p.leader == 2 for p in cluster.image.topics.by_name["a"].partitions.values())
    assert not (await leave()).should_shut_down
    await cluster.beat(2, staying)
    assert (await leave()).should_shut_down
    assert cluster.image.cluster.brokers[1].fenced
    await cluster.controller.close()


async def test_the_maintenance_task_sleeps_until_something_is_due() -> None:
    cluster = Cluster(max_idle_interval_ms=500)
    cluster.quorum.elect(1, 1)
    state = cluster.controller._state
    assert state is not None
    assert cluster.controller._seconds_to_next_task(state) == 0.5
    cluster.now_ms += 400
    assert cluster.controller._seconds_to_next_task(state) == pytest.approx(0.1)
    await cluster.controller.close()
