"""Kafka's uuids: 16 raw bytes in messages, 22 characters of unpadded base64url in text.

Source: org.apache.kafka.common.Uuid (KIP-516).
"""

from __future__ import annotations

import base64
import os
import re

_TEXT = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)

ZERO_UUID = bytes(16)
"""Absent; never assigned to anything."""

METADATA_TOPIC_ID = bytes(15) + b"\x01"
"""The topic id of `__cluster_metadata`."""


def random_uuid() -> bytes:
    """A new id that is none of the reserved ones and whose text does not start with a dash.

    A leading dash would be taken for an option by command line tools.
    """
    while uuid_to_text(value := _version_4()).startswith("-"):
        pass
    return value


def random_uuid_text() -> str:
    """A new id as Java writes one: `f81d4fae-7dec-41d0-a765-00a0c91e6bf6`."""
    digits = _version_4().hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _version_4() -> bytes:
    """16 random bytes but for version and variant (RFC 9562); Python's own module takes 2 ms to import."""
    value = bytearray(os.urandom(16))
    value[6] = value[6] & 0x0F | 0x40
    value[8] = value[8] & 0x3F | 0x80
    return bytes(value)


def uuid_to_text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def uuid_from_text(text: str) -> bytes:
    """Raises ValueError when `text` is not a Kafka uuid."""
    if not _TEXT.fullmatch(text):
        raise ValueError(f"{text!r} is not a base64 uuid of 22 characters")
    return base64.urlsafe_b64decode(text + "==")
