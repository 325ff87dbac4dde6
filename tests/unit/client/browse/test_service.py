"""The window's side of browsing, against a broker on a socket; once with a real process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.browse.service import BrowseService, BrowseView
from workbench.client.browse.tail import TailNews
from workbench.client.browse.view_spec import Bound, BoundKind, PackedRows, ViewSpec
from workbench.client.errors import ClientError
from workbench.client.model import RecordRow, ScanProgress
from workbench.records import NewRecord

ROWS = 300


def orders() -> FakePartitions:
    topic = FakePartitions()
    for start in range(0, ROWS, 10):
        records = [NewRecord(1_000 + i, b"k%d" % i, b'{"n": %d}' % i) for i in range(start, start + 10)]
        topic.add((start // 10) % 3, records)
    return topic


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    with TinyBroker() as running:
        serve(orders(), running)
        yield running


@pytest.fixture
async def service() -> AsyncIterator[BrowseService]:
    made = BrowseService(in_process=True)
    yield made
    made.close()


def spec(broker: TinyBroker, **options: Any) -> ViewSpec:
    return ViewSpec((broker.bootstrap,), "orders", **options)


def values(rows: Any) -> list[int]:
    return [int(row.value.decode()[6:-1]) for row in rows]


async def test_pages_records_and_histogram(service: BrowseService, broker: TinyBroker) -> None:
    view = await service.open(spec(broker))
    assert view.info.topic_partitions == (0, 1, 2)
    assert (view.info.total, view.info.span_ms) == (ROWS, (1_000, 1_299))
    page = await view.page(120, 30)
    assert values(row for _, row in page) == list(range(120, 150))
    record = await view.record(page[0][1].partition, page[0][1].offset)
    assert record == page[0][1]
    histogram = await view.histogram(10)
    assert sum(histogram.counts) == ROWS
    assert set(histogram.counts) == {30}
    assert await view.position_of_time(1_040) == 40
    view.close()


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (Bound(BoundKind.NEWEST, 25), Bound(BoundKind.LATEST), 275, 299),
        (Bound(BoundKind.TIMESTAMP, 1_100), Bound(BoundKind.TIMESTAMP, 1_150), 100, 149),
        (Bound(BoundKind.TIMESTAMP, 9_999), Bound(BoundKind.LATEST), None, None),
        (Bound(BoundKind.OFFSET, 95), Bound(BoundKind.LATEST), 275, 299),
    ],
)
async def test_bounds(
    service: BrowseService, broker: TinyBroker, start: Bound, end: Bound, first: int | None, last: int | None
) -> None:
    view = await service.open(spec(broker, start=start, end=end))
    found = values(row for _, row in await view.page(0, 1_000))
    assert len(found) == view.info.total
    assert (found[0] if found else None, found[-1] if found else None) == (first, last)


async def test_one_partition(service: BrowseService, broker: TinyBroker) -> None:
    view = await service.open(spec(broker, partitions=(1, 9)))
    assert view.info.total == 100
    assert {row.partition for _, row in await view.page(0, 100)} == {1}


async def test_a_scan(service: BrowseService, broker: TinyBroker) -> None:
    view = await service.open(spec(broker))
    rows: list[RecordRow] = []
    done: asyncio.Future[ScanProgress] = asyncio.get_running_loop().create_future()

    def take(part: PackedRows) -> None:
        rows.extend(part.rows())

    def progress(report: ScanProgress) -> None:
        if report.finished:
            done.set_result(report)

    view.scan("value.n >= 250", newest_first=True, on_rows=take, on_progress=progress, on_error=done.set_exception)
    report = await asyncio.wait_for(done, 10)
    assert (report.scanned, report.matches) == (ROWS, 50)
    assert values(rows) == list(range(299, 249, -1))


async def test_a_tail(service: BrowseService) -> None:
    topic = orders()
    with TinyBroker() as broker:
        serve(topic, broker)
        view = await service.open(spec(broker))
        arrived: asyncio.Future[TailNews] = asyncio.get_running_loop().create_future()
        job = view.tail("value.n > 1000", on_news=arrived.set_result, on_error=arrived.set_exception)
        topic.add(1, [NewRecord(2_000, None, b'{"n": 5}'), NewRecord(2_001, None, b'{"n": 1001}')])
        news = await asyncio.wait_for(arrived, 10)
        assert (values(news.rows), news.seen) == ([1001], 2)
        job.cancel()


async def test_failures_are_client_errors(service: BrowseService, broker: TinyBroker) -> None:
    with pytest.raises(ClientError) as caught:
        await service.open(ViewSpec((broker.bootstrap,), "nothing"))
    assert caught.value.code == "UNKNOWN_TOPIC_OR_PARTITION"
    with pytest.raises(ClientError):
        await service.open(spec(broker, partitions=(77,)))
    view = await service.open(spec(broker))
    failed: asyncio.Future[ClientError] = asyncio.get_running_loop().create_future()
    view.scan("value.n ==", newest_first=False, on_rows=print, on_progress=print, on_error=failed.set_result)
    assert (await asyncio.wait_for(failed, 10)).code == "FILTER"


async def test_the_real_process_and_its_death(broker: TinyBroker) -> None:
    service = BrowseService()
    view: BrowseView = await service.open(spec(broker))
    assert len(await view.page(0, 10)) == 10
    process = service._process
    assert process is not None
    process.kill()
    with pytest.raises(ClientError) as caught:
        for _ in range(100):
            await view.page(0, 10)
            await asyncio.sleep(0.01)
    assert caught.value.code == "BROWSER_GONE"
    opening = asyncio.ensure_future(service.open(spec(broker)))
    await asyncio.sleep(0)
    service._bury(process)  # as the thread that read its answers does, however late
    again = await opening
    assert again.info.total == ROWS
    service.close()
    assert service._process is None


async def test_whoever_finds_the_process_dead_all_views_are_told(broker: TinyBroker) -> None:
    service = BrowseService()
    views = [await service.open(spec(broker)) for _ in range(2)]
    failed: list[str] = []
    views[0].tail("", on_news=lambda _: None, on_error=lambda error: failed.append(error.code))
    process = service._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    with pytest.raises(ClientError):
        await views[1].page(0, 10)
    assert failed == ["BROWSER_GONE"]
    service.close()
