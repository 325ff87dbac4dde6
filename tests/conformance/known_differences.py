"""What ours is known to answer differently, each with its reason: a list that may only shrink.

`known_differences.toml` holds entries with `scenario`, `reason`, and the differing lines: `kafka` those that only the
recording has, `ours` those that only our answer has. A line that differs and is not told fails its scenario, and so
does a told line that does not differ any more.
"""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("known_differences.toml")


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """One entry: why these lines of this scenario differ."""

    scenario: str
    reason: str
    kafka: tuple[str, ...]
    ours: tuple[str, ...]


@cache
def known() -> tuple[KnownDifference, ...]:
    entries = tomllib.loads(FILE.read_text()).get("difference", [])
    return tuple(
        KnownDifference(entry["scenario"], entry["reason"], tuple(entry.get("kafka", ())), tuple(entry.get("ours", ())))
        for entry in entries
    )


def explain(scenario: str, recorded: str, ours: str) -> str:
    """What is wrong between a recording and our transcript, for a person to read; empty where nothing is."""
    told = [entry for entry in known() if entry.scenario == scenario]
    missing = Counter(line.strip() for entry in told for line in entry.kafka)
    added = Counter(line.strip() for entry in told for line in entry.ours)
    expected, actual = recorded.splitlines(), ours.splitlines()
    found_missing: Counter[str] = Counter()
    found_added: Counter[str] = Counter()
    for line in difflib.ndiff(expected, actual):
        if line.startswith("- "):
            found_missing[line[2:].strip()] += 1
        elif line.startswith("+ "):
            found_added[line[2:].strip()] += 1
    problems = []
    if found_missing - missing or found_added - added:
        shown = difflib.unified_diff(expected, actual, "Apache Kafka", "ours", lineterm="", n=4)
        problems.append("\n".join(shown))
    vanished = [f"kafka: {line}" for line in missing - found_missing] + [
        f"ours: {line}" for line in added - found_added
    ]
    if vanished:
        problems.append("Remove from known_differences.toml what does not differ any more:\n" + "\n".join(vanished))
    return "\n".join(problems)
