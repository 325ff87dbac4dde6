"""The checks that configuration values must pass, with Kafka's wording of each refusal."""

from __future__ import annotations

import re

from workbench.embedded_broker.config_definitions.definition import ConfigError, ConfigValue
from workbench.system.quick_dataclass import dataclass

Number = int | float


@dataclass(frozen=True, slots=True)
class Range:
    """A number within both ends; None leaves an end open."""

    lowest: Number | None
    highest: Number | None = None

    def check(self, name: str, value: ConfigValue) -> None:
        if not isinstance(value, (int, float)):
            raise ConfigError.invalid_value(name, None, "Value must be non-null")
        if self.lowest is not None and value < self.lowest:
            raise ConfigError.invalid_value(name, value, f"Value must be at least {self.lowest}")
        if self.highest is not None and value > self.highest:
            raise ConfigError.invalid_value(name, value, f"Value must be no more than {self.highest}")


@dataclass(frozen=True, slots=True)
class ValidString:
    """One of the given words."""

    words: tuple[str, ...]

    def check(self, name: str, value: ConfigValue) -> None:
        if value not in self.words:
            raise ConfigError.invalid_value(name, value, "String must be one of: " + ", ".join(self.words))


@dataclass(frozen=True, slots=True)
class CaseInsensitiveValidString:
    """One of the given words (upper case), however it is written."""

    words: tuple[str, ...]

    def check(self, name: str, value: ConfigValue) -> None:
        if not isinstance(value, str) or value.upper() not in self.words:
            raise ConfigError.invalid_value(
                name, value, "String must be one of (case insensitive): " + ", ".join(self.words)
            )


@dataclass(frozen=True, slots=True)
class ValidList:
    """A list without empty entries, of the given words if there are any (KIP-1161)."""

    words: tuple[str, ...] = ()
    empty_allowed: bool = True
    null_allowed: bool = False

    def check(self, name: str, value: ConfigValue) -> None:
        if value is None:
            if self.null_allowed:
                return
            raise ConfigError(f"Configuration '{name}' values must not be null.")
        assert isinstance(value, list)
        if not value and not self.empty_allowed:
            valid = f"[{', '.join(self.words)}]" if self.words else "any non-empty value"
            raise ConfigError(f"Configuration '{name}' must not be empty. Valid values include: {valid}")
        if len(set(value)) != len(value):
            raise ConfigError(f"Configuration '{name}' values must not be duplicated.")
        for entry in value:
            if not entry:
                raise ConfigError(f"Configuration '{name}' values must not be empty.")
            if self.words:
                ValidString(self.words).check(name, entry)


@dataclass(frozen=True, slots=True)
class NonEmptyString:
    def check(self, name: str, value: ConfigValue) -> None:
        if value == "":
            raise ConfigError.invalid_value(name, value, "String must be non-empty")


@dataclass(frozen=True, slots=True)
class NonNull:
    def check(self, name: str, value: ConfigValue) -> None:
        if value is None:
            raise ConfigError.invalid_value(name, "null", "entry must be non null")


@dataclass(frozen=True, slots=True)
class GzipLevel:
    """1 to 9, or -1 for the library's own choice."""

    def check(self, name: str, value: ConfigValue) -> None:
        if not isinstance(value, int) or not (1 <= value <= 9 or value == -1):
            raise ConfigError.invalid_value(name, value, "Value must be between 1 and 9 or equal to -1")


@dataclass(frozen=True, slots=True)
class ThrottledReplicas:
    """`partition:broker` pairs, or * for all."""

    def check(self, name: str, value: ConfigValue) -> None:
        assert isinstance(value, list)
        entries = [entry.strip() for entry in value]
        if all(re.fullmatch(r"([0-9]+:[0-9]+)?", entry) for entry in entries) or "".join(entries) == "*":
            return
        raise ConfigError.invalid_value(
            name,
            value,
            f"{name} must be the literal '*' or a list of replicas in the following format: "
            "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
        )


@dataclass(frozen=True, slots=True)
class ShareOffsetReset:
    """earliest, latest or by_duration: followed by an ISO 8601 duration."""

    def check(self, name: str, value: ConfigValue) -> None:
        if value in ("earliest", "latest"):
            return
        kind, _, duration = str(value).partition(":")
        if kind == "by_duration" and _is_duration(duration):
            return
        raise ConfigError.invalid_value(
            name,
            value,
            f"Invalid value `{value}` for configuration {name}. The value must be either 'earliest', 'latest' "
            "or of the format 'by_duration:<PnDTnHnMn.nS>'.",
        )


def _is_duration(text: str) -> bool:
    number = r"[+]?[0-9]+"
    pattern = rf"P(?:{number}D)?(?:T(?=.)(?:{number}H)?(?:{number}M)?(?:{number}(?:[.,][0-9]{{0,9}})?S)?)?"
    return len(text) > 1 and re.fullmatch(pattern, text, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Voters:
    """`id@host:port` entries of a static quorum."""

    def check(self, name: str, value: ConfigValue) -> None:
        assert isinstance(value, list)
        for entry in value:
            if not re.fullmatch(r"[0-9]+@(\[[0-9a-fA-F:.%\w]+\]|[^:@\[\]]*):[0-9]+", entry.strip()):
                raise ConfigError(
                    f"Invalid configuration value for {name}. "
                    "Each entry should be in the form `{id}@{host}:{port}`"
                )


@dataclass(frozen=True, slots=True)
class BootstrapServers:
    """`host:port` entries."""

    def check(self, name: str, value: ConfigValue) -> None:
        assert isinstance(value, list)
        for entry in value:
            if not re.fullmatch(r"(\[[0-9a-fA-F:.%\w]+\]|[^:@\[\]]*):[0-9]+", entry.strip()):
                raise ConfigError(
                    f"Failed to parse host name from {entry} for the configuration {name}. "
                    'Each entry should be in the form "{host}:{port}"'
                )
