"""Browsing against brokers that really run, in the browsing process itself."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from workbench.client.browse.broker_socket import BrokerSocket
from workbench.client.browse.service import BrowseService
from workbench.client.browse.tail import TailNews
from workbench.client.browse.view_spec import Bound, BoundKind, PackedRows, ViewSpec
from workbench.client.model import RecordRow, ScanProgress
from workbench.client.session import ClusterSession
from workbench.records import Compression, NewRecord, build_batch
from workbench.testing.running_cluster import RunningCluster
from workbench.wire.messages import ProduceRequest, ProduceResponse

FIRST_MS = 1_773_320_000_000


@pytest.fixture
async def service() -> AsyncIterator[BrowseService]:
    made = BrowseService()
    yield made
    made.close()


@pytest.fixture
async def session(cluster: RunningCluster) -> AsyncIterator[ClusterSession]:
    async with ClusterSession(cluster.bootstrap) as made:
        yield made


def spec(cluster: RunningCluster, topic: str, **options: object) -> ViewSpec:
    return ViewSpec((cluster.bootstrap,), topic, **options)  # type: ignore[arg-type]


def fill(cluster: RunningCluster, topic: str, count: int, partitions: int, batch_rows: int) -> None:
    """Numbers in order of time, batch by batch in any partition, in every compression."""
    chance = random.Random(1)
    host, _, port = cluster.bootstrap.partition(",")[0].rpartition(":")
    connection = BrokerSocket(host, int(port), {}, "test")
    for start in range(0, count, batch_rows):
        batch = build_batch(
            [NewRecord(FIRST_MS + at, b"k%d" % at, b'{"n": %d}' % at) for at in range(start, start + batch_rows)],
            compression=chance.choice(list(Compression)),
        )
        data = ProduceRequest.PartitionProduceData(index=chance.randrange(partitions), records=bytes(batch))
        topics = [ProduceRequest.TopicProduceData(name=topic, partition_data=[data])]
        request = ProduceRequest(transactional_id=None, acks=1, timeout_ms=10_000, topic_data=topics)
        answer = connection.call(request, ProduceResponse, highest=12)
        assert not answer.responses[0].partition_responses[0].error_code
    connection.close()


def numbers(rows: list[RecordRow]) -> list[int]:
    return [int((row.value or b"")[6:-1]) for row in rows]


async def test_every_page_of_a_topic_of_many_partitions(
    cluster: RunningCluster, session: ClusterSession, service: BrowseService
) -> None:
    await session.create_topic("pages", 5)
    await asyncio.to_thread(fill, cluster, "pages", 20_000, 5, 25)
    view = await service.open(spec(cluster, "pages"))
    assert (view.info.total, view.info.span_ms) == (20_000, (FIRST_MS, FIRST_MS + 19_999))
    starts = list(range(0, 20_000, 1_000))
    random.Random(2).shuffle(starts)
    for start in starts:
        rows = [row for _, row in await view.page(start, 50)]
        assert numbers(rows) == list(range(start, start + 50))
    histogram = await view.histogram(20)
    assert histogram.counts == (1_000,) * 20
    newest = await service.open(spec(cluster, "pages", start=Bound(BoundKind.NEWEST, 777)))
    assert numbers([row for _, row in await newest.page(0, 3)]) == [19_223, 19_224, 19_225]
    record = await view.record(3, 10)
    assert record is not None and (record.partition, record.offset) == (3, 10)


@pytest.mark.parametrize("newest_first", [True, False])
async def test_a_scan_finds_all_and_reads_to_its_end(
    cluster: RunningCluster, session: ClusterSession, service: BrowseService, newest_first: bool
) -> None:
    name = f"scan-{newest_first}".lower()
    await session.create_topic(name, 3)
    await asyncio.to_thread(fill, cluster, name, 12_000, 3, 40)
    view = await service.open(spec(cluster, name))
    await session.produce(name, b'{"n": 999999}')
    rows: list[RecordRow] = []
    done: asyncio.Future[ScanProgress] = asyncio.get_running_loop().create_future()

    def take(part: PackedRows) -> None:
        rows.extend(part.rows())

    def progress(report: ScanProgress) -> None:
        if report.finished:
            done.set_result(report)

    view.scan(
        "value.n >= 11000", newest_first=newest_first, on_rows=take, on_progress=progress, on_error=done.set_exception
    )
    report = await asyncio.wait_for(done, 30)
    assert (report.scanned, report.matches) == (12_000, 1_000)
    expected = list(range(11_000, 12_000))
    assert numbers(rows) == (expected[::-1] if newest_first else expected)


async def test_a_tail_goes_on_over_a_restart(own_cluster: RunningCluster) -> None:
    service = BrowseService()
    arrived: list[bytes] = []
    changed = asyncio.Event()

    def take(news: TailNews) -> None:
        arrived.extend(row.value or b"" for row in news.rows)
        changed.set()

    async def until(count: int) -> None:
        while len(arrived) < count:
            changed.clear()
            await asyncio.wait_for(changed.wait(), 30)

    async with ClusterSession(own_cluster.bootstrap) as session:
        await session.create_topic("tail", 2)
        view = await service.open(spec(own_cluster, "tail"))
        view.tail("", on_news=take, on_error=lambda error: pytest.fail(str(error)))
        await session.produce("tail", b"before")
        await until(1)
        own_cluster.kill_broker(1)
        own_cluster.start_broker(1)
        await session.produce("tail", b"after")
        await until(2)
    assert arrived == [b"before", b"after"]
    service.close()
