"""Values that are right by themselves and cannot stand together, with Kafka's reasons (pure).

Sources: KafkaConfig.validateValues, GroupCoordinatorConfig, ShareGroupConfig.validate. What concerns listeners, roles
and voters is judged where these are read (`settings_check`).

Invariant: a value that is refused by itself is in no contradiction; a setting that is not given has its default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from workbench.embedded_broker.config_definitions.catalog import broker_configs
from workbench.embedded_broker.config_definitions.definition import ConfigError

Contradiction = tuple[tuple[str, ...], str]
"""The settings that it is between, and the sentence without its full stop."""

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_CLEANER_BUFFER_BYTES = 1024 * 1024
_LARGEST_CODEC = 4
_HOST = re.compile(r"[0-9a-zA-Z\-%._:]*")
_HOLDS: Mapping[str, Callable[[int, int], bool]] = {
    "greater than or equal to": lambda left, right: left >= right,
    "less than or equal to": lambda left, right: left <= right,
    "less than": lambda left, right: left < right,
}


def contradictions(properties: Mapping[str, str]) -> Iterator[Contradiction]:
    """Those of the settings given, in Kafka's order."""
    values = _Values(properties)
    for rule in _RULES:
        try:
            yield from rule(values)
        except ConfigError:
            continue


class _Values:
    """The settings as numbers; ConfigError for one that is none."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        self.given = properties

    def text(self, name: str) -> str:
        given = self.given.get(name)
        return (broker_configs()[name].default or "") if given is None else given

    def number(self, name: str) -> int:
        value = broker_configs()[name].parse(self.text(name))
        assert isinstance(value, int)
        return value

    def names(self, name: str) -> list[str]:
        value = broker_configs()[name].parse(self.text(name))
        assert isinstance(value, list)
        return value

    def first_given(self, *names: str) -> str:
        """The first of synonyms that is set, else the last, which has a default."""
        return next((name for name in names if name in self.given), names[-1])


def _rolling(values: _Values) -> Iterator[Contradiction]:
    roll = values.first_given("log.roll.ms", "log.roll.hours")
    if roll == "log.roll.ms" and values.number(roll) < 1:
        yield (roll,), "log.roll.ms must be greater than or equal to 1"


def _jitter(values: _Values) -> Iterator[Contradiction]:
    jitter = values.first_given("log.roll.jitter.ms", "log.roll.jitter.hours")
    if jitter == "log.roll.jitter.ms" and values.number(jitter) < 0:
        yield (jitter,), "log.roll.jitter.ms must be greater than or equal to 0"


def _retention(values: _Values) -> Iterator[Contradiction]:
    name = values.first_given("log.retention.ms", "log.retention.minutes", "log.retention.hours")
    if values.number(name) == 0:
        yield (name,), "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"


def _cleaner(values: _Values) -> Iterator[Contradiction]:
    threads = values.number("log.cleaner.threads")
    if threads == 0 or values.number("log.cleaner.dedupe.buffer.size") // threads <= _CLEANER_BUFFER_BYTES:
        names = ("log.cleaner.dedupe.buffer.size", "log.cleaner.threads")
        yield names, "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread"


def _follower_timeouts(values: _Values) -> Iterator[Contradiction]:
    wait, timeout = "replica.fetch.wait.max.ms", "replica.socket.timeout.ms"
    if values.number(wait) > values.number(timeout):
        why = f"{timeout} should always be at least {wait} to prevent unnecessary socket timeouts"
        yield (wait, timeout), why


def _follower_lag(values: _Values) -> Iterator[Contradiction]:
    wait, lag = "replica.fetch.wait.max.ms", "replica.lag.time.max.ms"
    if values.number(wait) > values.number(lag):
        why = f"{wait} should always be less than or equal to {lag} to prevent frequent changes in ISR"
        yield (wait, lag), why


def _queue(values: _Values) -> Iterator[Contradiction]:
    queue, request = "queued.max.request.bytes", "socket.request.max.bytes"
    if 0 < values.number(queue) < values.number(request):
        yield (queue, request), f"{queue} must be larger or equal to {request}"


def _connections_of_an_address(values: _Values) -> Iterator[Contradiction]:
    most, overrides = "max.connections.per.ip", "max.connections.per.ip.overrides"
    pairs = [entry.strip().rpartition(":") for entry in values.text(overrides).split(",") if entry.strip()]
    for host, colon, count in pairs:
        if not colon or not re.fullmatch(r"[+-]?[0-9]+", count.strip()):
            yield (overrides,), f"{overrides} has the entry {host}{colon}{count}, which is not {{host}}:{{count}}"
            return
    wrong = [host for host, _, _ in pairs if not _HOST.fullmatch(host.strip())]
    if wrong:
        yield (overrides,), f"{overrides} contains invalid addresses : {','.join(wrong)}"
    if values.number(most) == 0 and not pairs:
        yield (most,), f"{most} can be set to zero only if {overrides} property is set"


def _late_refusal(values: _Values) -> Iterator[Contradiction]:
    delay, idle = "connection.failed.authentication.delay.ms", "connections.max.idle.ms"
    delay_ms, idle_ms = values.number(delay), values.number(idle)
    if 0 <= idle_ms <= delay_ms:
        why = "to prevent failed authentication responses from timing out"
        yield (delay, idle), f"{delay}={delay_ms} should always be less than {idle}={idle_ms} {why}"


def _protocols(values: _Values) -> Iterator[Contradiction]:
    name = "group.coordinator.rebalance.protocols"
    if "classic" not in values.names(name):
        yield (name,), "Disabling the 'classic' protocol is not supported"


def _codecs(values: _Values) -> Iterator[Contradiction]:
    for name in ("offsets.topic.compression.codec", "share.coordinator.state.topic.compression.codec"):
        if not 0 <= values.number(name) <= _LARGEST_CODEC:
            yield (name,), f"Unknown compression type id: {values.number(name)} ({name})"


def _one_assignor(values: _Values) -> Iterator[Contradiction]:
    name = "group.share.assignors"
    found = len(values.names(name))
    if found != 1:
        yield (name,), f"{name} must contain exactly one assignor, but found {found}"


def _cordoned(values: _Values) -> Iterator[Contradiction]:
    cordoned = values.names("cordoned.log.dirs")
    if "*" in cordoned:
        if len(cordoned) > 1:
            yield ("cordoned.log.dirs",), "When cordoned.log.dirs is set to *, it must not contain other values"
        return
    present = values.names("log.dirs" if "log.dirs" in values.given else "log.dir")
    missing = [name for name in cordoned if name not in present]
    if missing:
        why = "All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : "
        yield ("cordoned.log.dirs",), why + ",".join(missing)


def _compared(left: str, relation: str, right: str) -> Callable[[_Values], Iterator[Contradiction]]:
    def rule(values: _Values) -> Iterator[Contradiction]:
        if not _HOLDS[relation](values.number(left), values.number(right)):
            yield (left, right), f"{left} must be {relation} {right}"

    return rule


_AT_LEAST, _AT_MOST, _BELOW = _HOLDS


def _within(kind: str, what: str) -> Iterator[Callable[[_Values], Iterator[Contradiction]]]:
    """A setting of one kind of group between its least and its greatest."""
    value, least, most = (f"group.{kind}.{part}{what}" for part in ("", "min.", "max."))
    yield _compared(most, _AT_LEAST, least)
    yield _compared(value, _AT_LEAST, least)
    yield _compared(value, _AT_MOST, most)


def _of_groups(kind: str) -> Iterator[Callable[[_Values], Iterator[Contradiction]]]:
    yield from _within(kind, "heartbeat.interval.ms")
    yield from _within(kind, "session.timeout.ms")
    yield _compared(f"group.{kind}.heartbeat.interval.ms", _BELOW, f"group.{kind}.session.timeout.ms")
    yield from _within(kind, "assignment.interval.ms")


def _of_shares(what: str) -> Iterator[Callable[[_Values], Iterator[Contradiction]]]:
    yield _compared(f"group.share.max.{what}", _AT_LEAST, f"group.share.{what}")
    yield _compared(f"group.share.{what}", _AT_LEAST, f"group.share.min.{what}")


_RULES: tuple[Callable[[_Values], Iterator[Contradiction]], ...] = (
    _rolling,
    _jitter,
    _retention,
    _cleaner,
    _follower_timeouts,
    _follower_lag,
    _cordoned,
    _queue,
    _connections_of_an_address,
    _late_refusal,
    _protocols,
    _codecs,
    *(rule for kind in ("consumer", "share", "streams") for rule in _of_groups(kind)),
    _one_assignor,
    _compared("group.streams.num.standby.replicas", _AT_MOST, "group.streams.max.standby.replicas"),
    *(rule for what in ("delivery.count.limit", "partition.max.record.locks") for rule in _of_shares(what)),
    *_of_shares("record.lock.duration.ms"),
    _compared("group.share.max.share.sessions", _AT_LEAST, "group.share.max.size"),
)
