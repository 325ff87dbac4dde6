"""How long work tells how far it is, whoever listens: the window's list of jobs, the command line, nobody."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told from the event loop. Work that may be cancelled is cancelled as its task."""

    def show(self, done: int, total: int | None = None, note: str = "") -> None:
        """`done` of `total` steps or bytes (None: unknown, or as before); `note` says where it is."""

    def cannot_be_cancelled(self) -> None:
        """From here on going back would cost more than going on."""


class Silence:
    """Nobody listens."""

    def show(self, done: int, total: int | None = None, note: str = "") -> None:
        """Says nothing."""

    def cannot_be_cancelled(self) -> None:
        """Says nothing."""


SILENCE: Progress = Silence()
