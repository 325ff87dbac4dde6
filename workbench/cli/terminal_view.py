"""A running cluster as lines of text: news of its brokers, and topics with live rates.

On a terminal the picture is redrawn in place every second; elsewhere a line is printed when something moves.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

from workbench.broker_contract.messages import TopicCounters
from workbench.cluster.events import BrokerLogged, BrokerPhaseChanged, BrokerSampled, ClusterEvent, LogLevel
from workbench.cluster.policy import BrokerPhase
from workbench.cluster.rates import BrokerRates, TopicRates

TOPICS_SHOWN = 12


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
    _totals: dict[int, dict[str, TopicCounters]] = field(default_factory=dict)
    _drawn_lines: int = 0
    _last_line: str = ""

    def observe(self, event: ClusterEvent) -> None:
        """Takes a cluster's event in and draws anew where figures came."""
        if isinstance(event, BrokerSampled):
            self._rates[event.node_id] = event.rates
            self._totals.setdefault(event.node_id, {}).update(event.sample.topics)
            self.draw()
        elif isinstance(event, BrokerPhaseChanged) and not event.phase.has_process:
            self._rates.pop(event.node_id, None)

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
        rates, totals = self._topics()
        names = sorted(totals, key=lambda name: (-rates.get(name, TopicRates()).bytes_in, name))
        lines = [self._headline()]
        if not names:
            lines.append("  no message has passed yet")
        for name in names[:TOPICS_SHOWN]:
            rate = rates.get(name, TopicRates())
            lines.append(
                f"  {name:<32} {rate.messages_in:>9.0f} msg/s in {size(rate.bytes_in):>10}/s in "
                f"{size(rate.bytes_out):>10}/s out {totals[name].messages_in:>12,} messages"
            )
        if len(names) > TOPICS_SHOWN:
            lines.append(f"  and {len(names) - TOPICS_SHOWN} more topics")
        return lines

    def _headline(self) -> str:
        rates = self._rates.values()
        bytes_in, bytes_out = sum(rate.bytes_in for rate in rates), sum(rate.bytes_out for rate in rates)
        messages, requests = sum(rate.messages_in for rate in rates), sum(rate.requests for rate in rates)
        return (
            f"{self.bootstrap}  {messages:.0f} msg/s in, {size(bytes_in)}/s in, {size(bytes_out)}/s out, "
            f"{requests:.0f} requests/s"
        )

    def _topics(self) -> tuple[Mapping[str, TopicRates], Mapping[str, TopicCounters]]:
        rates: dict[str, TopicRates] = {}
        for broker_rates in self._rates.values():
            for name, rate in broker_rates.topics.items():
                rates[name] = _add_rates(rates.get(name, TopicRates()), rate)
        totals: dict[str, TopicCounters] = {}
        for counters_by_topic in self._totals.values():
            for name, counters in counters_by_topic.items():
                totals[name] = _add_counters(totals.get(name, TopicCounters()), counters)
        return rates, totals


def size(count: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _add_rates(one: TopicRates, other: TopicRates) -> TopicRates:
    return TopicRates(
        one.bytes_in + other.bytes_in,
        one.bytes_out + other.bytes_out,
        one.messages_in + other.messages_in,
        one.messages_out + other.messages_out,
    )


def _add_counters(one: TopicCounters, other: TopicCounters) -> TopicCounters:
    return TopicCounters(
        one.bytes_in + other.bytes_in,
        one.bytes_out + other.bytes_out,
        one.messages_in + other.messages_in,
        one.messages_out + other.messages_out,
    )
