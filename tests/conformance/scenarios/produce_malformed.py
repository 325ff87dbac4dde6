"""Produce with batches in which one thing is wrong: what the broker refuses, and what it stores all the same."""

from __future__ import annotations

import struct

from tests.conformance.conversation import Conversation, produce_fields
from tests.conformance.registry import scenario
from tests.conformance.scenarios.produce import show_log
from tests.helpers.record_batches import TestRecord, batch, old_message_set

GOOD = batch([b"good"])


def _try(talk: Conversation, topic: str, what: str, data: bytes, version: int = 9) -> None:
    talk.title(what)
    talk.ask("Produce", version, **produce_fields(topic, data))


@scenario
def whole_batches(talk: Conversation) -> None:
    """Empty batches, two batches, old magic, spare and missing bytes."""
    name = talk.create_topic("shapes")
    _try(talk, name, "a batch without records", batch([]))
    _try(talk, name, "a batch without records that claims one", batch([], count=1))
    _try(talk, name, "two batches", GOOD + GOOD)
    _try(talk, name, "magic 0", old_message_set(0, b"old"))
    _try(talk, name, "magic 1", old_message_set(1, b"old"))
    _try(talk, name, "magic 3", batch([b"v"], magic=3))
    _try(talk, name, "magic 1 in the place of 2", batch([b"v"], magic=1))
    _try(talk, name, "magic -1", batch([b"v"], magic=-1))
    _try(talk, name, "three spare bytes after a good batch", GOOD + b"abc")
    _try(talk, name, "spare bytes that look like the start of another batch", GOOD + GOOD[:20])
    _try(talk, name, "a batch cut by its last byte", GOOD[:-1])
    _try(talk, name, "a batch cut in its header", GOOD[:40])
    _try(talk, name, "twelve bytes of a batch", GOOD[:12])
    _try(talk, name, "eleven bytes", GOOD[:11])
    _try(talk, name, "bytes that are nothing", b"\xff" * 80)
    show_log(talk, name)


@scenario
def lengths_and_checksums(talk: Conversation) -> None:
    """A wrong checksum or length is CORRUPT_MESSAGE, or no batch at all."""
    name = talk.create_topic("sums")
    _try(talk, name, "wrong checksum", batch([b"v"], crc=0))
    _try(talk, name, "wrong checksum, version 3", batch([b"v"], crc=0), 3)
    flipped = bytearray(GOOD)
    flipped[-2] ^= 1
    _try(talk, name, "a flipped bit in the value", bytes(flipped))
    right = len(GOOD) - 12
    for length in (right - 1, right + 1, 48, 10, 0, -1, 2**31 - 1):
        _try(
            talk,
            name,
            f"length {length - right:+d}" if abs(length - right) < 2 else f"length {length}",
            batch([b"good"], length=length),
        )
    show_log(talk, name)


@scenario
def counts_and_deltas(talk: Conversation) -> None:
    """Count, last offset delta and the records' own deltas that do not agree."""
    name = talk.create_topic("deltas")
    three = [b"a", b"b", b"c"]
    _try(talk, name, "count too small", batch(three, count=2))
    _try(talk, name, "count too large", batch(three, count=4))
    _try(talk, name, "count zero", batch(three, count=0))
    _try(talk, name, "count negative", batch(three, count=-1))
    _try(talk, name, "last offset delta too small", batch(three, last_offset_delta=1))
    _try(talk, name, "last offset delta too large", batch(three, last_offset_delta=5))
    _try(talk, name, "count and last offset delta agree on too few", batch(three, count=2, last_offset_delta=1))
    _try(talk, name, "count and last offset delta agree on too many", batch(three, count=4, last_offset_delta=3))

    def deltas(*wanted: int) -> list[TestRecord]:
        return [TestRecord(value=b"v", offset_delta=delta) for delta in wanted]

    _try(talk, name, "falling deltas", batch(deltas(2, 1, 0), last_offset_delta=2))
    _try(talk, name, "equal deltas", batch(deltas(0, 0, 0), last_offset_delta=2))
    _try(talk, name, "deltas with a hole", batch(deltas(0, 1, 5), last_offset_delta=2))
    _try(talk, name, "falling deltas, compressed", batch(deltas(2, 1, 0), last_offset_delta=2, codec="gzip"))
    show_log(talk, name)


@scenario
def deltas_where_records_are_read(talk: Conversation) -> None:
    """The same wrong deltas on a compacted topic, whose records the leader does read."""
    name = talk.create_topic("compacted", cleanup_policy="compact")
    for codec in ("none", "gzip"):
        for wanted in ((2, 1, 0), (0, 0, 0), (0, 1, 5)):
            records = [TestRecord(b"k", b"v", offset_delta=delta) for delta in wanted]
            _try(talk, name, f"deltas {wanted}, {codec}", batch(records, last_offset_delta=2, codec=codec))
    show_log(talk, name)


@scenario
def attributes(talk: Conversation) -> None:
    """Control batches, transactional batches and delete horizons from a client."""
    name = talk.create_topic("attributes")
    _try(talk, name, "a control batch", batch([TestRecord(b"\0\0\0\1", b"\0\0\0\0\0\0")], attributes=0x20))
    _try(talk, name, "a transactional batch without a transactional id", batch([b"v"], attributes=0x10))
    ours = produce_fields(name, batch([b"v"], attributes=0x10, producer_id=1, producer_epoch=0, base_sequence=0))
    talk.title("a transactional batch with a producer id and without a transactional id")
    talk.ask("Produce", 9, **ours)
    _try(talk, name, "a delete horizon", batch([b"v"], attributes=0x40))
    _try(talk, name, "an unused attribute bit", batch([b"v"], attributes=0x80))
    show_log(talk, name)


@scenario
def offsets_and_epochs_of_a_client(talk: Conversation) -> None:
    """What a client writes into base offset and leader epoch is overwritten, or refused."""
    name = talk.create_topic("overwritten")
    _try(talk, name, "base offset 100", batch([b"v"], base_offset=100))
    _try(talk, name, "base offset -1", batch([b"v"], base_offset=-1))
    _try(talk, name, "leader epoch 77", batch([b"v"], leader_epoch=77))
    show_log(talk, name)


@scenario
def broken_records(talk: Conversation) -> None:
    """Records inside a batch whose own lengths are wrong, with a right checksum."""
    plain = talk.create_topic("plain")
    compacted = talk.create_topic("compacted", cleanup_policy="compact")
    for what, body in (
        ("a record longer than the batch", b"\xff\x0f" + b"\0\0\0\x02k\x02v\0"),
        ("a key longer than its record", b"\x10\0\0\0\x7ek\x02v\0"),
        ("a negative record length", b"\x01"),
        ("a header count without headers", b"\x10\0\0\0\x02k\x02v\x08"),
        ("bytes after the last record", b"\x10\0\0\0\x02k\x02v\0\0\0\0"),
        ("a key length below -1", b"\x0e\0\0\0\x03\x02v\0\0"),
    ):
        for topic in (plain, compacted):
            _try(talk, topic, f"{what}: {'plain' if topic == plain else 'compacted'} topic", _with_payload(body))


def _with_payload(payload: bytes) -> bytes:
    import crc32c

    good = batch([TestRecord(b"k", b"v")])
    after_crc = good[21:61] + payload
    head = good[:8] + struct.pack(">i", 9 + len(after_crc)) + good[12:17]
    return head + struct.pack(">I", crc32c.crc32c(after_crc)) + after_crc
