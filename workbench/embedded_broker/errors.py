"""Errors that a broker answers with, and those that end a connection."""

from __future__ import annotations

from workbench.wire.error_codes import ErrorCode


class BrokerError(Exception):
    """Becomes `code` in the response; `message` is what clients show, None where Kafka gives none."""

    def __init__(self, code: ErrorCode, message: str | None = None) -> None:
        super().__init__(f"{code.name}: {message}" if message else code.name)
        self.code = code
        self.message = message


class CloseConnectionError(Exception):
    """The only honest answer is to close the connection (a failed write with acks=0, an unknown API)."""
