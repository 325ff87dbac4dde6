"""A tail gives what arrives, filtered, and tells what was too fast."""

from tests.helpers.fake_partitions import FakePartitions
from workbench.client.browse import tail as tail_module
from workbench.client.browse.scan import ScanControl
from workbench.client.browse.tail import Tail, TailNews
from workbench.client.errors import ClientError
from workbench.client.filter_expression import compile_filter
from workbench.records import NewRecord


class Clock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def follow(topic: FakePartitions, offsets: dict[int, int], text: str = "", most: int = 1) -> list[TailNews]:
    news: list[TailNews] = []
    control = ScanControl()

    def take(item: TailNews) -> None:
        news.append(item)
        if len(news) >= most:
            control.cancel()

    Tail(topic, offsets, compile_filter(text), control=control, on_news=take, clock=Clock()).run()  # type: ignore[arg-type]
    return news


def test_news_of_all_partitions_in_order_of_time() -> None:
    topic = FakePartitions()
    topic.add(0, [NewRecord(1, None, b"old"), NewRecord(5, None, b"b")])
    topic.add(1, [NewRecord(4, None, b"a"), NewRecord(6, None, b"c")])
    (news,) = follow(topic, {0: 1, 1: 0})
    assert [row.value for row in news.rows] == [b"a", b"b", b"c"]
    assert (news.seen, news.passed_over) == (3, 0)


def test_only_matches_are_given_but_all_are_counted() -> None:
    topic = FakePartitions()
    topic.add(0, [NewRecord(1, None, b"yes"), NewRecord(2, None, b"no")])
    (news,) = follow(topic, {0: 0}, "yes")
    assert [row.value for row in news.rows] == [b"yes"]
    assert news.seen == 2


def test_too_much_at_once_is_cut_to_the_newest_and_told() -> None:
    topic = FakePartitions()
    topic.add(0, [NewRecord(at, None, b"yes %d" % at) for at in range(tail_module.MOST_ROWS + 5)])
    (news,) = follow(topic, {0: 0}, "yes")
    assert len(news.rows) == tail_module.MOST_ROWS
    assert news.passed_over == 5
    assert news.rows[-1].value == b"yes %d" % (tail_module.MOST_ROWS + 4)


def test_trouble_is_told_once_and_waited_out(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    topic = FakePartitions()
    topic.add(0, [NewRecord(1, None, b"a")])
    failures = iter([True, True, False])
    good = topic.fetch_news

    def sometimes(*arguments: object) -> object:
        if next(failures, False):
            raise ClientError("away", "wait", "NO_BROKER")
        return good(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(topic, "fetch_news", sometimes)
    monkeypatch.setattr(tail_module.time, "sleep", lambda seconds: None)
    trouble, news = follow(topic, {0: 0}, most=2)
    assert trouble.trouble is not None and trouble.trouble.code == "NO_BROKER"
    assert [row.value for row in news.rows] == [b"a"]
