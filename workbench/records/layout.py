"""Numbers of the record batch format, magic 2 (KIP-98): where each header field lies and what each attribute bit means.

Invariant: the CRC covers everything from the attributes on, so base offset and leader epoch may be changed without it.
"""

from __future__ import annotations

import struct

MAGIC_V2 = 2

# base offset, length of what follows, leader epoch, magic, crc, attributes, last offset delta, base timestamp,
# max timestamp, producer id, producer epoch, base sequence, record count
HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_BYTES = HEADER.size
FRAME_BYTES = 12  # base offset and length: common to every magic
MIN_BATCH_LENGTH = HEADER_BYTES - FRAME_BYTES
MIN_MESSAGE_LENGTH = 14  # crc, magic, attributes, key and value lengths of a magic 0 message

LENGTH_AT = 8
LEADER_EPOCH_AT = 12
MAGIC_AT = 16
CRC_AT = 17
ATTRIBUTES_AT = 21
LAST_OFFSET_DELTA_AT = 23
BASE_TIMESTAMP_AT = 27
MAX_TIMESTAMP_AT = 35
PRODUCER_ID_AT = 43
RECORDS_AT = HEADER_BYTES

COMPRESSION_MASK = 0x07
LOG_APPEND_TIME_BIT = 0x08
TRANSACTIONAL_BIT = 0x10
CONTROL_BIT = 0x20
DELETE_HORIZON_BIT = 0x40
KNOWN_BITS = 0x7F

NO_PRODUCER_ID = -1
NO_PRODUCER_EPOCH = -1
NO_SEQUENCE = -1

MAX_SEQUENCE = 0x7FFFFFFF


def last_sequence_of(base_sequence: int, last_offset_delta: int) -> int:
    """Sequences count modulo 2^31 (KIP-98)."""
    if base_sequence == NO_SEQUENCE:
        return NO_SEQUENCE
    return (base_sequence + last_offset_delta) & MAX_SEQUENCE
