import json

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
    FailureReported,
    LatencySummary,
    MetricsReported,
    MetricsSample,
    ReportConnections,
    SetMetricsInterval,
    Shutdown,
    StateReported,
    TopicCounters,
)

INTEGERS = st.integers(-(2**63), 2**63)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=8)
LATENCIES = st.builds(LatencySummary, INTEGERS, FLOATS, FLOATS, FLOATS)
TOPICS = st.builds(TopicCounters, INTEGERS, INTEGERS, INTEGERS, INTEGERS)
SAMPLES = st.builds(
    MetricsSample,
    at_ms=INTEGERS,
    uptime_ms=INTEGERS,
    active_controller=st.booleans(),
    requests_by_api=st.dictionaries(TEXTS, INTEGERS, max_size=2),
    topics=st.dictionaries(TEXTS, TOPICS, max_size=2),
    latencies_by_api=st.dictionaries(TEXTS, LATENCIES, max_size=2),
)
CONNECTIONS = st.builds(ConnectionInfo, TEXTS, TEXTS, TEXTS, requests=INTEGERS)
MESSAGES = st.one_of(
    st.builds(StateReported, st.sampled_from(BrokerState), INTEGERS, TEXTS, st.none() | FLOATS),
    st.builds(FailureReported, TEXTS, TEXTS),
    st.builds(MetricsReported, SAMPLES),
    st.builds(ConnectionsReported, INTEGERS, st.lists(CONNECTIONS, max_size=3).map(tuple)),
    st.builds(Shutdown, TEXTS),
    st.builds(ReportConnections, INTEGERS),
    st.builds(SetMetricsInterval, INTEGERS),
)


@given(MESSAGES)
def test_every_message_survives(message: object) -> None:
    line = encode_line(message)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode_line(line, BROKER_MESSAGES + SUPERVISOR_MESSAGES) == message


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
