from __future__ import annotations

from workbench.embedded_broker.metrics.broker_metrics import BrokerMetrics


def test_topics_and_totals_agree() -> None:
    metrics = BrokerMetrics()
    metrics.produced("a", 100, 3)
    metrics.produced("b", 50, 1)
    metrics.fetched("a", 70)
    metrics.consumed("a", 2)
    assert (metrics.bytes_in, metrics.messages_in, metrics.bytes_out, metrics.messages_out) == (150, 4, 70, 2)
    assert metrics.topics["a"].bytes_in + metrics.topics["b"].bytes_in == metrics.bytes_in
    assert metrics.changed_topics == {"a", "b"}
    metrics.forget_topic("a")
    assert "a" not in metrics.topics
    assert metrics.bytes_in == 150


def test_requests_are_counted_by_api() -> None:
    metrics = BrokerMetrics()
    for api in (0, 0, 3):
        metrics.request_done(api, 0.002)
    assert metrics.requests == 3
    assert {key: api.count for key, api in metrics.apis.items()} == {0: 2, 3: 1}
