"""A child process that speaks the real control channel and is told by its properties file how to behave.

`fake.start=ready|crash|fail|hang|exit0`, `fake.stop=clean|ignore`, `fake.crash.until=FILE` (crashes until FILE exists).
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench.broker_contract.messages import BrokerState, ConnectionInfo, MetricsSample
from workbench.broker_contract.properties_file import read_properties
from workbench.embedded_broker.control.channel import ControlChannel


class Source:
    def __init__(self) -> None:
        self.taken = 0

    def sample(self) -> MetricsSample:
        self.taken += 1
        return MetricsSample(
            at_ms=self.taken * 1000, uptime_ms=self.taken * 1000, bytes_in=self.taken * 500, requests=7
        )

    def connections(self) -> Sequence[ConnectionInfo]:
        return (ConnectionInfo("127.0.0.1:9092-127.0.0.1:50000-0", "127.0.0.1:50000", "PLAINTEXT", client_id="tester"),)


async def main(path: Path) -> int:
    properties = read_properties(path)
    start, stop = properties.get("fake.start", "ready"), properties.get("fake.stop", "clean")
    stopping = asyncio.Event()
    channel = ControlChannel(on_shutdown=lambda reason: stopping.set() if stop == "clean" else None)
    channel.open()
    channel.report_state(BrokerState.STARTING)
    print("[2026-01-02 03:04:05,678] WARN the fake broker starts (fake)", file=sys.stderr, flush=True)
    print("a stray line on standard output", flush=True)
    flag = properties.get("fake.crash.until")
    if start == "crash" or (flag and not Path(flag).exists()):
        os._exit(3)
    if start == "fail":
        channel.report_failure("The fake broker has no heart.", "Give it one.")
        channel.close()
        return 1
    if start == "exit0":
        channel.close()
        return 0
    if start != "hang":
        channel.report_state(BrokerState.RECOVERING, "logs", 0.5)
        channel.start_metrics(Source())
        channel.report_state(BrokerState.READY)
    await stopping.wait()
    channel.report_state(BrokerState.STOPPING)
    channel.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
