"""How messages lie inside records: metadata records (KIP-595, AbstractApiMessageSerde) and coordinator records.

A metadata record's value is uvarint frame version 1, uvarint record type, uvarint message version, body; its key is
null. A coordinator record's key is int16 type and a body of version 0, its value int16 version and a body.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from workbench.wire import messages
from workbench.wire.compiler import Message
from workbench.wire.errors import WireError
from workbench.wire.schema import message_blocks, schema_of
from workbench.wire.varints import Buffer, append_unsigned_varint, read_unsigned_varint

FRAME_VERSION = 1


class UnknownRecordError(WireError):
    """A record type or version that this program does not know; `record_type` and `version` say which."""

    def __init__(self, record_type: int, version: int) -> None:
        super().__init__(f"record type {record_type} version {version} is not known to this version of the workbench")
        self.record_type = record_type
        self.version = version


@cache
def _by_key(kind: str, group: str) -> dict[int, str]:
    """Names of the messages of one kind by their type number; `group` tells coordinators apart."""
    found: dict[int, str] = {}
    for name, block in message_blocks().items():
        head = block[: block.index("\n")].split()
        if head[2] == kind and _coordinator_of(name) == group:
            found[schema_of(name).key] = name
    return found


def _coordinator_of(name: str) -> str:
    if name.startswith("TransactionLog"):
        return "transaction"
    if name.startswith(("ShareSnapshot", "ShareUpdate")):
        return "share"
    return "group"


def encode_metadata_record(message: Message, version: int) -> bytes:
    out = bytearray((FRAME_VERSION,))
    append_unsigned_varint(out, message.API_KEY)
    append_unsigned_varint(out, version)
    message.encode_into(out, version)
    return bytes(out)


def decode_metadata_record(value: Buffer) -> tuple[Any, int]:
    """The message and its version. Raises UnknownRecordError, WireError."""
    try:
        frame_version, position = read_unsigned_varint(value, 0)
        record_type, position = read_unsigned_varint(value, position)
        version, position = read_unsigned_varint(value, position)
    except IndexError as error:
        raise WireError("a metadata record is cut within its frame") from error
    if frame_version != FRAME_VERSION:
        raise WireError(f"a metadata record has frame version {frame_version}; only {FRAME_VERSION} is known")
    name = _by_key("metadata", "group").get(record_type)
    if name is None:
        raise UnknownRecordError(record_type, version)
    message_class: type[Message] = getattr(messages, name)
    if not message_class.VERSIONS[0] <= version <= message_class.VERSIONS[1]:
        raise UnknownRecordError(record_type, version)
    return message_class.decode(value, version, position)[0], version


def encode_coordinator_key(message: Message) -> bytes:
    return struct.pack(">h", message.API_KEY) + message.encode(0)


def encode_coordinator_value(message: Message, version: int) -> bytes:
    return struct.pack(">h", version) + message.encode(version)


def decode_coordinator_key(key: Buffer, coordinator: str = "group") -> Any:
    """The key message of a record of the `group`, `transaction` or `share` coordinator.

    Raises UnknownRecordError (version 0) for a type that is not known, WireError for a cut one.
    """
    if len(key) < 2:
        raise WireError("a coordinator record's key is cut")
    (record_type,) = struct.unpack_from(">h", key, 0)
    name = _by_key("coordinator-key", coordinator).get(record_type)
    if name is None:
        raise UnknownRecordError(record_type, 0)
    message_class: type[Message] = getattr(messages, name)
    return message_class.decode(key, 0, 2)[0]


def decode_coordinator_value(key: Message, value: Buffer) -> tuple[Any, int]:
    """The value message that belongs to a decoded `key`, and its version. Raises UnknownRecordError, WireError."""
    if len(value) < 2:
        raise WireError("a coordinator record's value is cut")
    (version,) = struct.unpack_from(">h", value, 0)
    message_class: type[Message] = getattr(messages, key.NAME.removesuffix("Key") + "Value")
    if not message_class.VERSIONS[0] <= version <= message_class.VERSIONS[1]:
        raise UnknownRecordError(key.API_KEY, version)
    return message_class.decode(value, version, 2)[0], version
