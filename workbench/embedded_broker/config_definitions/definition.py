"""What a configuration is: its type, default, check, importance, and how its text becomes a value.

Invariants: values are kept as text everywhere and parsed with the definition when needed; a `ConfigError` says what
Kafka says about the same mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import Protocol

from workbench.system.quick_dataclass import dataclass

ConfigValue = bool | int | float | str | list[str] | None


class ConfigError(ValueError):
    """A configuration's value is not acceptable; the text is what clients show."""

    @staticmethod
    def invalid_value(name: str, value: object, reason: str | None = None) -> ConfigError:
        text = f"Invalid value {java_text(value)} for configuration {name}"
        return ConfigError(text if reason is None else f"{text}: {reason}")


class ConfigType(IntEnum):
    """Types with the ids that DescribeConfigs uses."""

    UNKNOWN = 0
    BOOLEAN = 1
    STRING = 2
    INT = 3
    SHORT = 4
    LONG = 5
    DOUBLE = 6
    LIST = 7
    CLASS = 8
    PASSWORD = 9


class Importance(Enum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class UpdateMode(Enum):
    """Where a broker configuration can be changed while brokers run (KIP-226)."""

    READ_ONLY = "read-only"
    PER_BROKER = "per-broker"
    CLUSTER_WIDE = "cluster-wide"


class Validator(Protocol):
    """Raises ConfigError for a parsed value that is not allowed."""

    def check(self, name: str, value: ConfigValue) -> None: ...


@dataclass(frozen=True, slots=True)
class ConfigDefinition:
    """One configuration; `default` is its text, None if it has none that can be told."""

    name: str
    type: ConfigType
    default: str | None
    validator: Validator | None = None
    importance: Importance = Importance.MEDIUM
    documentation: str | None = None
    required: bool = False
    internal: bool = False
    update_mode: UpdateMode = UpdateMode.READ_ONLY

    @property
    def sensitive(self) -> bool:
        """The value is never shown."""
        return self.type is ConfigType.PASSWORD

    def parse(self, text: str | None) -> ConfigValue:
        """The checked value of `text`. Raises ConfigError."""
        value = parse_text(self.name, text, self.type)
        if isinstance(value, list) and self.validator is not None and self.validator.__class__.__name__ == "ValidList":
            value = list(dict.fromkeys(value))
        if self.validator is not None:
            self.validator.check(self.name, value)
        return value


_RANGES: Mapping[ConfigType, tuple[int, str]] = {
    ConfigType.SHORT: (16, "SHORT"),
    ConfigType.INT: (32, "INT"),
    ConfigType.LONG: (64, "LONG"),
}
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DOUBLE = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:NaN|Infinity))[fFdD]?", re.ASCII)
_LIST_SEPARATOR = re.compile(r"\s*,\s*")


def parse_text(name: str, text: str | None, config_type: ConfigType) -> ConfigValue:
    """The value of `text`, not yet checked by a validator. Raises ConfigError."""
    if text is None:
        return None
    trimmed = text.strip()
    match config_type:
        case ConfigType.BOOLEAN:
            lower = trimmed.lower()
            if lower not in ("true", "false"):
                raise ConfigError.invalid_value(name, text, "Expected value to be either true or false")
            return lower == "true"
        case ConfigType.SHORT | ConfigType.INT | ConfigType.LONG:
            bits, type_name = _RANGES[config_type]
            if not _INTEGER.fullmatch(trimmed) or not -(1 << bits - 1) <= int(trimmed) < 1 << bits - 1:
                raise ConfigError.invalid_value(name, text, f"Not a number of type {type_name}")
            return int(trimmed)
        case ConfigType.DOUBLE:
            found = _DOUBLE.fullmatch(trimmed)
            if found is None:
                raise ConfigError.invalid_value(name, text, "Not a number of type DOUBLE")
            return float(found.group(1).replace("Infinity", "inf"))
        case ConfigType.LIST:
            return _LIST_SEPARATOR.split(trimmed) if trimmed else []
        case _:
            return trimmed


def value_text(value: ConfigValue) -> str | None:
    """A parsed value as configuration text, in the form that Kafka answers."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(value)
    if isinstance(value, float):
        return _java_double(value)
    return str(value)


def java_text(value: object) -> str:
    """How a value looks inside Kafka's messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    if isinstance(value, float):
        return _java_double(value)
    return str(value)


def _java_double(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    magnitude = abs(value)
    if magnitude == 0 or 1e-3 <= magnitude < 1e7:
        text = repr(value)
        if "e" not in text:
            return text
    digits, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        sign = "-" if value < 0 else ""
        whole, _, fraction = digits.lstrip("-").partition(".")
        fraction = fraction.rstrip("0")
        shifted = whole + fraction
        stripped = shifted.lstrip("0")
        power = len(whole) - 1 if whole.strip("0") else -(len(shifted) - len(stripped))
        mantissa = stripped.rstrip("0") or "0"
        return f"{sign}{mantissa[0]}.{mantissa[1:] or '0'}E{power}"
    if "." not in digits:
        digits += ".0"
    return f"{digits}E{int(exponent)}"
