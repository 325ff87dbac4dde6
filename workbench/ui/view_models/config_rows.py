"""A topic's configuration as rows (pure): grouped, in words, with where the value comes from.

The groups are ours; the keys, values and documentation are what the broker told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from workbench.client.model import ConfigEntry, ConfigSource
from workbench.ui import units

translate = QCoreApplication.translate

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Retention", ("retention.", "cleanup.", "delete.retention", "file.delete", "local.retention", "remote.")),
    ("Segments", ("segment.", "index.", "preallocate")),
    ("Compaction", ("min.cleanable", "min.compaction", "max.compaction", "errors.tolerance")),
    ("Durability", ("min.insync", "unclean.", "flush.")),
    ("Messages", ("compression.", "max.message", "message.")),
    ("Replication", ("leader.replication", "follower.replication")),
)
_SOURCES = {
    ConfigSource.TOPIC: "topic",
    ConfigSource.BROKER: "broker",
    ConfigSource.DEFAULT_BROKER: "cluster",
    ConfigSource.STATIC_BROKER: "server.properties",
    ConfigSource.DEFAULT: "default",
}


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """One key, or the head of a group (`key` empty). `default` is Kafka's own, "" where it is unknown."""

    group: str
    key: str = ""
    value: str = ""
    raw: str | None = None
    source: str = ""
    set_here: bool = False
    default: str = ""
    in_force: bool = True
    entry: ConfigEntry | None = None


def config_rows(
    entries: Sequence[ConfigEntry], words: str = "", only: str = "all", not_in_force: frozenset[str] = frozenset()
) -> list[ConfigRow]:
    """Rows by group; `only` is all, set (on the topic) or waiting (not in force yet)."""
    wanted = words.lower().split()
    grouped: dict[str, list[ConfigRow]] = {}
    for entry in sorted(entries, key=lambda entry: entry.name):
        row = _row(entry, not_in_force)
        text = f"{entry.name} {entry.documentation or ''}".lower()
        if not all(word in text for word in wanted):
            continue
        if (only == "set" and not row.set_here) or (only == "waiting" and row.in_force):
            continue
        grouped.setdefault(row.group, []).append(row)
    rows: list[ConfigRow] = []
    for name in [group for group, _starts in _GROUPS] + ["Other"]:
        if name in grouped:
            rows.append(ConfigRow(name))
            rows.extend(grouped[name])
    return rows


def in_words(name: str, value: str | None) -> str:
    """A value as people say it: `7 d`, `1.0 GiB`, `unlimited`."""
    if value is None:
        return translate("configs", "hidden")
    if value == "":
        return translate("configs", "empty")
    if value.startswith("-") and value != "-1":
        return value
    if name.endswith(".ms"):
        return units.milliseconds(value) or value
    if name.endswith(".bytes") and value.lstrip("-").isdigit():
        return translate("configs", "unlimited") if value == "-1" else units.size(int(value))
    if name == "flush.messages" and value.isdigit() and int(value) >= 2**53:
        return translate("configs", "never")
    return value


def default_of(entry: ConfigEntry) -> str | None:
    """Kafka's own default, None where no layer tells it."""
    if entry.source is ConfigSource.DEFAULT:
        return entry.value
    found = [synonym.value for synonym in entry.synonyms if synonym.source is ConfigSource.DEFAULT]
    return found[0] if found else None


def source_in_words(source: ConfigSource) -> str:
    """Who set a value."""
    return translate("configs", _SOURCES.get(source, source.value.lower()))


def layers(entry: ConfigEntry) -> list[tuple[str, str]]:
    """Where the value could come from, strongest first: (layer, value)."""
    found = [(source_in_words(synonym.source), f"{synonym.name} = {synonym.value}") for synonym in entry.synonyms]
    return found or [(source_in_words(entry.source), f"{entry.name} = {entry.value}")]


def _row(entry: ConfigEntry, not_in_force: frozenset[str]) -> ConfigRow:
    group = next((name for name, starts in _GROUPS if entry.name.startswith(starts)), "Other")
    default = default_of(entry)
    return ConfigRow(
        group=group,
        key=entry.name,
        value=in_words(entry.name, entry.value),
        raw=entry.value,
        source=source_in_words(entry.source),
        set_here=entry.source is ConfigSource.TOPIC,
        default=in_words(entry.name, default) if default is not None else "",
        in_force=entry.name not in not_in_force,
        entry=entry,
    )
