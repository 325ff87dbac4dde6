"""How many of something, as the window writes it: `1 partition`, `1,284,306 messages`; unknown is "no data"."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.system.counting import counted

translate = QCoreApplication.translate


def brokers(count: int) -> str:
    """`3 brokers`."""
    return counted(count, translate("counts", "{} broker"), translate("counts", "{} brokers"))


def topics(count: int) -> str:
    """`5 topics`."""
    return counted(count, translate("counts", "{} topic"), translate("counts", "{} topics"))


def partitions(count: int) -> str:
    """`21 partitions`."""
    return counted(count, translate("counts", "{} partition"), translate("counts", "{} partitions"))


def replicas(count: int) -> str:
    """`3 replicas`."""
    return counted(count, translate("counts", "{} replica"), translate("counts", "{} replicas"))


def messages(count: int | None) -> str:
    """`1,284,306 messages`, or "no data" where nobody knows."""
    if count is None:
        return translate("units", "no data")
    return counted(count, translate("counts", "{} message"), translate("counts", "{} messages"))


def records(count: int) -> str:
    """`12 records`."""
    return counted(count, translate("counts", "{} record"), translate("counts", "{} records"))


def size_in_bytes(count: int) -> str:
    """`512 bytes`, for what is small and exact; anything larger is `units.size`."""
    return counted(count, translate("counts", "{} byte"), translate("counts", "{} bytes"))


def groups(count: int) -> str:
    """`2 groups`."""
    return counted(count, translate("counts", "{} group"), translate("counts", "{} groups"))


def members(count: int) -> str:
    """`3 members`."""
    return counted(count, translate("counts", "{} member"), translate("counts", "{} members"))


def voters(count: int) -> str:
    """`3 voters`."""
    return counted(count, translate("counts", "{} voter"), translate("counts", "{} voters"))


def observers(count: int) -> str:
    """`2 observers`."""
    return counted(count, translate("counts", "{} observer"), translate("counts", "{} observers"))


def problems(errors: int, warnings: int) -> str:
    """`1 error, 3 warnings`; "" if there is neither."""
    parts = []
    if errors:
        parts.append(counted(errors, translate("counts", "{} error"), translate("counts", "{} errors")))
    if warnings:
        parts.append(counted(warnings, translate("counts", "{} warning"), translate("counts", "{} warnings")))
    return ", ".join(parts)
