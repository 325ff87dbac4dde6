"""Which broker configurations stand behind a topic's or group's, and which broker configurations mean the same.

Invariant: of several synonyms the first that is set within one layer wins; layers rank topic or group, this broker,
all brokers, properties file, default (KIP-226).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.embedded_broker.config_definitions.topic_configs import TOPIC_CONFIGS

_HOURS_MS = 3_600_000
_MINUTES_MS = 60_000


def _with_prefix(prefix: str, *names: str) -> dict[str, tuple[tuple[str, int], ...]]:
    return {name: ((prefix + name, 1),) for name in names}


TOPIC_SYNONYMS: Mapping[str, tuple[tuple[str, int], ...]] = {
    **_with_prefix(
        "log.",
        "segment.bytes",
        "retention.bytes",
        "index.interval.bytes",
        "cleanup.policy",
        "preallocate",
        "message.timestamp.type",
        "message.timestamp.before.max.ms",
        "message.timestamp.after.max.ms",
        "local.retention.ms",
        "local.retention.bytes",
    ),
    **_with_prefix("log.cleaner.", "delete.retention.ms", "min.compaction.lag.ms", "max.compaction.lag.ms"),
    **_with_prefix(
        "",
        "unclean.leader.election.enable",
        "min.insync.replicas",
        "compression.type",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.zstd.level",
    ),
    "segment.ms": (("log.roll.ms", 1), ("log.roll.hours", _HOURS_MS)),
    "segment.jitter.ms": (("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", _HOURS_MS)),
    "segment.index.bytes": (("log.index.size.max.bytes", 1),),
    "flush.messages": (("log.flush.interval.messages", 1),),
    "flush.ms": (("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)),
    "retention.ms": (
        ("log.retention.ms", 1),
        ("log.retention.minutes", _MINUTES_MS),
        ("log.retention.hours", _HOURS_MS),
    ),
    "max.message.bytes": (("message.max.bytes", 1),),
    "file.delete.delay.ms": (("log.segment.delete.delay.ms", 1),),
    "min.cleanable.dirty.ratio": (("log.cleaner.min.cleanable.ratio", 1),),
}
"""By topic configuration: the broker configurations behind it, first one first, and the factor to the topic's unit."""

GROUP_SYNONYMS: Mapping[str, str] = {
    **{
        name: "group." + name
        for name in (
            "consumer.session.timeout.ms",
            "consumer.heartbeat.interval.ms",
            "consumer.assignment.interval.ms",
            "share.session.timeout.ms",
            "share.heartbeat.interval.ms",
            "share.record.lock.duration.ms",
            "share.delivery.count.limit",
            "share.partition.max.record.locks",
            "share.assignment.interval.ms",
            "streams.session.timeout.ms",
            "streams.heartbeat.interval.ms",
            "streams.num.standby.replicas",
            "streams.initial.rebalance.delay.ms",
            "streams.assignment.interval.ms",
        )
    }
}
"""By group configuration: the broker configuration that is its default."""

_BROKER_SYNONYM_SETS: tuple[tuple[str, ...], ...] = (
    ("log.roll.ms", "log.roll.hours"),
    ("log.roll.jitter.ms", "log.roll.jitter.hours"),
    ("log.retention.ms", "log.retention.minutes", "log.retention.hours"),
)
_LISTENER_OVERRIDE = re.compile(r"listener\.name\.[^.]*\.(.*)")
_PER_MECHANISM = (
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
)


def listener_override(name: str) -> str | None:
    """What is left of `listener.name.NAME.REST`; None for any other configuration."""
    found = _LISTENER_OVERRIDE.fullmatch(name)
    return found.group(1) if found else None


def broker_synonyms(name: str, *, match_listener_override: bool = True) -> tuple[str, ...]:
    """Broker configurations that mean the same as `name`, in order of rank, itself among them."""
    for names in _BROKER_SYNONYM_SETS:
        if name in names:
            return names
    if name == "log.flush.interval.ms":
        return (name, "log.flush.scheduler.interval.ms")
    if match_listener_override:
        rest = listener_override(name)
        if rest is not None:
            return (name, next((m for m in _PER_MECHANISM if rest.endswith(m)), rest))
    return (name,)


assert set(TOPIC_SYNONYMS) <= {definition.name for definition in TOPIC_CONFIGS}
