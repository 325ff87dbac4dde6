"""How configuration text becomes a value and back, with Kafka's words for what is wrong."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.config_definitions.definition import (
    ConfigDefinition,
    ConfigError,
    ConfigType,
    java_text,
    parse_text,
    value_text,
)
from workbench.embedded_broker.config_definitions.validators import Range, ValidList


@pytest.mark.parametrize(
    ("text", "config_type", "value"),
    [
        (" true ", ConfigType.BOOLEAN, True),
        ("FALSE", ConfigType.BOOLEAN, False),
        (" 12 ", ConfigType.INT, 12),
        ("+7", ConfigType.INT, 7),
        ("-32768", ConfigType.SHORT, -32768),
        ("9223372036854775807", ConfigType.LONG, (1 << 63) - 1),
        ("1e3", ConfigType.DOUBLE, 1000.0),
        ("0.5f", ConfigType.DOUBLE, 0.5),
        ("Infinity", ConfigType.DOUBLE, float("inf")),
        ("a , b,c", ConfigType.LIST, ["a", "b", "c"]),
        ("", ConfigType.LIST, []),
        ("a,,b", ConfigType.LIST, ["a", "", "b"]),
        (" x ", ConfigType.STRING, "x"),
        (None, ConfigType.LONG, None),
    ],
)
def test_parsing(text: str | None, config_type: ConfigType, value: object) -> None:
    assert parse_text("n", text, config_type) == value


@pytest.mark.parametrize(
    ("text", "config_type", "message"),
    [
        ("yes", ConfigType.BOOLEAN, "Invalid value yes for configuration n: Expected value to be either true or false"),
        ("x", ConfigType.INT, "Invalid value x for configuration n: Not a number of type INT"),
        ("1_000", ConfigType.INT, "Invalid value 1_000 for configuration n: Not a number of type INT"),
        ("2147483648", ConfigType.INT, "Not a number of type INT"),
        ("32768", ConfigType.SHORT, "Not a number of type SHORT"),
        ("9223372036854775808", ConfigType.LONG, "Not a number of type LONG"),
        ("1.5", ConfigType.LONG, "Not a number of type LONG"),
        ("half", ConfigType.DOUBLE, "Not a number of type DOUBLE"),
        ("١٢", ConfigType.INT, "Not a number of type INT"),
    ],
)
def test_what_cannot_be_parsed(text: str, config_type: ConfigType, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_text("n", text, config_type)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (5, "5"),
        (0.5, "0.5"),
        (1.0, "1.0"),
        (1e7, "1.0E7"),
        (12345678.5, "1.23456785E7"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (0.0001, "1.0E-4"),
        (0.001, "0.001"),
        (-2147483647.0, "-2.147483647E9"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (["a", "b"], "a,b"),
        (None, None),
    ],
)
def test_writing(value: object, text: str | None) -> None:
    assert value_text(value) == text  # type: ignore[arg-type]


def test_inside_messages_lists_have_brackets() -> None:
    assert java_text(["a", "b"]) == "[a, b]"
    assert java_text(None) == "null"
    assert java_text(True) == "true"


def test_definitions_check_what_they_parse() -> None:
    definition = ConfigDefinition("n", ConfigType.INT, "4", Range(1, 9))
    assert definition.parse("9") == 9
    with pytest.raises(ConfigError, match="Value must be no more than 9"):
        definition.parse("10")
    assert not definition.sensitive
    assert ConfigDefinition("p", ConfigType.PASSWORD, None).sensitive


def test_lists_lose_duplicates_before_they_are_checked() -> None:
    definition = ConfigDefinition("n", ConfigType.LIST, "", ValidList(("a", "b")))
    assert definition.parse("a,b,a") == ["a", "b"]
