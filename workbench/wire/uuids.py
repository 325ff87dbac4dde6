"""Kafka's uuids: 16 raw bytes in messages, 22 characters of unpadded base64url in text.

Source: org.apache.kafka.common.Uuid (KIP-516).
"""

from __future__ import annotations

import base64
import binascii
import uuid

ZERO_UUID = bytes(16)
"""Absent; never assigned to anything."""

METADATA_TOPIC_ID = bytes(15) + b"\x01"
"""The topic id of `__cluster_metadata`; as a directory id it means "lost" nowhere, so both spaces reserve it."""

UNASSIGNED_DIRECTORY = ZERO_UUID
LOST_DIRECTORY = bytes(15) + b"\x01"
MIGRATING_DIRECTORY = bytes(15) + b"\x02"
"""Reserved directory ids (KIP-858)."""


def random_uuid() -> bytes:
    """A new id that is none of the reserved ones and whose text does not start with a dash.

    A leading dash would be taken for an option by command line tools.
    """
    while True:
        value = uuid.uuid4().bytes
        if not uuid_to_text(value).startswith("-"):
            return value


def uuid_to_text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def uuid_from_text(text: str) -> bytes:
    """Raises ValueError when `text` is not a Kafka uuid."""
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{text!r} is not a base64 uuid of 22 characters") from error
    if len(value) != 16:
        raise ValueError(f"{text!r} is not a base64 uuid of 22 characters")
    return value
