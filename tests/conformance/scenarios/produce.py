"""Produce: every version, every way to acknowledge, every codec, timestamps and sizes."""

from __future__ import annotations

import struct
import time
import uuid
from typing import Any

from tests.conformance.conversation import Conversation, produce_fields
from tests.conformance.registry import scenario
from tests.helpers.record_batches import CODECS, TestRecord, batch

STRANGER = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
HOUR_MS = 3_600_000


def show_log(talk: Conversation, topic: str, *, offset: int = 0) -> None:
    """Fetches a partition's log and writes it down, for what was stored."""
    part = {"partition": 0, "fetch_offset": offset, "partition_max_bytes": 1 << 20}
    talk.ask("Fetch", 12, max_wait=0, min_bytes=0, topics=[{"topic": topic, "partitions": [part]}])


@scenario
def at_each_version(talk: Conversation) -> None:
    """One batch at every version served; the offsets rise, the answers grow."""
    name = talk.create_topic("versions")
    its_id = talk.topic_id(name)
    data = batch([TestRecord(b"k", b"v", [("h", b"x"), ("n", None)]), TestRecord(None, None)])
    talk.ask_each("Produce", range(3, 13), produce_fields(name, data))
    talk.ask("Produce", 13, **produce_fields(its_id, data))
    show_log(talk, name, offset=20)


@scenario
def advertised_but_not_served(talk: Conversation) -> None:
    """Versions 0 to 2 are advertised for librdkafka's sake; whoever uses one is told or cut off."""
    name = talk.create_topic("old").encode()
    data = batch([b"v"])
    body = struct.pack(">hiih", -1, 5000, 1, len(name)) + name + struct.pack(">iii", 1, 0, len(data)) + data
    for version in range(3):
        frame = struct.pack(">hhih", 0, version, 1, 6) + b"tester" + body
        talk.send_bytes(f"Produce v{version}, one batch", struct.pack(">i", len(frame)) + frame)
        talk.expect_silence(5)


@scenario
def acknowledgements(talk: Conversation) -> None:
    """acks 1 and -1 answer, 0 is silent, other numbers are refused."""
    name = talk.create_topic("acks")
    for acks in (1, -1):
        talk.ask("Produce", 9, **produce_fields(name, batch([b"answered"]), acks=acks))
    talk.send("Produce", 9, **produce_fields(name, batch([b"silent"]), acks=0))
    talk.expect_silence()
    for acks in (2, -2):
        talk.ask("Produce", 9, **produce_fields(name, batch([b"refused"]), acks=acks))
    show_log(talk, name)


@scenario
def silent_errors_close(talk: Conversation) -> None:
    """An error that acks 0 cannot tell closes the connection."""
    name = talk.create_topic("closing")
    talk.send("Produce", 9, **produce_fields(talk.name("unknown"), batch([b"lost"]), acks=0))
    talk.expect_silence(5)
    talk.send("Produce", 9, **produce_fields(name, batch([b"bad"], crc=1), acks=0))
    talk.expect_silence(5)
    talk.ask("Produce", 9, **produce_fields(name, batch([b"good"])))


@scenario
def codecs(talk: Conversation) -> None:
    """Every codec is stored as it came, zstd from version 7 only, unknown codecs never."""
    name = talk.create_topic("codecs")
    for codec in CODECS:
        data = batch([TestRecord(b"k", b"v" * 100), b"w" * 50], codec=codec)
        talk.ask("Produce", 9, **produce_fields(name, data))
    talk.ask("Produce", 6, **produce_fields(name, batch([b"too early"], codec="zstd")))
    for attributes in (5, 6, 7):
        talk.ask("Produce", 9, **produce_fields(name, batch([b"unknown codec"], attributes=attributes)))
    show_log(talk, name)


@scenario
def broken_compression(talk: Conversation) -> None:
    """A batch whose codec cannot read its bytes: the leader looks inside only where it must."""
    plain = talk.create_topic("plain")
    compacted = talk.create_topic("compacted", cleanup_policy="compact")
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        data = batch([TestRecord(b"k", b"not compressed")], attributes=CODECS[codec])
        for topic in (plain, compacted):
            talk.ask("Produce", 9, **produce_fields(topic, data))


