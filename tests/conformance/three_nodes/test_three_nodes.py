"""Every conversation recorded with three nodes of Apache Kafka, held again with three of ours."""

from __future__ import annotations

import pytest

from tests.conformance.known_differences import explain
from tests.conformance.three_nodes import registry
from tests.helpers import three_nodes
from tests.helpers.single_node import program_under_test

KINDS = ("dynamic", "static")
SCENARIOS = [(kind, found) for kind in KINDS for found in registry.all_scenarios(kind)]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str | Exception]]:
    """What the scenarios heard, by kind of quorum; held when first asked for."""
    results = {}
    for kind in KINDS:
        nodes = registry.prepare(tmp_path_factory.mktemp(kind), program_under_test(), kind)
        with three_nodes.running(nodes):
            results[kind] = registry.hold(nodes, registry.all_scenarios(kind))
    return results


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("kind", "scenario"), SCENARIOS, ids=[f"{kind}/{found.id}" for kind, found in SCENARIOS])
def test_answers_as_recorded(
    kind: str, scenario: registry.ClusterScenario, held: dict[str, dict[str, str | Exception]]
) -> None:
    result = held[kind][scenario.id]
    if isinstance(result, Exception):
        raise result
    problem = explain(scenario.id, scenario.recording(kind).read_text(), result)
    assert not problem, "\n" + problem


def test_no_recording_is_orphaned() -> None:
    assert set(registry.FOLDER.glob("*/*/*.txt")) == {found.recording(kind) for kind, found in SCENARIOS}
