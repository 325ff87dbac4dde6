import asyncio
import io
from collections.abc import Mapping

import pytest
from kafka import KafkaProducer

from workbench.broker_contract.messages import MetricsSample, TopicCounters
from workbench.cli.terminal_view import TOPICS_SHOWN, TerminalView, keep_topics_current, log_to_stderr, size
from workbench.cluster.events import BrokerLogged, BrokerPhaseChanged, BrokerSampled, LogLevel, LogLine
from workbench.cluster.policy import BrokerPhase, Failure
from workbench.cluster.rates import BrokerRates, TopicRates
from workbench.testing.running_cluster import RunningCluster


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def sampled(rates: BrokerRates, topics: dict[str, TopicCounters] | None = None, node_id: int = 1) -> BrokerSampled:
    return BrokerSampled(node_id, MetricsSample(0, 0, topics=topics or {}), rates)


def test_topics_and_rates_of_all_brokers_together() -> None:
    view = TerminalView("localhost:9092", io.StringIO())
    rates = BrokerRates(bytes_in=2048, messages_in=3, requests=5, topics={"orders": TopicRates(2048, 512, 3, 1)})
    view.show_topics({"orders": 42, "quiet": 2})
    view.observe(sampled(rates))
    view.observe(sampled(rates, {"new": TopicCounters(0, 0, 2, 0)}, node_id=2))
    head, orders, new, quiet = view.lines()
    assert head == "localhost:9092  6 msg/s in, 4.0 KiB/s in, 0 B/s out, 10 requests/s"
    assert " ".join(orders.split()) == "orders 6 msg/s in 4.0 KiB/s in 1.0 KiB/s out 42 messages"
    assert (new.split()[0], new.split()[-2:]) == ("new", ["?", "messages"])
    assert (quiet.split()[0], quiet.split()[-2:]) == ("quiet", ["2", "messages"])


def test_before_the_first_topic() -> None:
    assert "no topics" in TerminalView("localhost:9092", io.StringIO()).lines()[1]


def test_a_broker_that_is_gone_takes_its_rates_along() -> None:
    view = TerminalView("localhost:9092", io.StringIO())
    view.observe(sampled(BrokerRates(messages_in=3)))
    view.observe(BrokerPhaseChanged(1, BrokerPhase.KILLED, None, None, 0))
    assert view.lines()[0].startswith("localhost:9092  0 msg/s")


def test_many_topics_are_counted() -> None:
    view = TerminalView("localhost:9092", io.StringIO())
    view.observe(sampled(BrokerRates(), {f"topic-{i:02}": TopicCounters() for i in range(TOPICS_SHOWN + 3)}))
    assert view.lines()[-1] == "  and 3 more topics"


def test_a_terminal_is_redrawn_in_place() -> None:
    stream = Terminal()
    view = TerminalView("localhost:9092", stream)
    view.observe(sampled(BrokerRates()))
    assert not stream.getvalue().startswith("\x1b[2A")
    view.observe(sampled(BrokerRates(messages_in=1)))
    assert "\x1b[2A" in stream.getvalue()


def test_elsewhere_a_line_is_printed_when_something_moves() -> None:
    stream = io.StringIO()
    view = TerminalView("localhost:9092", stream)
    for rate in (0, 0, 1, 1, 0):
        view.observe(sampled(BrokerRates(messages_in=rate)))
    assert len(stream.getvalue().splitlines()) == 3


def test_grave_news_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr(BrokerLogged(1, LogLine(0, LogLevel.INFO, "nothing")))
    log_to_stderr(BrokerLogged(1, LogLine(0, LogLevel.ERROR, "bad")))
    log_to_stderr(BrokerPhaseChanged(1, BrokerPhase.RUNNING, 5, None, 0))
    log_to_stderr(BrokerPhaseChanged(1, BrokerPhase.WAITING, None, Failure("It died."), 0))
    assert capsys.readouterr().err == "broker 1: ERROR bad\nbroker 1: waiting to restart. It died.\n"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 20, "3.0 MiB"), (5 << 40, "5120.0 GiB")]
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


async def test_the_topics_of_a_running_cluster_are_found(cluster: RunningCluster) -> None:
    producer = KafkaProducer(bootstrap_servers=cluster.bootstrap)
    for _ in range(3):
        producer.send("terminal-view", b"x").get(timeout=10)
    producer.close()
    shown: asyncio.Future[Mapping[str, int | None]] = asyncio.get_running_loop().create_future()

    class View(TerminalView):
        def show_topics(self, stored: Mapping[str, int | None]) -> None:
            if not shown.done():
                shown.set_result(stored)

    task = asyncio.ensure_future(keep_topics_current(View(cluster.bootstrap, io.StringIO())))
    topics = await asyncio.wait_for(shown, 20)
    task.cancel()
    await asyncio.wait([task])
    assert topics["terminal-view"] == 3
