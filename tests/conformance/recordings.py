"""The recorded answers of Apache Kafka 4.3.1: one text file per scenario, in a folder per area."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.registry import Scenario

FOLDER = Path(__file__).parent / "recorded"


def path(found: Scenario) -> Path:
    return FOLDER / found.area / f"{found.name}.txt"


def read(found: Scenario) -> str:
    """The recording; raises FileNotFoundError with the command that makes it."""
    try:
        return path(found).read_text()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{found.id} is not recorded: python -m tests.conformance record {found.id}") from error


def write(found: Scenario, text: str) -> None:
    path(found).parent.mkdir(parents=True, exist_ok=True)
    path(found).write_text(text)


def all_paths() -> set[Path]:
    return set(FOLDER.glob("*/*.txt"))
