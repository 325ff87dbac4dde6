"""A producer that outlives its broker: it keeps what was acknowledged apart from what was only sent.

Idempotent, it sends one producer id's batches in sequence and, after a lost connection, the unanswered ones again, as
every client does; plain, it sends what was unanswered as new. Values are counted upwards, so that the log explains
itself.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from tests.conformance.conversation import Conversation, produce_fields
from tests.helpers.record_batches import batch
from tests.helpers.wire_connection import ConnectionClosed, NoAnswer

RECORDS_IN_A_BATCH = 3
IN_FLIGHT = 5


@dataclass(frozen=True, slots=True)
class SentBatch:
    """A batch on its way: the first of its consecutive values, and its sequence."""

    first_value: int
    data: bytes


class UnbrokenWriter:
    """Writes to partition 0 of a topic; `acknowledged` holds every value for which an answer without error came."""

    def __init__(self, bootstrap: str, topic: str, *, idempotent: bool) -> None:
        self.topic = topic
        self.acknowledged: list[int] = []
        self._talk = Conversation(bootstrap)
        self._producer_id = self._talk.new_producer_id() if idempotent else -1
        self._next_value = 0
        self._unanswered: deque[SentBatch] = deque()
        self._sent = 0  # how many of the unanswered ones went out on this connection

    def write_for(self, seconds: float) -> None:
        """Writes as fast as answers come; returns early where the broker is gone."""
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                self._fill()
                self._take_answer()
        except (ConnectionClosed, NoAnswer, OSError):
            self._lost()

    def finish(self) -> None:
        """Gets an answer for everything that is on its way; the broker must be there."""
        deadline = time.monotonic() + 30
        while self._unanswered:
            assert time.monotonic() < deadline, f"{len(self._unanswered)} batches stay unanswered"
            try:
                self._send_again()
                self._take_answer()
            except (ConnectionClosed, NoAnswer, OSError):
                self._lost()
                time.sleep(0.05)

    def close(self) -> None:
        self._talk.close_all()

    def _fill(self) -> None:
        self._send_again()
        while len(self._unanswered) < IN_FLIGHT:
            self._unanswered.append(self._new_batch())
            self._send_again()

    def _new_batch(self) -> SentBatch:
        first = self._next_value
        self._next_value += RECORDS_IN_A_BATCH
        values = [b"%d" % (first + number) for number in range(RECORDS_IN_A_BATCH)]
        identity: dict[str, Any] = {}
        if self._producer_id >= 0:
            identity = {"producer_id": self._producer_id, "producer_epoch": 0, "base_sequence": first}
        return SentBatch(first, batch(values, timestamp=int(time.time() * 1000), **identity))

    def _send_again(self) -> None:
        while self._sent < len(self._unanswered):
            fields = produce_fields(self.topic, self._unanswered[self._sent].data)
            self._talk.send_silently("Produce", 9, **fields)
            self._sent += 1

    def _take_answer(self) -> None:
        answer = self._talk.receive_silently()["responses"][0]["partition_responses"][0]
        code = answer["error_code"]
        if code in (3, 5, 6):  # the broker is up again, but does not lead the partition yet
            raise ConnectionClosed
        first = self._unanswered.popleft().first_value
        self._sent -= 1
        assert code == 0, f"batch at {first}: {answer}"
        self.acknowledged += range(first, first + RECORDS_IN_A_BATCH)

    def _lost(self) -> None:
        self._talk.close()
        self._sent = 0


def values_in(bootstrap: str, topic: str) -> list[int]:
    """Every value of the partition, in the order of the log."""
    from tests.helpers.record_batches import describe

    talk = Conversation(bootstrap)
    talk.wait_for_topic(topic)
    values: list[int] = []
    offset = 0
    while True:
        part = {"partition": 0, "fetch_offset": offset, "partition_max_bytes": 1 << 22}
        fields = {"max_wait": 0, "min_bytes": 0, "topics": [{"topic": topic, "partitions": [part]}]}
        found = talk.setup("Fetch", 12, **fields)["responses"][0]["partitions"][0]
        assert found["error_code"] == 0, found
        whole = [one for one in describe(found["records"]) if isinstance(one, dict)]
        if not whole:
            talk.close_all()
            return values
        assert all(one["crc"] == "right" for one in whole)
        values += [int(record["value"]) for one in whole for record in one["records"]]
        offset = whole[-1]["last_offset"] + 1
