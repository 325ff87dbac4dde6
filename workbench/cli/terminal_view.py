"""A running cluster as lines of text: news of its brokers, and topics with live rates.

On a terminal the picture is redrawn in place every second; elsewhere a line is printed when something moves.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

from workbench.cluster.events import BrokerLogged, BrokerPhaseChanged, BrokerSampled, ClusterEvent, LogLevel
from workbench.cluster.policy import BrokerPhase
from workbench.cluster.rates import BrokerRates, TopicRates
from workbench.system.counting import counted

TOPICS_SHOWN = 12
TOPICS_EVERY_S = 3.0


def log_to_stderr(event: ClusterEvent) -> None:
    """Prints what a person has to know of the brokers: their grave log lines, and when they fail or come back."""
    match event:
        case BrokerLogged(node_id, line) if line.level in (LogLevel.WARNING, LogLevel.ERROR):
            print(f"broker {node_id}: {line.level.value} {line.text}", file=sys.stderr, flush=True)
        case BrokerPhaseChanged(node_id, BrokerPhase.WAITING | BrokerPhase.FAILED as phase, _, failure, _):
            reason = f" {failure.sentence}" if failure else ""
            print(f"broker {node_id}: {phase.value}.{reason}", file=sys.stderr, flush=True)
        case _:
            pass


@dataclass(slots=True)
class TerminalView:
    """Draws a cluster's address, topics and rates on `stream`."""

    bootstrap: str
    stream: TextIO
    _rates: dict[int, BrokerRates] = field(default_factory=dict)
    _stored: dict[str, int | None] = field(default_factory=dict)
    _drawn_lines: int = 0
    _last_line: str = ""

    def observe(self, event: ClusterEvent) -> None:
        """Takes a cluster's event in and draws anew where figures came."""
        if isinstance(event, BrokerSampled):
            self._rates[event.node_id] = event.rates
            for name in event.sample.topics:
                self._stored.setdefault(name, None)
            self.draw()
        elif isinstance(event, BrokerPhaseChanged) and not event.phase.has_process:
            self._rates.pop(event.node_id, None)

    def show_topics(self, stored: Mapping[str, int | None]) -> None:
        """Takes in which topics there are, with how many messages each holds (None: unknown)."""
        self._stored = dict(stored)

    def draw(self) -> None:
        """Draws the present figures."""
        if not self.stream.isatty():
            line = self._headline()
            if line != self._last_line:
                self._last_line = line
                print(line, file=self.stream, flush=True)
            return
        width = shutil.get_terminal_size().columns
        lines = [line[: width - 1] for line in self.lines()]
        up = f"\x1b[{self._drawn_lines}A" if self._drawn_lines else ""
        self.stream.write(up + "".join(f"\r\x1b[K{line}\n" for line in lines))
        self.stream.write("\x1b[J")
        self.stream.flush()
        self._drawn_lines = len(lines)

    def lines(self) -> list[str]:
        """The picture: a headline and one line per topic, the busiest first."""
        rates = self._topic_rates()
        names = sorted(self._stored, key=lambda name: (-rates.get(name, TopicRates()).bytes_in, name))
        lines = [self._headline()]
        if not names:
            lines.append("  no topics yet")
        for name in names[:TOPICS_SHOWN]:
            rate, count = rates.get(name, TopicRates()), self._stored[name]
            lines.append(
                f"  {name:<32} {rate.messages_in:>9.0f} msg/s in {size(rate.bytes_in):>10}/s in "
                f"{size(rate.bytes_out):>10}/s out {_stored(count):>21}"
            )
        if len(names) > TOPICS_SHOWN:
            lines.append("  and " + counted(len(names) - TOPICS_SHOWN, "{} more topic", "{} more topics"))
        return lines

    def _headline(self) -> str:
        rates = self._rates.values()
        bytes_in, bytes_out = sum(rate.bytes_in for rate in rates), sum(rate.bytes_out for rate in rates)
        messages, requests = sum(rate.messages_in for rate in rates), sum(rate.requests for rate in rates)
        return (
            f"{self.bootstrap}  {messages:.0f} msg/s in, {size(bytes_in)}/s in, {size(bytes_out)}/s out, "
            f"{requests:.0f} requests/s"
        )

    def _topic_rates(self) -> dict[str, TopicRates]:
        rates: dict[str, TopicRates] = {}
        for broker_rates in self._rates.values():
            for name, rate in broker_rates.topics.items():
                rates[name] = _add_rates(rates.get(name, TopicRates()), rate)
        return rates


async def keep_topics_current(view: TerminalView) -> None:
    """Asks the cluster every few seconds which topics it has; runs until it is cancelled."""
    import logging

    from workbench.client.errors import ClientError
    from workbench.client.session import ClusterSession

    # What the library says to itself would be printed into the picture.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    session = ClusterSession(view.bootstrap)
    try:
        while True:
            try:
                await session.connect()
                topics = await session.list_topics(with_sizes=False, include_internal=False)
                view.show_topics({topic.name: topic.message_count for topic in topics})
            except ClientError:
                # No broker answers just now: what was known stays on the screen.
                pass
            await asyncio.sleep(TOPICS_EVERY_S)
    finally:
        await session.close()


def size(count: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _stored(count: int | None) -> str:
    return "? messages" if count is None else counted(count, "{} message", "{} messages")


def _add_rates(one: TopicRates, other: TopicRates) -> TopicRates:
    return TopicRates(
        one.bytes_in + other.bytes_in,
        one.bytes_out + other.bytes_out,
        one.messages_in + other.messages_in,
        one.messages_out + other.messages_out,
    )
