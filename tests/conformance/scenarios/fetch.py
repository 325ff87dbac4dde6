"""Fetch: versions, limits, waiting, offsets, epochs and ids."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario
from tests.helpers.record_batches import TestRecord, batch

STRANGER = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")


def fetch_fields(topic: str | uuid.UUID, offset: int = 0, *, partition: int = 0, **more: Any) -> dict[str, Any]:
    """A Fetch of one partition that does not wait; `partition_max_bytes` and the like may be overridden."""
    part = {
        "partition": partition,
        "fetch_offset": offset,
        "partition_max_bytes": more.pop("partition_max_bytes", 1 << 20),
        "current_leader_epoch": more.pop("current_leader_epoch", -1),
        "last_fetched_epoch": more.pop("last_fetched_epoch", -1),
    }
    key = "topic_id" if isinstance(topic, uuid.UUID) else "topic"
    return {"max_wait": 0, "min_bytes": 0, "topics": [{key: topic, "partitions": [part]}], **more}


def brief(body: dict[str, Any]) -> dict[str, Any]:
    """An answer with only sizes for its records."""
    shown = {**body, "responses": []}
    for topic in body["responses"]:
        parts = [{**part, "records": _size(part["records"])} for part in topic["partitions"]]
        shown["responses"].append({**topic, "partitions": parts})
    return shown


def _size(records: bytes | None) -> str | None:
    return None if records is None else f"{len(records)} bytes"


@scenario
def at_each_version(talk: Conversation) -> None:
    """The same two batches at every version, by name to 12 and by id from 13."""
    name = talk.create_topic("versions")
    its_id = talk.topic_id(name)
    talk.produce(name, batch([TestRecord(b"k", b"v", [("h", b"x")]), b"w"]), batch([b"x"], codec="lz4"))
    talk.ask_each("Fetch", range(4, 13), fetch_fields(name))
    talk.ask_each("Fetch", range(13, 19), fetch_fields(its_id))


@scenario
def zstd_at_each_version(talk: Conversation) -> None:
    """zstd is served to every version, whatever it could read."""
    name = talk.create_topic("zstd")
    talk.produce(name, batch([b"v"], codec="zstd"))
    talk.ask_each("Fetch", (4, 9, 10), fetch_fields(name), only=brief)


@scenario
def offsets(talk: Conversation) -> None:
    """A batch is served whole to an offset inside it; the end is empty; beyond and below are out of range."""
    name = talk.create_topic("offsets")
    talk.produce(name, batch([b"0", b"1", b"2"]), batch([b"3", b"4"]))
    for offset in (0, 1, 2, 3, 4, 5, 6, -1, -2, 2**62):
        talk.title(f"from {offset}")
        talk.ask("Fetch", 12, **fetch_fields(name, offset))


@scenario
def limits(talk: Conversation) -> None:
    """Whole batches up to the limits; the first batch of a request even over them; the rest cut or left out."""
    name = talk.create_topic("limits", partitions=2)
    one = batch([b"x" * 100])
    talk.note("size of a batch", len(one))
    for partition in range(2):
        talk.produce(name, one, one, one, partition=partition)
    size = len(one)
    for limit in (0, 1, size - 1, size, size + 1, 2 * size, 3 * size, 4 * size):
        answer = talk.setup("Fetch", 12, **fetch_fields(name, partition_max_bytes=limit))
        talk.note(f"partition_max_bytes {limit}", brief(answer)["responses"][0]["partitions"][0]["records"])
    for limit in (0, 1, size - 1, size, 2 * size + 5, 100_000):
        fields = fetch_fields(name, max_bytes=limit)
        fields["topics"][0]["partitions"].append({**fields["topics"][0]["partitions"][0], "partition": 1})
        answer = talk.setup("Fetch", 12, **fields)
        got = [part["records"] for part in brief(answer)["responses"][0]["partitions"]]
        talk.note(f"max_bytes {limit} for two partitions", got)
    talk.title("the first batch over the limit holds once a request")
    fields = fetch_fields(name, partition_max_bytes=1)
    fields["topics"][0]["partitions"].append({**fields["topics"][0]["partitions"][0], "partition": 1})
    talk.ask("Fetch", 12, **fields)
    talk.title("a second batch is cut at the partition's limit")
    talk.ask("Fetch", 12, **fetch_fields(name, partition_max_bytes=size + 30))
    for limit in (-1, -(2**31)):
        talk.ask("Fetch", 12, **fetch_fields(name, partition_max_bytes=limit))
        talk.ask("Fetch", 12, **fetch_fields(name, max_bytes=limit))


@scenario
def waiting(talk: Conversation) -> None:
    """A fetch waits for min_bytes or max_wait, and wakes when enough has arrived; an error answers at once."""
    name = talk.create_topic("waiting")
    one = batch([b"x" * 100])

    def timed(text: str, low_s: float, high_s: float, **fields: Any) -> None:
        began = time.monotonic()
        answer = talk.setup("Fetch", 12, **{**fetch_fields(name), **fields})
        took = time.monotonic() - began
        got = brief(answer)["responses"][0]["partitions"][0]
        talk.note(text, {"error_code": got["error_code"], "records": got["records"], "in time": low_s <= took < high_s})

    timed("nothing there, min_bytes 0", 0, 0.2, max_wait=1000, min_bytes=0)
    timed("nothing there, min_bytes 1, 300 ms", 0.28, 0.8, max_wait=300, min_bytes=1)
    talk.produce(name, one)
    timed("one batch there, min_bytes 1", 0, 0.2, max_wait=1000, min_bytes=1)
    timed("one batch there, min_bytes 1000, 300 ms", 0.28, 0.8, max_wait=300, min_bytes=1000)
    timed("max_wait 0 does not wait", 0, 0.2, max_wait=0, min_bytes=1000)
    timed("an error does not wait", 0, 0.2, **{**fetch_fields(name, 99), "max_wait": 1000, "min_bytes": 1000})
    writer = talk.speaker("writer")
    talk.send_silently("Fetch", 12, **{**fetch_fields(name, 1), "max_wait": 10_000, "min_bytes": 200})
    began = time.monotonic()
    for _ in range(2):
        writer.setup("Produce", 9, acks=1, timeout=1000, topic_data=_one_batch(name, one))
    answer = talk.receive_silently()
    woken = brief(answer)["responses"][0]["partitions"][0]["records"]
    talk.note("woken by two batches", {"records": woken, "in time": time.monotonic() - began < 2})


def _one_batch(name: str, data: bytes) -> list[dict[str, Any]]:
    return [{"name": name, "partition_data": [{"index": 0, "records": data}]}]


@scenario
def unknown_sources(talk: Conversation) -> None:
    """Topics, ids and partitions that are not there, beside one that is."""
    name = talk.create_topic("known")
    its_id = talk.topic_id(name)
    talk.produce_values(name, b"v")
    talk.ask("Fetch", 12, **fetch_fields(talk.name("unknown")))
    talk.ask("Fetch", 12, **fetch_fields(name, partition=5))
    talk.ask("Fetch", 12, **fetch_fields(name, partition=-1))
    talk.ask("Fetch", 12, **fetch_fields(""))
    talk.ask("Fetch", 16, **fetch_fields(STRANGER))
    talk.ask("Fetch", 16, **fetch_fields(uuid.UUID(int=0)))
    talk.ask("Fetch", 16, **fetch_fields(its_id, partition=5))
    both = fetch_fields(its_id)
    both["topics"] += fetch_fields(STRANGER)["topics"]
    talk.ask("Fetch", 16, **both, only=brief)
    talk.ask("Fetch", 12, max_wait=0, min_bytes=0, topics=[])
    talk.ask("Fetch", 12, max_wait=0, min_bytes=0, topics=[{"topic": name, "partitions": []}])


@scenario
def leader_epochs(talk: Conversation) -> None:
    """The client's leader epoch is fenced or unknown; the last fetched epoch may diverge."""
    name = talk.create_topic("epochs")
    talk.produce_values(name, b"0", b"1")
    for epoch in (-1, 0, 1, 100, -2):
        talk.title(f"current leader epoch {epoch}")
        talk.ask("Fetch", 12, only=brief, **fetch_fields(name, current_leader_epoch=epoch))
    for epoch, offset in ((0, 1), (0, 2), (0, 5), (1, 1), (100, 0), (-2, 0)):
        talk.title(f"last fetched epoch {epoch} at offset {offset}")
        talk.ask("Fetch", 12, only=brief, **fetch_fields(name, offset, last_fetched_epoch=epoch))


