import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.broker_contract.message_json import decode_line, encode_line
from workbench.broker_contract.messages import (
    BROKER_MESSAGES,
    SUPERVISOR_MESSAGES,
    BrokerState,
    ConnectionInfo,
    ConnectionsReported,
    LatencySummary,
    MetricsReported,
    MetricsSample,
    ReportConnections,
    Shutdown,
    StateReported,
    TopicCounters,
)


@pytest.mark.parametrize("kind", BROKER_MESSAGES + SUPERVISOR_MESSAGES)
@given(data=st.data())
def test_every_message_survives(kind: type, data: st.DataObject) -> None:
    message = data.draw(st.from_type(kind).filter(_is_json))
    line = encode_line(message)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode_line(line, (kind,)) == message


def _is_json(value: Any) -> bool:
    """Whether all its floats are numbers that JSON has."""
    if is_dataclass(value):
        return all(_is_json(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, dict):
        return all(_is_json(item) for item in value.values())
    if isinstance(value, tuple):
        return all(_is_json(item) for item in value)
    return not isinstance(value, float) or abs(value) < float("inf")


def test_nested_values_come_back_as_what_they_were() -> None:
    sample = MetricsSample(
        at_ms=1,
        uptime_ms=2,
        topics={"t": TopicCounters(1, 2, 3, 4)},
        latencies_by_api={"Produce": LatencySummary(1, 0.5, 1.0, 2.0)},
    )
    connections = ConnectionsReported(7, (ConnectionInfo("id", "peer", "PLAINTEXT"),))
    for message in (MetricsReported(sample), connections, StateReported(BrokerState.READY, 5, progress=None)):
        assert decode_line(encode_line(message), BROKER_MESSAGES) == message


def test_unknown_fields_are_ignored_and_missing_ones_take_their_default() -> None:
    line = json.dumps({"type": "Shutdown", "reason": "x", "new_field": [1]}).encode()
    assert decode_line(line, SUPERVISOR_MESSAGES) == Shutdown("x")
    assert decode_line(b'{"type":"Shutdown"}', SUPERVISOR_MESSAGES) == Shutdown()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"{",
        b"[]",
        b"{}",
        b'{"type":"Unknown"}',
        b'{"type":"ReportConnections"}',
        b'{"type":"ReportConnections","request_id":"1"}',
        b'{"type":"ReportConnections","request_id":true}',
        b'{"type":"ReportConnections","request_id":null}',
        b'{"type":"StateReported","state":"READY","at_ms":1}',
        b"\xff\xfe{",
        b'{"type":' + b"[" * 50_000,
    ],
)
def test_what_is_no_message_is_none(line: bytes) -> None:
    assert decode_line(line, BROKER_MESSAGES + SUPERVISOR_MESSAGES) is None


def test_a_message_of_the_other_direction_is_none() -> None:
    assert decode_line(encode_line(ReportConnections(1)), BROKER_MESSAGES) is None


@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes) -> None:
    decode_line(line, BROKER_MESSAGES)
    decode_line(b"{" + line, BROKER_MESSAGES)
