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
    while True:
        value = bytearray(os.urandom(16))
        # A random one as in RFC 9562: version 4, variant 10.
        value[6] = value[6] & 0x0F | 0x40
        value[8] = value[8] & 0x3F | 0x80
        if not uuid_to_text(value).startswith("-"):
            return bytes(value)


def uuid_to_text(value: bytes | bytearray) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def uuid_from_text(text: str) -> bytes:
    """Raises ValueError when `text` is not a Kafka uuid."""
    if not _TEXT.fullmatch(text):
        raise ValueError(f"{text!r} is not a base64 uuid of 22 characters")
    return base64.urlsafe_b64decode(text + "==")
