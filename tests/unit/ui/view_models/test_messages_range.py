"""Times, numbers and partitions as people type them."""

from datetime import UTC, datetime

import pytest

from workbench.ui.view_models.messages_range import parse_partitions, parse_time, parse_whole, partitions_text

NOW = int(datetime(2026, 3, 12, 14, 0, tzinfo=UTC).timestamp() * 1_000)


def at(text: str) -> str | None:
    found = parse_time(text, NOW, UTC)
    return None if found is None else datetime.fromtimestamp(found / 1_000, UTC).isoformat(timespec="milliseconds")[:-6]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-12 13:52", "2026-03-12T13:52:00.000"),
        ("2026-03-12T13:52:07.114", "2026-03-12T13:52:07.114"),
        ("2026-03-12T13:52:00+01:00", "2026-03-12T12:52:00.000"),
        ("2026-03-11", "2026-03-11T00:00:00.000"),
        ("13:52", "2026-03-12T13:52:00.000"),
        ("13:52:07.5", "2026-03-12T13:52:07.500"),
        ("15:00", "2026-03-11T15:00:00.000"),
        ("2h ago", "2026-03-12T12:00:00.000"),
        ("-90m", "2026-03-12T12:30:00.000"),
        ("1.5 d", "2026-03-11T02:00:00.000"),
        ("1773320000", "2026-03-12T12:53:20.000"),
        ("1773320000123", "2026-03-12T12:53:20.123"),
        ("soon", None),
        ("25:00", None),
        ("", None),
    ],
)
def test_times(text: str, expected: str | None) -> None:
    assert at(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("12", 12), ("1,284,306", 1284306), (" 7 ", 7), ("-1", None), ("x", None), ("", None)]
)
def test_numbers(text: str, expected: int | None) -> None:
    assert parse_whole(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        ("3", (3,), "3"),
        ("0, 3-5", (0, 3, 4, 5), "0, 3-5"),
        ("5,4", (4, 5), "4,5"),
        ("1-1", (1,), "1"),
        ("5-3", None, ""),
        ("a", None, ""),
        ("", None, ""),
        ("0-999999999", None, ""),
    ],
)
def test_partitions(text: str, expected: tuple[int, ...] | None, written: str) -> None:
    found = parse_partitions(text)
    assert found == expected
    if found is not None:
        assert partitions_text(found) == written
