"""What a user types for a range: times in several spellings, offsets, lists of partitions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|sec|min|m|h|d|w)\s*(?:ago)?", re.IGNORECASE)
_UNITS_MS = {
    "ms": 1,
    "s": 1_000,
    "sec": 1_000,
    "m": 60_000,
    "min": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?")


def parse_time(text: str, now_ms: int, zone: tzinfo | None = None) -> int | None:
    """Milliseconds for `2026-03-12 13:52`, `13:52:07.114` (its latest occurrence), `2h ago`, or milliseconds.

    None if the text is none of these. Times without a zone are in `zone`, the computer's own by default.
    """
    text = text.strip()
    if re.fullmatch(r"\d{10}", text):
        return int(text) * 1_000
    if re.fullmatch(r"\d{11,16}", text):
        return int(text)
    ago = _AGO.fullmatch(text.lstrip("-−"))
    if ago:
        return round(now_ms - float(ago.group(1)) * _UNITS_MS[ago.group(2).lower()])
    now = datetime.fromtimestamp(now_ms / 1_000, zone).astimezone(zone)
    clock = _CLOCK.fullmatch(text)
    if clock:
        hour, minute, second = (int(part or 0) for part in clock.groups()[:3])
        fraction = (clock.group(4) or "0").ljust(3, "0")
        if hour > 23 or minute > 59 or second > 59:
            return None
        moment = now.replace(hour=hour, minute=minute, second=second, microsecond=int(fraction) * 1_000)
        if moment > now:
            moment -= timedelta(days=1)
        return round(moment.timestamp() * 1_000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone) if zone is not None else moment.astimezone()
    return round(moment.timestamp() * 1_000)


def parse_whole(text: str) -> int | None:
    """A number of rows or an offset; thousands separators are fine."""
    plain = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    return int(plain) if plain.isdecimal() else None


def parse_partitions(text: str) -> tuple[int, ...] | None:
    """`0, 3-5` as numbers; None if it is no such list."""
    numbers: set[int] = set()
    for part in text.split(","):
        bounds = re.fullmatch(r"\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?", part)
        if not bounds:
            return None
        first, last = int(bounds.group(1)), int(bounds.group(2) or bounds.group(1))
        if last < first or last - first > 100_000:
            return None
        numbers.update(range(first, last + 1))
    return tuple(sorted(numbers))


def partitions_text(partitions: Sequence[int]) -> str:
    """`0, 3-5`."""
    parts: list[str] = []
    run: list[int] = []
    for number in [*sorted(partitions), -1]:
        if run and number == run[-1] + 1:
            run.append(number)
            continue
        if run:
            parts.append(str(run[0]) if len(run) == 1 else f"{run[0]}{',' if len(run) == 2 else '-'}{run[-1]}")
        run = [number]
    return ", ".join(parts).replace(",,", ",")
