"""Numbers, sizes, rates, spans and times as the window writes them.

`1,284,306`, `824 MiB`, `120 KiB/s`, `2.4 s`, `3 h 09`, `14:32:07.114`; the minus is U+2212. Unknown is "no data",
never 0. Times are in the zone that `set_time_zone` chose, the computer's own at first.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import QCoreApplication

MINUS = "\u2212"
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_zone: tzinfo | None = None


def no_data() -> str:
    """What stands where a value is unknown."""
    return QCoreApplication.translate("units", "no data")


def number(value: int | None) -> str:
    """`1,284,306`, or "no data"."""
    if value is None:
        return no_data()
    return f"{MINUS}{-value:,}" if value < 0 else f"{value:,}"


def size(size_bytes: float | None) -> str:
    """`16.0 MiB`: three digits at most, bytes whole."""
    if size_bytes is None:
        return no_data()
    value, unit = float(size_bytes), 0
    while value >= 1024 and unit < len(_BINARY) - 1:
        value, unit = value / 1024, unit + 1
    if unit == 0:
        return f"{int(value)} B"
    return f"{value:.1f} {_BINARY[unit]}" if value < 99.95 else f"{value:,.0f} {_BINARY[unit]}"


def byte_rate(bytes_per_second: float | None) -> str:
    """`289 KiB/s`."""
    return no_data() if bytes_per_second is None else f"{size(bytes_per_second)}/s"


def rate(per_second: float | None, unit: str) -> str:
    """`120 msg/s`; below ten one decimal."""
    if per_second is None:
        return no_data()
    text = f"{per_second:.1f}" if 0 < per_second < 9.95 else f"{per_second:,.0f}"
    return f"{text} {unit}"


def span(seconds: float | None) -> str:
    """`0.4 s`, `12 s`, `3 min`, `3 h 09`, `5 d`."""
    if seconds is None:
        return no_data()
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86400:
        return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02d}"
    return f"{seconds / 86400:.0f} d"


def milliseconds(value: str) -> str | None:
    """A config's milliseconds in words (`7 d`, `2 h`, `1.5 s`), or None if it is not a number."""
    try:
        amount = int(value)
    except ValueError:
        return None
    if amount == -1:
        return QCoreApplication.translate("units", "unlimited")
    if amount >= 2**53:
        return QCoreApplication.translate("units", "never")
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000)):
        if amount >= length and amount % length == 0:
            return f"{amount // length:,} {unit}"
    return f"{amount:,} ms"


def set_time_zone(name: str | None) -> None:
    """Chooses the zone by IANA name; None or an unknown name means the computer's own."""
    global _zone
    try:
        _zone = ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        _zone = None


def _moment(timestamp_ms: float) -> datetime:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).astimezone(_zone)


def clock(timestamp_ms: float, *, millis: bool = False) -> str:
    """`14:32:07`, with `.114` if asked."""
    moment = _moment(timestamp_ms)
    return moment.strftime("%H:%M:%S") + (f".{moment.microsecond // 1000:03d}" if millis else "")


def date_time(timestamp_ms: float) -> str:
    """`2026-03-12 14:32:07.114`."""
    return f"{_moment(timestamp_ms):%Y-%m-%d} {clock(timestamp_ms, millis=True)}"


def moment(timestamp_ms: float) -> str:
    """`2026-03-12 14:32:07`."""
    return f"{_moment(timestamp_ms):%Y-%m-%d %H:%M:%S}"


def zone_name(timestamp_ms: float) -> str:
    """`UTC+01:00`, the offset in force at that time."""
    text = _moment(timestamp_ms).strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}".replace("UTC-", f"UTC{MINUS}")


def addresses(bootstrap: str) -> str:
    """`localhost:9092, 9093` for servers that share a host."""
    servers = [server for server in bootstrap.split(",") if server]
    hosts = {server.rpartition(":")[0] for server in servers}
    if len(servers) > 1 and len(hosts) == 1:
        return servers[0] + "".join(f", {server.rpartition(':')[2]}" for server in servers[1:])
    return ", ".join(servers)
