"""Rates between two samples of a broker's counters (pure).

Invariants: rates are per second and never negative; counters that fell (a new process) give rates of zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from workbench.broker_contract.messages import MetricsSample, TopicCounters
from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class TopicRates:
    """One topic's rates per second."""

    bytes_in: float = 0.0
    bytes_out: float = 0.0
    messages_in: float = 0.0
    messages_out: float = 0.0


@dataclass(frozen=True, slots=True)
class BrokerRates:
    """A broker's rates per second over `interval_ms`; `cpu` is in cores."""

    interval_ms: int = 0
    bytes_in: float = 0.0
    bytes_out: float = 0.0
    messages_in: float = 0.0
    messages_out: float = 0.0
    requests: float = 0.0
    cpu: float = 0.0
    requests_by_api: Mapping[str, float] = field(default_factory=dict)
    topics: Mapping[str, TopicRates] = field(default_factory=dict)


class RateMeter:
    """Turns one broker's samples into rates; remembers each topic's last counters, which samples may leave out."""

    def __init__(self) -> None:
        self._last: MetricsSample | None = None
        self._topics: dict[str, TopicCounters] = {}

    def take(self, sample: MetricsSample) -> BrokerRates:
        """The rates since the sample before; all zero for the first sample of a process."""
        last = self._last
        self._last = sample
        if last is None or sample.uptime_ms <= last.uptime_ms:
            self._topics = dict(sample.topics)
            return BrokerRates()
        seconds = (sample.uptime_ms - last.uptime_ms) / 1000

        def rate(now: int, before: int) -> float:
            return max(0, now - before) / seconds

        topics = {name: self._topic_rates(name, counters, seconds) for name, counters in sample.topics.items()}
        self._topics.update(sample.topics)
        return BrokerRates(
            interval_ms=sample.uptime_ms - last.uptime_ms,
            bytes_in=rate(sample.bytes_in, last.bytes_in),
            bytes_out=rate(sample.bytes_out, last.bytes_out),
            messages_in=rate(sample.messages_in, last.messages_in),
            messages_out=rate(sample.messages_out, last.messages_out),
            requests=rate(sample.requests, last.requests),
            cpu=rate(sample.cpu_ms, last.cpu_ms) / 1000,
            requests_by_api={
                api: rate(count, last.requests_by_api.get(api, 0)) for api, count in sample.requests_by_api.items()
            },
            topics=topics,
        )

    def _topic_rates(self, name: str, now: TopicCounters, seconds: float) -> TopicRates:
        before = self._topics.get(name, TopicCounters())
        return TopicRates(
            bytes_in=max(0, now.bytes_in - before.bytes_in) / seconds,
            bytes_out=max(0, now.bytes_out - before.bytes_out) / seconds,
            messages_in=max(0, now.messages_in - before.messages_in) / seconds,
            messages_out=max(0, now.messages_out - before.messages_out) / seconds,
        )
