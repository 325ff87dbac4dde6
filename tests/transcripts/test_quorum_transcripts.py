"""Conversations between members of the metadata quorum, kept as text that can be read and reviewed.

`UPDATE_TRANSCRIPTS=1` writes what happens now into the files, to be read before it is kept.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.helpers.quorum_play import QuorumPlay

FOLDER = Path(__file__).parent / "quorum"


def play(text: str) -> str:
    """The transcript with everything that follows from each event as it happens now."""
    quorum = QuorumPlay()
    out: list[str] = []
    skipping = False
    for line in text.splitlines():
        if line.startswith("> "):
            if out and out[-1]:
                out.append("")
            out += [line, *quorum.play(line[2:])]
            skipping = True
        elif line.startswith("#"):
            if out and out[-1] and not out[-1].startswith("#"):
                out.append("")
            out.append(line)
            skipping = False
        elif not skipping:
            out.append(line)
    return "\n".join(out).rstrip() + "\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_conversation_is_as_written(path: Path) -> None:
    expected = path.read_text()
    actual = play(expected)
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        path.write_text(actual)
    assert actual.splitlines() == expected.splitlines()


def test_there_are_conversations() -> None:
    assert len(list(FOLDER.glob("*.txt"))) >= 8
