import asyncio
import os
import threading
from collections.abc import Iterator, Sequence

import pytest

from workbench.broker_contract.message_json import decode_line, encode_line
from workbench.broker_contract.messages import (
    BROKER_MESSAGES,
    BrokerState,
    ConnectionInfo,
    ConnectionsReported,
    FailureReported,
    MetricsReported,
    MetricsSample,
    ReportConnections,
    SetMetricsInterval,
    Shutdown,
    StateReported,
)
from workbench.embedded_broker.control.channel import MAX_WAITING_LINES, ControlChannel


class Source:
    def __init__(self) -> None:
        self.samples = 0

    def sample(self) -> MetricsSample:
        self.samples += 1
        return MetricsSample(self.samples, self.samples)

    def connections(self) -> Sequence[ConnectionInfo]:
        return [ConnectionInfo("id", "peer", "PLAINTEXT")]


class Wires:
    """Two pipes in place of standard input and output, and the supervisor's ends of them."""

    def __init__(self) -> None:
        self.broker_input, self.to_broker = os.pipe()
        self.from_broker, self.broker_output = os.pipe()
        self.reasons: list[str] = []
        self.asked = asyncio.Event()
        self.exit_codes: list[int] = []
        self.exited = threading.Event()
        self.rest = b""

    def channel(self, orphan_timeout_s: float = 60.0) -> ControlChannel:
        channel = ControlChannel(
            on_shutdown=self.shut_down,
            input_descriptor=self.broker_input,
            output_descriptor=self.broker_output,
            end_process=self.end,
            orphan_timeout_s=orphan_timeout_s,
        )
        channel.open()
        return channel

    def shut_down(self, reason: str) -> None:
        self.reasons.append(reason)
        self.asked.set()

    def end(self, exit_code: int) -> None:
        self.exit_codes.append(exit_code)
        self.exited.set()

    def say(self, message: object) -> None:
        os.write(self.to_broker, encode_line(message))

    async def hear(self) -> object:
        while b"\n" not in self.rest:
            data = await asyncio.to_thread(os.read, self.from_broker, 65_536)
            if not data:
                return None
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return decode_line(line, BROKER_MESSAGES)

    def hang_up(self) -> None:
        if self.to_broker >= 0:
            os.close(self.to_broker)
            self.to_broker = -1


@pytest.fixture
async def wires() -> Iterator[Wires]:  # type: ignore[misc]
    made = Wires()
    yield made
    made.hang_up()
    os.close(made.from_broker)


async def test_states_and_failures_are_told(wires: Wires) -> None:
    channel = wires.channel()
    channel.report_state(BrokerState.RECOVERING, "t-0", 0.25)
    channel.report_failure("No.", "Yes.")
    state = await wires.hear()
    assert isinstance(state, StateReported)
    assert (state.state, state.detail, state.progress) == (BrokerState.RECOVERING, "t-0", 0.25)
    assert await wires.hear() == FailureReported("No.", "Yes.")
    channel.close()


async def test_samples_come_at_once_and_at_the_interval_asked_for(wires: Wires) -> None:
    channel, source = wires.channel(), Source()
    channel.start_metrics(source)
    assert await wires.hear() == MetricsReported(MetricsSample(1, 1))
    wires.say(SetMetricsInterval(100))
    assert await wires.hear() == MetricsReported(MetricsSample(2, 2))
    assert await wires.hear() == MetricsReported(MetricsSample(3, 3))
    channel.close()


async def test_questions_are_answered(wires: Wires) -> None:
    channel = wires.channel()
    wires.say(ReportConnections(1))
    assert await wires.hear() == ConnectionsReported(1, ())
    channel.start_metrics(Source())
    await wires.hear()
    wires.say(ReportConnections(2))
    assert await wires.hear() == ConnectionsReported(2, (ConnectionInfo("id", "peer", "PLAINTEXT"),))
    channel.close()


async def test_shutdown_is_handed_on(wires: Wires) -> None:
    channel = wires.channel()
    os.write(wires.to_broker, b"nonsense\n\n" + encode_line(Shutdown("because")))
    await wires.asked.wait()
    assert wires.reasons == ["because"]
    channel.close()


async def test_the_end_of_the_supervisor_is_a_shutdown(wires: Wires) -> None:
    channel = wires.channel()
    wires.hang_up()
    await wires.asked.wait()
    assert wires.reasons == ["the supervisor is gone"]
    channel.close()
    assert wires.exit_codes == []


async def test_an_orphan_that_does_not_stop_ends_itself(wires: Wires) -> None:
    channel = wires.channel(orphan_timeout_s=0.01)
    wires.hang_up()
    assert await asyncio.to_thread(wires.exited.wait, 10)
    assert wires.exit_codes == [1]
    channel.close()


async def test_a_supervisor_that_does_not_read_costs_samples_and_never_blocks(wires: Wires) -> None:
    channel = wires.channel()
    big = MetricsSample(0, 0, requests_by_api={f"api-{i}": i for i in range(200)})
    for _ in range(2_000):
        channel.send(MetricsReported(big))
    channel.report_state(BrokerState.READY)
    heard = 0
    while not isinstance(await wires.hear(), StateReported):
        heard += 1
    assert 0 < heard < MAX_WAITING_LINES + 100
    channel.close()


async def test_closing_writes_what_waits(wires: Wires) -> None:
    channel = wires.channel()
    channel.report_state(BrokerState.STOPPING)
    channel.close()
    os.close(wires.broker_output)
    assert isinstance(await wires.hear(), StateReported)
    assert await wires.hear() is None


async def test_a_supervisor_that_is_gone_is_no_error(wires: Wires) -> None:
    channel = wires.channel()
    replacement, wires.from_broker = wires.from_broker, os.dup(wires.broker_input)
    os.close(replacement)
    channel.report_state(BrokerState.READY)
    channel.report_state(BrokerState.READY)
    channel.close()
