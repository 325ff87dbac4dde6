from dataclasses import replace

from workbench.broker_contract.messages import MetricsSample, TopicCounters
from workbench.cluster.rates import BrokerRates, RateMeter, TopicRates

FIRST = MetricsSample(at_ms=0, uptime_ms=1_000, bytes_in=100, requests=10, cpu_ms=500, requests_by_api={"Fetch": 4})


def test_the_first_sample_has_no_rates() -> None:
    assert RateMeter().take(FIRST) == BrokerRates()


def test_rates_are_per_second() -> None:
    meter = RateMeter()
    meter.take(FIRST)
    second = replace(
        FIRST,
        uptime_ms=3_000,
        bytes_in=500,
        bytes_out=40,
        messages_in=6,
        messages_out=8,
        requests=30,
        cpu_ms=1_500,
        requests_by_api={"Fetch": 10, "Produce": 2},
    )
    rates = meter.take(second)
    assert rates.interval_ms == 2_000
    assert (rates.bytes_in, rates.bytes_out, rates.messages_in, rates.messages_out) == (200, 20, 3, 4)
    assert (rates.requests, rates.cpu) == (10, 0.5)
    assert rates.requests_by_api == {"Fetch": 3, "Produce": 1}


def test_topics_are_left_out_of_samples_in_which_they_rest() -> None:
    meter = RateMeter()
    meter.take(replace(FIRST, topics={"t": TopicCounters(bytes_in=100)}))
    assert meter.take(replace(FIRST, uptime_ms=2_000)).topics == {}
    rates = meter.take(
        replace(FIRST, uptime_ms=3_000, topics={"t": TopicCounters(150, 20, 3, 4), "new": TopicCounters(1)})
    )
    assert rates.topics == {"t": TopicRates(50, 20, 3, 4), "new": TopicRates(1)}


def test_a_new_process_starts_from_nothing() -> None:
    meter = RateMeter()
    meter.take(replace(FIRST, uptime_ms=50_000, bytes_in=10_000, topics={"t": TopicCounters(10_000)}))
    assert meter.take(FIRST) == BrokerRates()
    rates = meter.take(replace(FIRST, uptime_ms=2_000, bytes_in=300, topics={"t": TopicCounters(5)}))
    assert (rates.bytes_in, rates.topics["t"].bytes_in) == (200, 5)


def test_counters_that_fall_give_no_negative_rate() -> None:
    meter = RateMeter()
    meter.take(FIRST)
    assert meter.take(replace(FIRST, uptime_ms=2_000, bytes_in=0)).bytes_in == 0
