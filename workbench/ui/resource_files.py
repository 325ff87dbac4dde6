"""Finds the files of `resources/`: in the installed package, or beside the source."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from PySide6.QtGui import QIcon


def resource(*parts: str) -> Path:
    """The path of a resource file; it may be missing."""
    beside_source = Path(__file__).resolve().parents[2] / "resources"
    if beside_source.is_dir():
        return beside_source.joinpath(*parts)
    return Path(str(files("workbench").joinpath("resources", *parts)))


def application_icon() -> QIcon:
    """The icon of window and task bar."""
    return QIcon(str(resource("icons", "kafka-workbench.svg")))
