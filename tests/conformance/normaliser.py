"""Takes out of an answer what differs from run to run, and nothing else.

Ids become placeholders numbered in the order in which they are met, so that "the same id again" stays visible.
Lists whose order Kafka leaves open are sorted by their names. Texts for people (error messages, documentation) become
a mark that one is there: their wording is not part of the contract.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from tests.helpers import kafka_messages, record_batches

_NAMES = (
    "name",
    "topic_name",
    "topic",
    "group_id",
    "config_name",
    "resource_name",
    "feature",
    "key",
    "api_key",
    "member_id",
    "group_instance_id",
    "partition_index",
    "index",
    "partition",
    "partition_id",
    "node_id",
    "broker_id",
    "replica_id",
)
_ORDERED = {"synonyms", "records", "record_errors"}
_TEXTS = {"error_message", "documentation", "batch_index_error_message"}
_PLACEHOLDERS = {
    "host": "<host>",
    "port": "<port>",
    "cluster_id": "<cluster>",
    "broker_epoch": "<broker epoch>",
    "finalized_features_epoch": "<metadata offset>",
    "total_bytes": "<bytes>",
    "usable_bytes": "<bytes>",
    "log_dir": "<log directory>",
    "replica_directory_id": "<directory id>",
}
_NUMBERED = {"producer_id": "producer", "session_id": "session", "member_id": "member", "leader": "member"}
_NOTHING = {"producer_id": -1, "session_id": 0, "member_id": "", "leader": ""}
_DAY_MS = 86_400_000


class Normaliser:
    """One conversation's placeholders; `suffix` marks the names that this run gave to its topics and groups."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix
        self._numbers: dict[str, dict[Any, int]] = {}
        self._topic_ids: dict[uuid.UUID, str] = {}

    def answer(self, value: Any) -> Any:
        """An answer's body without what differs between runs; its own topic ids are learned from it first."""
        self.learn(value)
        return self._value("", value)

    def learn(self, value: Any) -> None:
        """Remembers which topic each id found in the answer belongs to."""
        if isinstance(value, Mapping):
            topic_id = value.get("topic_id")
            name = value.get("name") or value.get("topic") or value.get("topic_name")
            if isinstance(topic_id, uuid.UUID) and topic_id.int and isinstance(name, str):
                self._topic_ids[topic_id] = self._text(name)
            for item in value.values():
                self.learn(item)
        elif isinstance(value, list):
            for item in value:
                self.learn(item)

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._struct(value)
        if isinstance(value, list):
            if name not in _ORDERED and all(isinstance(item, Mapping) for item in value):
                value = sorted(value, key=self._sort_key)
            return [self._value(name, item) for item in value]
        return self._scalar(name, value)

    def _struct(self, value: Mapping[str, Any]) -> dict[str, Any]:
        result = {name: self._value(name, item) for name, item in value.items()}
        if isinstance(value.get("records"), bytes):
            result["records"] = self._value("records", record_batches.describe(value["records"]))
        return result

    def _scalar(self, name: str, value: Any) -> Any:
        if name in _TEXTS:
            return f"<{name.split('_')[-1]}>" if value else value
        if name in _PLACEHOLDERS:
            return value if value in (None, "", -1) else _PLACEHOLDERS[name]
        if name in _NUMBERED and type(value) is type(_NOTHING[name]):
            return value if value == _NOTHING[name] else self._numbered(_NUMBERED[name], value)
        if isinstance(value, uuid.UUID):
            if value.int == 0:
                return "<zero id>"
            known = self._topic_ids.get(value)
            return f"<id of {known}>" if known else self._numbered("id", value)
        if name == "error_code" or name.endswith("_error_code"):
            return kafka_messages.error_name(value)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int) and abs(value - time.time() * 1000) < _DAY_MS:
            return "<now>"
        return value

    def _numbered(self, kind: str, value: Any) -> str:
        numbers = self._numbers.setdefault(kind, {})
        number = numbers.setdefault(value, len(numbers) + 1)
        if kind == "member":
            # Kafka makes a member id of the client id (or the instance id) and a random id.
            return (
                f"<member {number} of {self._text(value[:-37])}>" if len(value) > 37 else f"<member {number}: {value}>"
            )
        return f"<{kind} {number}>"

    def _text(self, value: str) -> str:
        return value.replace(self._suffix, "")

    def request(self, value: Any, name: str = "") -> Any:
        """A request's fields as they are logged: in their own order, with the same placeholders."""
        if isinstance(value, Mapping):
            return {key: self.request(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.request(item, name) for item in value]
        if isinstance(value, bytes) and name == "records":
            return f"<{len(value)} bytes>"
        if name in ("host", "port"):
            return value
        return self._scalar(name, value)

    def _sort_key(self, item: Mapping[str, Any]) -> tuple[Any, ...]:
        names = [item.get(name) for name in _NAMES]
        names.append(self._topic_ids.get(item["topic_id"]) if item.get("topic_id") else None)
        return tuple(
            (1, value, "") if isinstance(value, int) else (0, 0, str(value)) if value is not None else (2, 0, "")
            for value in names
        )