@scenario
def recompression(talk: Conversation) -> None:
    """A topic with a codec of its own stores what comes in that codec."""
    for codec in ("gzip", "snappy", "lz4", "zstd", "uncompressed"):
        name = talk.create_topic(f"stored-as-{codec}", compression_type=codec)
        talk.ask("Produce", 9, **produce_fields(name, batch([TestRecord(b"k", b"v" * 64), b"w"])))
        talk.ask("Produce", 9, **produce_fields(name, batch([TestRecord(b"k", b"v" * 64), b"w"], codec="lz4")))
        show_log(talk, name)


@scenario
def unknown_destinations(talk: Conversation) -> None:
    """Topics, ids and partitions that are not there; a good partition beside them is written."""
    name = talk.create_topic("known")
    its_id = talk.topic_id(name)
    data = batch([b"v"])
    talk.ask("Produce", 9, **produce_fields(talk.name("unknown"), data))
    talk.ask("Produce", 9, **produce_fields(name, data, partition=7))
    talk.ask("Produce", 9, **produce_fields(name, data, partition=-1))
    talk.ask("Produce", 9, **produce_fields("", data))
    talk.ask("Produce", 13, **produce_fields(STRANGER, data))
    talk.ask("Produce", 13, **produce_fields(uuid.UUID(int=0), data))
    talk.ask("Produce", 13, **produce_fields(its_id, data, partition=7))
    mixed = produce_fields(name, data)
    mixed["topic_data"].append({"name": talk.name("unknown"), "partition_data": [{"index": 0, "records": data}]})
    mixed["topic_data"][0]["partition_data"].append({"index": 3, "records": data})
    talk.ask("Produce", 9, **mixed)


@scenario
def internal_topics(talk: Conversation) -> None:
    """Only the administrative client may write into the offsets topic."""
    talk.coordinator_ready(talk.name("anyone"))
    talk.ask("Produce", 9, **produce_fields("__consumer_offsets", batch([TestRecord(b"k", b"v")])))
    talk.ask("Produce", 9, **produce_fields("__cluster_metadata", batch([b"v"])))


@scenario
def nothing_to_write(talk: Conversation) -> None:
    """No topics, no partitions, an empty record set. (A null one Kafka 4.3.1 fails on and never answers.)"""
    name = talk.create_topic("empty")
    talk.ask("Produce", 9, acks=-1, timeout=1000, topic_data=[])
    talk.ask("Produce", 9, acks=-1, timeout=1000, topic_data=[{"name": name, "partition_data": []}])
    talk.ask("Produce", 9, **produce_fields(name, b""))


