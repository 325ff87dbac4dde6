"""Seeded simulations of replication: nothing acknowledged is lost, replicas agree, and when the trouble ends they all
catch up.

A failure names its seed. `REPLICATION_SIMULATION_SEEDS=2000` runs more of them, `REPLICATION_SIMULATION_SEED=123` only
that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.simulation.replication.simulated_replication import SimulatedReplication, Weather

SEEDS = int(os.environ.get("REPLICATION_SIMULATION_SEEDS", "8"))
ONLY_SEED = os.environ.get("REPLICATION_SIMULATION_SEED")
RECOVERY_MS = 20_000


def over_seeds(scenario: Callable[[SimulatedReplication], None], salt: int, seeds: int) -> None:
    chosen = [int(ONLY_SEED)] if ONLY_SEED else [salt * 1_000_000 + index for index in range(seeds)]
    for seed in chosen:
        cluster = SimulatedReplication(seed)
        try:
            begin(cluster)
            scenario(cluster)
        except Exception as error:
            raise AssertionError(f"seed {seed} ({scenario.__name__}): {error}\n{cluster.describe()}") from error


def begin(cluster: SimulatedReplication) -> None:
    for node_id in (1, 2, 3):
        cluster.start(node_id)

    def all_unfenced() -> bool:
        brokers = cluster.controller.state.image.cluster.brokers
        return len(brokers) == 3 and all(broker.active for broker in brokers.values())

    assert cluster.run(RECOVERY_MS, all_unfenced), "not every broker was unfenced"
    cluster.controller.create_topic()
    assert cluster.run(RECOVERY_MS, cluster.is_settled), "the new topic's replicas are not in sync"


def keep_writing(cluster: SimulatedReplication, duration_ms: int) -> None:
    end = cluster.now_ms() + duration_ms

    def write() -> None:
        cluster.produce(cluster.random.choice(cluster.partitions))
        if cluster.now_ms() < end:
            cluster.at(cluster.random.randint(5, 40), write)

    cluster.at(1, write)


def settle(cluster: SimulatedReplication) -> None:
    """Ends all trouble; everyone catches up, and a new write is committed everywhere."""
    cluster.heal()
    for node_id in (1, 2, 3):
        cluster.start(node_id)
    assert cluster.run(RECOVERY_MS, cluster.is_settled), "the replicas did not catch up"
    before = {index: len(written) for index, written in cluster.acknowledged.items()}
    cluster.run(500)
    for index in cluster.partitions:
        cluster.produce(index)
    cluster.run(500)
    assert cluster.run(RECOVERY_MS, cluster.is_settled), "what was written last is not everywhere"
    cluster.check_all()
    for index in cluster.partitions:
        assert len(cluster.acknowledged[index]) > before[index], f"nothing can be written to {index} any more"


def calm(cluster: SimulatedReplication) -> None:
    keep_writing(cluster, 1_000)
    cluster.run(1_200)
    settle(cluster)
    assert all(cluster.acknowledged.values())


def lossy(cluster: SimulatedReplication) -> None:
    cluster.weather = Weather(loss=0.1, max_delay_ms=60, metadata_delay_ms=120)
    keep_writing(cluster, 3_000)
    for _ in range(5):
        cluster.run(600)
        cluster.controller.elect_preferred()
    settle(cluster)


def killed(cluster: SimulatedReplication) -> None:
    keep_writing(cluster, 6_000)
    for _ in range(5):
        victim = cluster.random.choice((1, 2, 3))
        cluster.kill(victim)
        cluster.run(cluster.random.randint(10, 1_200))
        cluster.start(victim)
        cluster.run(cluster.random.randint(10, 800))
        cluster.controller.elect_preferred()
    settle(cluster)


def several_killed(cluster: SimulatedReplication) -> None:
    """Even all at once: their logs are on their disks."""
    keep_writing(cluster, 5_000)
    for _ in range(4):
        victims = cluster.random.sample((1, 2, 3), cluster.random.choice((2, 3)))
        for victim in victims:
            if cluster.random.random() < 0.3:
                cluster.stop_cleanly(victim)
            else:
                cluster.kill(victim)
            cluster.run(cluster.random.choice((0, 50, 900)))
        for victim in victims:
            cluster.start(victim)
            cluster.run(cluster.random.choice((0, 300)))
        cluster.run(500)
    settle(cluster)


def cut_off(cluster: SimulatedReplication) -> None:
    """Leaders that nobody hears of go on believing; a third party sees both sides."""
    keep_writing(cluster, 6_000)
    for _ in range(5):
        one = cluster.random.choice((1, 2, 3))
        for other in (0, 1, 2, 3):
            if other != one and cluster.random.random() < 0.7:
                cluster.cut(one, other)
        cluster.run(cluster.random.randint(100, 1_500))
        cluster.heal()
        cluster.weather = Weather(loss=0.03, max_delay_ms=40, metadata_delay_ms=100)
        cluster.run(cluster.random.randint(10, 500))
        cluster.controller.elect_preferred()
    settle(cluster)


def power_lost(cluster: SimulatedReplication) -> None:
    """One broker at a time, while the others have everything, loses what it had not synced."""
    keep_writing(cluster, 8_000)
    for _ in range(5):
        victim = cluster.random.choice((1, 2, 3))
        assert cluster.run(RECOVERY_MS, cluster.may_lose_power), "the replicas did not come together"
        cluster.kill(victim, power=True)
        cluster.run(cluster.random.choice((0, 20, 900)))
        cluster.start(victim)
        cluster.run(cluster.random.randint(10, 400))
    settle(cluster)


def deleted(cluster: SimulatedReplication) -> None:
    """Records are deleted, also while a replica is away that then has to begin behind them."""
    keep_writing(cluster, 5_000)
    for _ in range(6):
        victim = cluster.random.choice((1, 2, 3))
        if cluster.random.random() < 0.6:
            cluster.kill(victim)
        cluster.run(cluster.random.randint(50, 900))
        cluster.delete_records(cluster.random.choice(cluster.partitions))
        cluster.run(cluster.random.randint(0, 300))
        cluster.start(victim)
        cluster.run(cluster.random.randint(0, 300))
    settle(cluster)


SCENARIOS = (calm, lossy, killed, several_killed, cut_off, power_lost, deleted)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_simulation(scenario: Callable[[SimulatedReplication], None]) -> None:
    over_seeds(scenario, SCENARIOS.index(scenario), 3 if scenario is calm else SEEDS)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_simulation_over_many_seeds(scenario: Callable[[SimulatedReplication], None]) -> None:
    over_seeds(scenario, 100 + SCENARIOS.index(scenario), max(SEEDS, 150))
