"""What the broker program says of settings, which there are and what is wrong with given ones, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SettingFault:
    """What is wrong with one setting; a fault that does not `refuse` is heeded by nobody, such as an unknown name."""

    key: str
    sentence: str
    refuses: bool = True


@dataclass(frozen=True, slots=True)
class KnownSetting:
    """A setting that a properties file may hold; `default` is its text, None where it has none."""

    key: str
    type: str
    default: str | None


def as_json(items: Iterable[SettingFault] | Iterable[KnownSetting]) -> str:
    """One line."""
    return json.dumps([asdict(item) for item in items])


def faults_from_json(text: str) -> list[SettingFault]:
    """ValueError, KeyError or TypeError for what is none."""
    return [SettingFault(item["key"], item["sentence"], bool(item["refuses"])) for item in json.loads(text)]


def known_from_json(text: str) -> list[KnownSetting]:
    """ValueError, KeyError or TypeError for what is none."""
    return [KnownSetting(item["key"], item["type"], item["default"]) for item in json.loads(text)]