@scenario
def isolation(talk: Conversation) -> None:
    """read_committed shows the last stable offset and an empty list of aborted transactions."""
    name = talk.create_topic("isolation")
    talk.produce_values(name, b"0")
    for version in (4, 11, 12):
        talk.ask("Fetch", version, only=brief, **fetch_fields(name, isolation_level=1))
    talk.ask("Fetch", 12, only=brief, **fetch_fields(name, isolation_level=0))
    talk.ask("Fetch", 12, only=brief, **fetch_fields(name, isolation_level=7))


@scenario
def as_a_replica(talk: Conversation) -> None:
    """A client that says that it is a replica, a debugging consumer or nobody that there can be."""
    name = talk.create_topic("replicated")
    talk.produce_values(name, b"0")
    for replica in (-1, -2, 1, 5):
        talk.title(f"replica {replica}")
        talk.ask("Fetch", 12, only=brief, **fetch_fields(name, replica_id=replica))


@scenario
def several_topics(talk: Conversation) -> None:
    """A topic or partition named twice, and many partitions in one request."""
    name = talk.create_topic("many", partitions=3)
    for partition in range(3):
        talk.produce_values(name, b"%d" % partition, partition=partition)
    fields = fetch_fields(name)
    part = fields["topics"][0]["partitions"][0]
    fields["topics"][0]["partitions"] = [{**part, "partition": index} for index in (2, 0, 1)]
    talk.ask("Fetch", 12, **fields, only=brief)
    twice = fetch_fields(name)
    twice["topics"][0]["partitions"].append({**part, "fetch_offset": 1})
    talk.ask("Fetch", 12, **twice, only=brief)


@scenario
def of_metadata(talk: Conversation) -> None:
    """A broker's listener does not serve the metadata log to clients by name."""
    answer = talk.setup("Fetch", 12, **fetch_fields("__cluster_metadata"))
    part = answer["responses"][0]["partitions"][0]
    talk.note("__cluster_metadata", {"error_code": part["error_code"]})