@scenario
def timestamps(talk: Conversation) -> None:
    """An hour ahead is the limit; the past has none; -1 and disagreeing maxima."""
    name = talk.create_topic("times")
    now = int(time.time() * 1000)

    def send(text: str, **fields: Any) -> None:
        talk.title(text)
        answer = talk.setup("Produce", 9, **produce_fields(name, batch([b"v"], **fields)))
        talk.note("answer", answer["responses"][0]["partition_responses"][0])

    send("now", timestamp=now)
    send("half an hour ahead", timestamp=now + HOUR_MS // 2)
    send("two hours ahead", timestamp=now + 2 * HOUR_MS)
    send("the year 1970", timestamp=0)
    send("no timestamp", timestamp=-1)
    send("a negative timestamp", timestamp=-1000)
    send("a maximum that is too large", max_timestamp=1_700_000_009_999)
    send("a maximum that is too small", max_timestamp=1)
    at = [{"partition_index": 0, "timestamp": special} for special in (-3,)]
    found = talk.setup("ListOffsets", 7, replica_id=-1, topics=[{"name": name, "partitions": at}])
    talk.note("record with the largest timestamp", found["topics"][0]["partitions"][0]["offset"])


@scenario
def timestamp_limits(talk: Conversation) -> None:
    """A topic's own limits before and after now, checked in compressed batches as well."""
    old = talk.create_topic("not-too-old", message_timestamp_before_max_ms="1000")
    now = int(time.time() * 1000)
    for codec in ("none", "gzip"):
        talk.title(f"a batch of 2023 and one of now, {codec}")
        for timestamp in (1_700_000_000_000, now):
            mixed = batch(
                [TestRecord(value=b"a"), TestRecord(value=b"b", timestamp_delta=1)], timestamp=timestamp, codec=codec
            )
            answer = talk.setup("Produce", 9, **produce_fields(old, mixed))
            talk.note("answer", answer["responses"][0]["partition_responses"][0])


@scenario
def log_append_time(talk: Conversation) -> None:
    """A topic may stamp records itself: the answer tells the time, the batch carries it with its own attribute bit."""
    name = talk.create_topic("stamped", message_timestamp_type="LogAppendTime")
    for codec in ("none", "lz4"):
        talk.ask(
            "Produce", 9, **produce_fields(name, batch([TestRecord(value=b"a"), TestRecord(value=b"b")], codec=codec))
        )
    talk.ask("Produce", 9, **produce_fields(name, batch([b"claims to be stamped"], attributes=8)))
    plain = talk.create_topic("unstamped")
    talk.ask("Produce", 9, **produce_fields(plain, batch([b"claims to be stamped"], attributes=8)))
    show_log(talk, name)


@scenario
def sizes(talk: Conversation) -> None:
    """A batch may be as large as max.message.bytes says, header included, and not a byte larger."""
    small = talk.create_topic("small", max_message_bytes="1000")
    overhead = len(batch([b"x" * 900])) - 900
    talk.ask("Produce", 9, **produce_fields(small, batch([b"x" * (1000 - overhead)])))
    talk.ask("Produce", 9, **produce_fields(small, batch([b"x" * (1001 - overhead)])))
    talk.ask("Produce", 9, **produce_fields(small, batch([b"x" * 5000], codec="gzip")))
    default = talk.create_topic("default")
    talk.ask("Produce", 9, **produce_fields(default, batch([b"x" * 1_000_000])))
    talk.ask("Produce", 9, **produce_fields(default, batch([b"x" * 1_048_588])))
    segment = talk.create_topic("segment", max_message_bytes="3000000", segment_bytes="1048576")
    talk.ask("Produce", 9, **produce_fields(segment, batch([b"x" * 1_500_000])))


@scenario
def compacted_without_key(talk: Conversation) -> None:
    """A compacted topic takes no record without a key, and names those that lack one."""
    name = talk.create_topic("compacted", cleanup_policy="compact")
    talk.ask("Produce", 9, **produce_fields(name, batch([TestRecord(b"k", b"v")])))
    keyless = [TestRecord(b"k", b"v"), TestRecord(None, b"v"), TestRecord(b"", b"v"), TestRecord(None, b"v")]
    talk.ask("Produce", 9, **produce_fields(name, batch(keyless)))
    talk.ask("Produce", 7, **produce_fields(name, batch(keyless)))
    talk.ask("Produce", 9, **produce_fields(name, batch(keyless, codec="snappy")))
    both = talk.create_topic("both", cleanup_policy="compact,delete")
    talk.ask("Produce", 9, **produce_fields(both, batch([TestRecord(None, b"v")])))


@scenario
def several_partitions(talk: Conversation) -> None:
    """Partitions are answered one by one; a partition named twice is the client's mistake."""
    name = talk.create_topic("three", partitions=3)
    fields = produce_fields(name, batch([b"zero"]))
    fields["topic_data"][0]["partition_data"] += [
        {"index": 2, "records": batch([b"two", b"two"])},
        {"index": 1, "records": batch([b"bad"], crc=5)},
    ]
    talk.ask("Produce", 9, **fields)
    fields["topic_data"][0]["partition_data"].append({"index": 0, "records": batch([b"again"])})
    fields["topic_data"][0]["partition_data"].pop(2)
    answer = talk.setup("Produce", 9, **fields)
    talk.note("partition 0 named twice", answer["responses"])
