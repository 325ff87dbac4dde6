"""The one error that the client shows: a sentence, what to do about it, and Kafka's own code.

Every failure that a user can meet (no connection, refused, timed out, an error code in a response) becomes a
`ClientError`; anything else that escapes is a bug.
"""

from __future__ import annotations


class ClientError(Exception):
    """A known failure. `code` is Kafka's name (`TOPIC_ALREADY_EXISTS`) or ours in the same spelling."""

    def __init__(self, sentence: str, remedy: str = "", code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.code = code

    def __repr__(self) -> str:
        return f"ClientError({self.sentence!r}, {self.remedy!r}, {self.code!r})"
