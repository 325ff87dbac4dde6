"""What work told of its progress, for tests that ask for it."""

from __future__ import annotations


class ToldProgress:
    """Keeps everything."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int | None, str]] = []
        self.is_final = False

    def show(self, done: int, total: int | None = None, note: str = "") -> None:
        self.steps.append((done, total, note))

    def cannot_be_cancelled(self) -> None:
        self.is_final = True
