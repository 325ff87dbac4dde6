"""The error that a person can do something about: a sentence that says what is wrong, and a remedy.

Whoever meets a `KnownError` shows both and ends or goes on; every other exception is a bug and is shown as one.
"""

from __future__ import annotations


class KnownError(Exception):
    """Something outside the program stands in the way (a port taken, a full disk, a folder that is not ours).

    `sentence` is one whole sentence; `remedy` is one sentence or command that helps, or empty where none is known.
    """

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(f"{sentence} {remedy}".strip())
        self.sentence = sentence
        self.remedy = remedy
