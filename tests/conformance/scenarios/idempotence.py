"""InitProducerId and sequences: who gets which id, what is a duplicate, and what is out of order."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation, produce_fields
from tests.conformance.registry import scenario
from tests.conformance.scenarios.produce import show_log
from tests.helpers.record_batches import batch


def _send(talk: Conversation, topic: str, producer_id: int, sequence: int, count: int = 1, epoch: int = 0) -> None:
    values = [b"%d" % (sequence + number) for number in range(count)]
    data = batch(values, producer_id=producer_id, producer_epoch=epoch, base_sequence=sequence)
    answer = talk.setup("Produce", 9, **produce_fields(topic, data))
    found = answer["responses"][0]["partition_responses"][0]
    talk.note(f"sequence {sequence}, {count} records, epoch {epoch}", found)


@scenario
def ids_at_each_version(talk: Conversation) -> None:
    """Without a transactional id every request gets a new id at epoch 0."""
    talk.new_producer_id()
    asked: dict[str, Any] = {"transactional_id": None, "transaction_timeout": 60_000}
    for version in range(6):
        answer = talk.ask("InitProducerId", version, **asked)
        talk.note("a real id", answer["producer_id"] >= 0)


@scenario
def ids_asked_for(talk: Conversation) -> None:
    """An id and epoch given without a transactional id do not matter; half of the pair is refused."""
    talk.new_producer_id()
    for producer_id, epoch in ((5000, 3), (5000, -1), (-1, 3), (-5, -5)):
        asked = {
            "transactional_id": None,
            "transaction_timeout": 1,
            "producer_id": producer_id,
            "producer_epoch": epoch,
        }
        answer = talk.setup("InitProducerId", 4, **asked)
        talk.note(f"id {producer_id} epoch {epoch}", {**answer, "producer_id": answer["producer_id"]})
        talk.note("the id asked for", answer["producer_id"] == producer_id)
    for timeout in (0, -1, 2**31 - 1):
        talk.ask("InitProducerId", 4, transactional_id=None, transaction_timeout=timeout)
    talk.ask("InitProducerId", 4, transactional_id="", transaction_timeout=60_000)


@scenario
def sequences(talk: Conversation) -> None:
    """In order, repeated, skipped and half repeated sequences."""
    name = talk.create_topic("sequences")
    producer = talk.new_producer_id()
    _send(talk, name, producer, 0, 3)
    _send(talk, name, producer, 3, 2)
    talk.title("duplicates")
    _send(talk, name, producer, 3, 2)
    _send(talk, name, producer, 0, 3)
    talk.title("parts of known batches")
    _send(talk, name, producer, 0, 1)
    _send(talk, name, producer, 1, 2)
    _send(talk, name, producer, 3, 1)
    _send(talk, name, producer, 2, 3)
    talk.title("a gap, and a step back")
    _send(talk, name, producer, 6, 1)
    _send(talk, name, producer, 4, 1)
    talk.title("in order again")
    _send(talk, name, producer, 5, 1)
    show_log(talk, name)


@scenario
def five_batches_are_remembered(talk: Conversation) -> None:
    """The last five batches of a producer are known as duplicates, older ones are out of order."""
    name = talk.create_topic("memory")
    producer = talk.new_producer_id()
    for sequence in range(7):
        _send(talk, name, producer, sequence)
    talk.title("each again")
    for sequence in range(7):
        _send(talk, name, producer, sequence)


@scenario
def duplicates_by_range(talk: Conversation) -> None:
    """A duplicate is known by its sequence range alone: other content does not matter."""
    name = talk.create_topic("ranges")
    producer = talk.new_producer_id()
    for value, codec in ((b"first", "none"), (b"another", "none"), (b"another", "gzip")):
        data = batch([value], producer_id=producer, producer_epoch=0, base_sequence=0, codec=codec)
        talk.ask("Produce", 9, **produce_fields(name, data))
    show_log(talk, name)


@scenario
def duplicates_of_stamped_topics(talk: Conversation) -> None:
    """A duplicate answers the first offset and the first batch's time."""
    stamped = talk.create_topic("stamped", message_timestamp_type="LogAppendTime")
    for name in (stamped, talk.create_topic("unstamped")):
        producer = talk.new_producer_id()
        _send(talk, name, producer, 0)
        _send(talk, name, producer, 0)


@scenario
def epochs(talk: Conversation) -> None:
    """A newer epoch begins at sequence 0; an older one is fenced, even with a sequence that fits."""
    name = talk.create_topic("epochs")
    producer = talk.new_producer_id()
    _send(talk, name, producer, 0, 2)
    _send(talk, name, producer, 5, 1, epoch=1)
    _send(talk, name, producer, 0, 1, epoch=2)
    _send(talk, name, producer, 2, 1, epoch=0)
    _send(talk, name, producer, 0, 2, epoch=0)
    _send(talk, name, producer, 1, 1, epoch=2)
    _send(talk, name, producer, 0, 1, epoch=-1)


@scenario
def unknown_producers(talk: Conversation) -> None:
    """A producer that the partition does not know may begin anywhere; ids need no allocation."""
    name = talk.create_topic("strangers")
    for producer_id, sequence in ((77_777_777_001, 0), (77_777_777_002, 42), (77_777_777_003, 2**31 - 1)):
        data = batch([b"v"], producer_id=producer_id, producer_epoch=0, base_sequence=sequence)
        talk.ask("Produce", 9, **produce_fields(name, data))
    for producer_id, epoch, sequence in ((5, -1, 0), (5, 0, -1), (-1, 0, 0), (-2, 0, 0)):
        talk.title(f"id {producer_id}, epoch {epoch}, sequence {sequence}")
        data = batch([b"v"], producer_id=producer_id, producer_epoch=epoch, base_sequence=sequence)
        talk.ask("Produce", 9, **produce_fields(name, data))


@scenario
def sequences_wrap(talk: Conversation) -> None:
    """After 2147483647 comes 0, inside a batch or between two."""
    name = talk.create_topic("wrapping")
    first = talk.new_producer_id()
    _send(talk, name, first, 2**31 - 2, 2)
    _send(talk, name, first, 0, 1)
    second = talk.new_producer_id()
    _send(talk, name, second, 2**31 - 2, 4)
    _send(talk, name, second, 2, 1)
    _send(talk, name, second, 2**31 - 2, 4)
