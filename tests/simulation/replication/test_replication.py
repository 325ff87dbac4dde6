"""Seeded simulations of replication: nothing committed is lost, replicas agree, and when the trouble ends they all
catch up.

A failure names its seed. `REPLICATION_SIMULATION_SEEDS=2000` runs more of them, `REPLICATION_SIMULATION_SEED=123` only
that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.simulation.replication.scenarios import SCENARIOS, calm, play
from tests.simulation.replication.simulated_replication import SimulatedReplication

SEEDS = int(os.environ.get("REPLICATION_SIMULATION_SEEDS", "3"))
ONLY_SEED = os.environ.get("REPLICATION_SIMULATION_SEED")


def over_seeds(scenario: Callable[[SimulatedReplication], None], salt: int, seeds: int) -> None:
    for seed in [int(ONLY_SEED)] if ONLY_SEED else [salt * 1_000_000 + index for index in range(seeds)]:
        play(scenario, seed)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_simulation(scenario: Callable[[SimulatedReplication], None]) -> None:
    over_seeds(scenario, SCENARIOS.index(scenario), 2 if scenario is calm else SEEDS)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_simulation_over_many_seeds(scenario: Callable[[SimulatedReplication], None]) -> None:
    over_seeds(scenario, 100 + SCENARIOS.index(scenario), max(SEEDS, 150))
