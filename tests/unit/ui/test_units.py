"""Numbers, sizes, spans and times as they are written."""

from __future__ import annotations

import pytest

from workbench.ui import units


@pytest.mark.parametrize(("value", "text"), [(None, "no data"), (0, "0"), (1284306, "1,284,306"), (-240, "\u2212240")])
def test_number(value: int | None, text: str) -> None:
    assert units.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "no data"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (16 * 2**20, "16.0 MiB"),
     (824 * 2**20, "824 MiB"),     (1.5 * 2**40, "1.5 TiB"), (2**70, "1,048,576 PiB")],
)  # fmt: skip
def test_size(value: float | None, text: str) -> None:
    assert units.size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "no data"), (0.0004, "0 ms"), (0.41, "410 ms"), (2.4, "2.4 s"), (45.2, "45 s"), (119, "119 s"),
     (600, "10 min"),     (11_400, "3 h 10"), (5 * 86_400, "5 d")],
)  # fmt: skip
def test_span(value: float | None, text: str) -> None:
    assert units.span(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("604800000", "7 d"), ("7200000", "2 h"), ("1500", "1,500 ms"), ("-1", "unlimited"), ("abc", None),
     ("9223372036854775807", "never")],
)  # fmt: skip
def test_milliseconds(value: str, text: str | None) -> None:
    assert units.milliseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "no data"), (0, "0 msg/s"), (2.64, "2.6 msg/s"), (1234.4, "1,234 msg/s")]
)
def test_rate(value: float | None, text: str) -> None:
    assert units.rate(value, "msg/s") == text


def test_times_are_in_the_chosen_zone() -> None:
    noon = 1_773_316_800_114  # 2026-03-12 12:00:00.114 UTC
    try:
        units.set_time_zone("Europe/Berlin")
        assert units.clock(noon, millis=True) == "13:00:00.114"
        assert units.date_time(noon) == "2026-03-12 13:00:00.114"
        assert units.zone_name(noon) == "UTC+01:00"
        units.set_time_zone("America/New_York")
        assert units.zone_name(noon) == "UTC\u221204:00"
        units.set_time_zone("No/Such")
        own = units.clock(noon)
        units.set_time_zone(None)
        assert own == units.clock(noon)
    finally:
        units.set_time_zone(None)


def test_addresses_on_one_host_are_written_short() -> None:
    assert len(units.moment(0)) == len("1970-01-01 00:00:00") and units.moment(0).startswith(("1970", "1969"))
    assert units.addresses("localhost:9092,localhost:9093") == "localhost:9092, 9093"
    assert units.addresses("a:1,b:2") == "a:1, b:2"
    assert units.addresses("") == ""
