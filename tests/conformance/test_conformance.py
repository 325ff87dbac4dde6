"""Every recorded conversation, held again: ours must answer as Apache Kafka did, known differences aside."""

from __future__ import annotations

import os

import pytest

from tests.conformance import known_differences, recordings
from tests.conformance.registry import Scenario, all_scenarios, run

SCENARIOS = all_scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda found: found.id)
def test_answers_as_recorded(scenario: Scenario, bootstrap: str) -> None:
    recorded = recordings.read(scenario)
    problem = known_differences.explain(scenario.id, recorded, run(scenario, bootstrap))
    if os.environ.get("KAFKA_BOOTSTRAP") and problem.startswith("Remove"):
        return  # Held with a foreign broker, a difference of ours is not expected.
    assert not problem, "\n" + problem


def test_no_recording_is_orphaned() -> None:
    assert recordings.all_paths() == {recordings.path(found) for found in SCENARIOS}


def test_known_differences_name_scenarios_and_reasons() -> None:
    ids = {found.id for found in SCENARIOS}
    for entry in known_differences.known():
        assert entry.scenario in ids
        assert len(entry.reason) > 20
        assert entry.kafka or entry.ours
