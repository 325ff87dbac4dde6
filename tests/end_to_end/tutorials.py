"""The tutorials' programs in `programs/`, as a reader pastes them; only the address is put in for localhost:9092.

`quickly` also shortens the producer's pause of a second, for all but the slow tests.
"""

from __future__ import annotations

from pathlib import Path

from tests.helpers.installed_clients import ClientProgram, kafka_python

PROGRAMS = Path(__file__).parent / "programs"


def source(name: str, bootstrap: str, *, quickly: bool = True, topic: str | None = None) -> str:
    """A program's text for this address; `topic` replaces the activity topic where a test needs one of its own."""
    text = (PROGRAMS / f"{name}.py").read_text()
    assert "localhost:9092" in text
    text = text.replace("localhost:9092", bootstrap)
    if quickly:
        text = text.replace("time.sleep(1)", "time.sleep(0.05)")
    if topic:
        text = text.replace("user-activity", topic).replace("my-consumer-group", f"{topic}-group")
    return text


def changed(text: str, old: str, new: str) -> str:
    """A program with one of its arguments changed; the argument must be there."""
    assert old in text
    return text.replace(old, new)


def start(name: str, text: str, version: str, directory: Path, *, label: str = "") -> ClientProgram:
    """Runs a program with one release of kafka-python."""
    return ClientProgram(text, library=kafka_python(version), directory=directory, name=name + label)
