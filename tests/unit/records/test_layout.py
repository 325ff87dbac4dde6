"""Numbers of the format."""

from workbench.records import layout


def test_fields_lie_where_they_are_said_to() -> None:
    packed = layout.HEADER.pack(1, 2, 3, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13)
    assert layout.HEADER_BYTES == len(packed) == 61
    for place, size, value in (
        (layout.LENGTH_AT, 4, 2),
        (layout.LEADER_EPOCH_AT, 4, 3),
        (layout.MAGIC_AT, 1, 2),
        (layout.CRC_AT, 4, 5),
        (layout.ATTRIBUTES_AT, 2, 6),
        (layout.LAST_OFFSET_DELTA_AT, 4, 7),
        (layout.BASE_TIMESTAMP_AT, 8, 8),
        (layout.MAX_TIMESTAMP_AT, 8, 9),
        (layout.PRODUCER_ID_AT, 8, 10),
    ):
        assert int.from_bytes(packed[place : place + size], "big") == value


def test_sequences_wrap() -> None:
    assert layout.last_sequence_of(-1, 10) == -1
    assert layout.last_sequence_of(5, 10) == 15
    assert layout.last_sequence_of(2**31 - 1, 1) == 0
