"""Each check accepts what Kafka accepts and refuses in its words."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.config_definitions.definition import ConfigError, ConfigValue, Validator
from workbench.embedded_broker.config_definitions.validators import (
    BootstrapServers,
    CaseInsensitiveValidString,
    GzipLevel,
    NonEmptyString,
    NonNull,
    Range,
    ShareOffsetReset,
    ThrottledReplicas,
    ValidList,
    ValidString,
    Voters,
)


@pytest.mark.parametrize(
    ("validator", "value"),
    [
        (Range(1), 1),
        (Range(None, 5), 5),
        (Range(0, 0.5), 0.5),
        (ValidString(("a", "b")), "b"),
        (CaseInsensitiveValidString(("A",)), "a"),
        (ValidList(("a", "b")), []),
        (ValidList(null_allowed=True), None),
        (NonEmptyString(), None),
        (NonEmptyString(), "x"),
        (NonNull(), ""),
        (GzipLevel(), -1),
        (GzipLevel(), 9),
        (ThrottledReplicas(), ["*"]),
        (ThrottledReplicas(), ["0:1", "2:3"]),
        (ThrottledReplicas(), []),
        (ShareOffsetReset(), "earliest"),
        (ShareOffsetReset(), "by_duration:P1DT2H3M4.5S"),
        (Voters(), ["1@localhost:9093", "2@[::1]:9093"]),
        (BootstrapServers(), ["localhost:9093"]),
    ],
)
def test_accepted(validator: Validator, value: ConfigValue) -> None:
    validator.check("n", value)


@pytest.mark.parametrize(
    ("validator", "value", "message"),
    [
        (Range(1), 0, "Invalid value 0 for configuration n: Value must be at least 1"),
        (Range(0, 1), 1.5, "Invalid value 1.5 for configuration n: Value must be no more than 1"),
        (Range(1), None, "Invalid value null for configuration n: Value must be non-null"),
        (ValidString(("a", "b")), "c", "Invalid value c for configuration n: String must be one of: a, b"),
        (CaseInsensitiveValidString(("A",)), "c", "String must be one of (case insensitive): A"),
        (ValidList(("a",)), ["c"], "Invalid value c for configuration n: String must be one of: a"),
        (ValidList(), [""], "Configuration 'n' values must not be empty."),
        (ValidList(), ["a", "a"], "Configuration 'n' values must not be duplicated."),
        (ValidList(), None, "Configuration 'n' values must not be null."),
        (ValidList(("a",), empty_allowed=False), [], "must not be empty. Valid values include: [a]"),
        (ValidList(empty_allowed=False), [], "must not be empty. Valid values include: any non-empty value"),
        (NonEmptyString(), "", "String must be non-empty"),
        (NonNull(), None, "Invalid value null for configuration n: entry must be non null"),
        (GzipLevel(), 10, "Value must be between 1 and 9 or equal to -1"),
        (ThrottledReplicas(), ["a"], "Invalid value [a] for configuration n: n must be the literal '*' or a list"),
        (ShareOffsetReset(), "by_duration:", "The value must be either 'earliest', 'latest'"),
        (ShareOffsetReset(), "by_duration:P", "The value must be either 'earliest', 'latest'"),
        (Voters(), ["localhost:9093"], "n"),
        (BootstrapServers(), ["localhost"], "n"),
    ],
)
def test_refused(validator: Validator, value: ConfigValue, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        validator.check("n", value)
    assert message in str(error.value)
