"""A conversation with a broker, written down as it goes: what scenarios are made of.

A `Conversation` owns one or more `Speaker`s (a connection each). `ask` sends a request and writes request and answer
into the transcript; `setup` does the same silently, for what a scenario needs but does not examine.
Names of topics, groups and clients come from `name()`, which makes them unique to the run.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from tests.conformance import transcript
from tests.conformance.normaliser import Normaliser
from tests.helpers import kafka_messages, record_batches
from tests.helpers.wire_connection import ConnectionClosed, NoAnswer, WireConnection

NOT_READY = {3, 5, 6, 14, 15, 16, 100}
"""Errors that pass once the metadata has arrived: unknown topic (id), no leader yet, no coordinator yet, loading."""

Only = Callable[[dict[str, Any]], dict[str, Any]]


class Speaker:
    """One connection, with its client id; opened when first used, and again after the broker closed it."""

    def __init__(self, conversation: Conversation, label: str, client_id: str) -> None:
        self.conversation = conversation
        self.label = label
        self.client_id = client_id
        self._connection: WireConnection | None = None
        self._correlation_id = 0
        self._waiting: list[tuple[str, int, int]] = []

    @property
    def connection(self) -> WireConnection:
        if self._connection is None:
            self._connection = WireConnection(self.conversation.bootstrap)
        return self._connection

    def send(self, api: str, version: int, **fields: Any) -> None:
        """Sends and writes down a request; `receive` takes the answers in order."""
        shown = transcript.inline(self.conversation.normaliser.request(fields))
        self.conversation.write(f"{self.label}> {api} v{version} {shown}")
        self.send_silently(api, version, **fields)

    def send_silently(self, api: str, version: int, **fields: Any) -> None:
        self._correlation_id += 1
        frame = kafka_messages.encode_request(
            api, version, fields, correlation_id=self._correlation_id, client_id=self.client_id
        )
        self.connection.send_frame(frame)
        self._waiting.append((api, version, self._correlation_id))

    def receive(self, *, only: Only | None = None) -> dict[str, Any]:
        """The next answer, written down; an empty dictionary where the broker closed the connection."""
        written, body = self._received(only)
        for number, line in enumerate(written):
            self.conversation.write((f"{self.label}< " if number == 0 else "   " + " " * len(self.label)) + line)
        return body

    def _received(self, only: Only | None) -> tuple[list[str], dict[str, Any]]:
        try:
            body = self.receive_silently()
        except ConnectionClosed:
            self.close()
            return ["(connection closed)"], {}
        shown = only(body) if only else body
        return transcript.lines(self.conversation.normaliser.answer(shown)), body

    def receive_silently(self, timeout_s: float | None = None) -> dict[str, Any]:
        api, version, expected = self._waiting.pop(0)
        correlation_id, body = kafka_messages.decode_response(api, version, self.connection.receive_frame(timeout_s))
        if correlation_id != expected:
            raise AssertionError(f"answer {correlation_id} where {expected} ({api}) was due")
        return body

    def ask(self, api: str, version: int, *, only: Only | None = None, **fields: Any) -> dict[str, Any]:
        self.send(api, version, **fields)
        return self.receive(only=only)

    def setup(self, api: str, version: int, **fields: Any) -> dict[str, Any]:
        self.send_silently(api, version, **fields)
        return self.receive_silently()

    def ask_each(
        self,
        api: str,
        versions: Iterable[int],
        fields: dict[str, Any] | Callable[[int], dict[str, Any]],
        *,
        only: Only | None = None,
    ) -> None:
        """The same question at each version; an answer equal to the version before is told in one line."""
        before: list[str] = []
        before_version = -1
        shown_before = ""
        for version in versions:
            given = fields(version) if callable(fields) else fields
            shown = transcript.inline(self.conversation.normaliser.request(given))
            same = " (the same)" if shown == shown_before else f" {shown}"
            self.conversation.write(f"{self.label}> {api} v{version}{same}")
            shown_before = shown
            self.send_silently(api, version, **given)
            written, _ = self._received(only)
            if written == before:
                self.conversation.write(f"{self.label}< as v{before_version}")
            else:
                for number, line in enumerate(written):
                    mark = f"{self.label}< " if number == 0 else "   " + " " * len(self.label)
                    self.conversation.write(mark + line)
            before, before_version = written, version

    def send_bytes(self, what: str, data: bytes) -> None:
        """Sends bytes of which nothing is right but what the scenario says in `what`."""
        self.conversation.write(f"{self.label}> {what}")
        self.connection.send_raw(data)

    def expect_frame(self) -> bytes:
        """A raw frame for a scenario to look into; written down only when it does not come."""
        try:
            return self.connection.receive_frame()
        except ConnectionClosed:
            self.conversation.write(f"{self.label}< (connection closed)")
            self.close()
            return b""

    def expect_silence(self, timeout_s: float = 0.3) -> None:
        """Writes down whether the broker stays silent, answers or closes."""
        try:
            self.connection.receive_frame(timeout_s)
            self.conversation.write(f"{self.label}< (an answer)")
        except NoAnswer:
            self.conversation.write(f"{self.label}< (no answer)")
        except ConnectionClosed:
            self.conversation.write(f"{self.label}< (connection closed)")
            self.close()
        self._waiting.clear()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._waiting.clear()


class Conversation(Speaker):
    """What one scenario says and hears; itself the first speaker."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._suffix = f"-{secrets.token_hex(4)}"
        self.normaliser = Normaliser(self._suffix)
        self.lines: list[str] = []
        self._speakers: list[Speaker] = []
        super().__init__(self, "", "tester")

    def name(self, label: str) -> str:
        """A name unique to this run, which the transcript shows as `label`."""
        return label + self._suffix

    def is_mine(self, name: str | None) -> bool:
        return bool(name and name.endswith(self._suffix))

    def speaker(self, label: str, client_id: str | None = None) -> Speaker:
        """A further connection, whose lines begin with its label."""
        speaker = Speaker(self, label, client_id or label)
        self._speakers.append(speaker)
        return speaker

    def write(self, line: str) -> None:
        self.lines.append(line)

    def title(self, text: str) -> None:
        """A heading in the transcript."""
        if self.lines:
            self.write("")
        self.write(f"# {text}")

    def note(self, text: str, value: Any) -> None:
        """A fact that the scenario worked out of the answers."""
        self.write(f"{text}: {transcript.inline(self.normaliser.answer(value))}")

    def close_all(self) -> None:
        for speaker in [self, *self._speakers]:
            speaker.close()

    # What most scenarios need first.

    def create_topic(self, label: str, *, partitions: int = 1, **configs: str) -> str:
        """A new topic whose partitions answer; config names are written with underscores."""
        name = self.name(label)
        wanted = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
        topic = {"name": name, "num_partitions": partitions, "replication_factor": 1, "configs": wanted}
        answer = self.setup("CreateTopics", 7, topics=[topic], timeout=10_000)
        self.normaliser.learn(answer)
        assert answer["topics"][0]["error_code"] == 0, answer
        self.wait_for_topic(name, partitions)
        return name

    def wait_for_topic(self, name: str, partitions: int = 1) -> None:
        """Returns once every partition of the topic answers as a leader."""
        asked = [{"partition_index": index, "timestamp": -1} for index in range(partitions)]

        def ready() -> bool:
            answer = self.setup("ListOffsets", 7, replica_id=-1, topics=[{"name": name, "partitions": asked}])
            return all(part["error_code"] == 0 for topic in answer["topics"] for part in topic["partitions"])

        self.until(ready, f"topic {name} to be led")

    def topic_id(self, name: str) -> uuid.UUID:
        answer = self.setup("Metadata", 12, topics=[{"name": name, "topic_id": None}], allow_auto_topic_creation=False)
        self.normaliser.learn(answer)
        found = answer["topics"][0]["topic_id"]
        assert isinstance(found, uuid.UUID)
        return found

    def coordinator_ready(self, group: str) -> None:
        """Returns once the group's coordinator exists and has loaded."""

        def ready() -> bool:
            found = self.setup("FindCoordinator", 0, key=group)
            if found["error_code"]:
                return False
            return bool(self.setup("DescribeGroups", 0, groups=[group])["groups"][0]["error_code"] not in NOT_READY)

        self.until(ready, f"the coordinator of {group}")

    def new_producer_id(self) -> int:
        """A producer id, once the broker has got its first block of them from the controller."""
        answers: list[dict[str, Any]] = []

        def given() -> bool:
            answers.append(self.setup("InitProducerId", 4, transactional_id=None, transaction_timeout=60_000))
            return bool(answers[-1]["error_code"] == 0)

        self.until(given, "a producer id")
        return int(answers[-1]["producer_id"])

    def until(self, ready: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout_s} s for {what}")
            time.sleep(0.02)

    def produce(self, topic: str, *batches: bytes, partition: int = 0) -> None:
        """Appends batches, one request each, silently; an error fails the scenario."""
        for data in batches:
            answer = self.setup("Produce", 9, **produce_fields(topic, data, partition=partition))
            found = answer["responses"][0]["partition_responses"][0]
            assert found["error_code"] == 0, found

    def produce_values(self, topic: str, *values: bytes, partition: int = 0) -> None:
        """Appends one batch of records without keys."""
        self.produce(topic, record_batches.batch(list(values)), partition=partition)


def produce_fields(
    topic: str | uuid.UUID,
    data: bytes | None,
    *,
    partition: int = 0,
    acks: int = -1,
    transactional_id: str | None = None,
) -> dict[str, Any]:
    """A Produce request's fields for one partition, by topic name or, from version 13, by id."""
    key = "topic_id" if isinstance(topic, uuid.UUID) else "name"
    return {
        "transactional_id": transactional_id,
        "acks": acks,
        "timeout": 5000,
        "topic_data": [{key: topic, "partition_data": [{"index": partition, "records": data}]}],
    }
