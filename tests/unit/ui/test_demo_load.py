"""The load for pictures: what it writes is what the panes are made to show."""

from __future__ import annotations

import json
from typing import Any

from workbench.ui.demo_load import TOPICS, DemoLoad


class _Producer:
    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, dict[str, Any]]] = []

    def send(self, topic: str, value: bytes, **more: Any) -> None:
        self.sent.append((topic, value, more))


def test_it_writes_json_to_its_topics_the_same_each_time() -> None:
    first, second = _Producer(), _Producer()
    for producer in (first, second):
        load = DemoLoad("localhost:9092", seed=3)
        for number in range(1, 121):
            load._write_some(producer, number)
    assert first.sent == second.sent
    names = {name for name, _count in TOPICS}
    assert {topic for topic, _value, _more in first.sent} <= names
    assert all(isinstance(json.loads(value), dict) for _topic, value, _more in first.sent)
    assert sum(topic == "payments" for topic, _value, _more in first.sent) == 40
