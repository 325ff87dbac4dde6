"""The recording of which settings Apache Kafka refuses is what it says."""

from __future__ import annotations

import pytest

from tests.compatibility import refused_settings
from tests.helpers import apache_kafka

pytestmark = pytest.mark.java


def test_kafka_says_what_is_recorded() -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        pytest.skip(reason)
    recorded = refused_settings.recorded()
    assert refused_settings.ask(recorded) == recorded
