"""Seeded simulations of the quorum: whatever happens, the invariants hold, and once it stops, everyone catches up.

Every test runs over many seeds; a failure names its seed. `QUORUM_SIMULATION_SEEDS=2000` runs more of them,
`QUORUM_SIMULATION_SEED=123` only that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.simulation.quorum.simulated_cluster import SimulatedCluster, Weather

SEEDS = int(os.environ.get("QUORUM_SIMULATION_SEEDS", "50"))
ONLY_SEED = os.environ.get("QUORUM_SIMULATION_SEED")
RECOVERY_MS = 60_000


def over_seeds(scenario: Callable[[SimulatedCluster], None], salt: int, seeds: int) -> None:
    """Runs the scenario on clusters of 1 to 5 voters and up to 2 observers."""
    chosen = [int(ONLY_SEED)] if ONLY_SEED else [salt * 1_000_000 + index for index in range(seeds)]
    for seed in chosen:
        dynamic = scenario is reconfiguration
        cluster = SimulatedCluster(
            seed, voters=1 + seed % 5, observers=(1 if dynamic else 0) + seed % 3, dynamic=dynamic
        )
        try:
            scenario(cluster)
        except AssertionError as error:
            raise AssertionError(f"seed {seed} ({scenario.__name__}): {error}") from error


def elect(cluster: SimulatedCluster) -> None:
    cluster.start_all()
    assert cluster.run(RECOVERY_MS, cluster.has_leader), "no leader was elected"


def keep_submitting(cluster: SimulatedCluster, period_ms: int, until_ms: int) -> None:
    def submit() -> None:
        cluster.submit(cluster.random.randint(1, 3))
        if cluster.now_ms < until_ms:
            cluster.at(period_ms, submit)

    cluster.at(period_ms, submit)


def settle(cluster: SimulatedCluster) -> None:
    """Ends all trouble and waits until every node has everything, the new records included."""
    cluster.heal()
    cluster.weather = Weather()
    for node_id in cluster.nodes:
        cluster.start(node_id)
    assert cluster.run(RECOVERY_MS, cluster.has_leader), "no leader after the trouble"
    cluster.run(5_000)
    assert cluster.run(RECOVERY_MS, cluster.has_leader), "no leader stays"
    leader = cluster.leader
    assert leader is not None and leader.machine is not None
    for _ in range(5):
        cluster.submit()
    goal = leader.machine.log.end_offset
    assert cluster.run(RECOVERY_MS, lambda: cluster.reached(goal)), f"not all nodes reached {goal}: " + ", ".join(
        f"{node.id} {node.machine.role_name} {node.machine.committed_offset}"
        for node in cluster.nodes.values()
        if node.machine is not None
    )


def calm(cluster: SimulatedCluster) -> None:
    elect(cluster)
    keep_submitting(cluster, 20, cluster.now_ms + 2_000)
    cluster.run(2_000)
    settle(cluster)


def crashes(cluster: SimulatedCluster) -> None:
    elect(cluster)
    keep_submitting(cluster, 15, cluster.now_ms + 8_000)
    for _ in range(6):
        victim = cluster.random.choice(list(cluster.nodes))
        cluster.crash(victim)
        cluster.run(cluster.random.randint(50, 2_500))
        cluster.start(victim)
        cluster.run(cluster.random.randint(0, 1_000))
    settle(cluster)


def all_crash_at_once(cluster: SimulatedCluster) -> None:
    elect(cluster)
    keep_submitting(cluster, 5, cluster.now_ms + 6_000)
    for _ in range(3):
        cluster.run(cluster.random.randint(100, 1_500))
        for node_id in cluster.nodes:
            cluster.crash(node_id)
        cluster.start_all()
    settle(cluster)


def partitions(cluster: SimulatedCluster) -> None:
    elect(cluster)
    keep_submitting(cluster, 15, cluster.now_ms + 12_000)
    for _ in range(4):
        leader = cluster.leader
        if leader is not None and cluster.random.random() < 0.6:
            cluster.isolate(leader.id)
        else:
            cluster.isolate(cluster.random.choice(list(cluster.nodes)))
        if cluster.random.random() < 0.5:
            cluster.cut(*cluster.random.sample(list(cluster.nodes), 2) if len(cluster.nodes) > 1 else (1, 1))
        cluster.run(cluster.random.randint(500, 5_000))
        if cluster.random.random() < 0.7:
            cluster.heal()
            cluster.run(cluster.random.randint(0, 1_500))
    settle(cluster)


def bad_weather(cluster: SimulatedCluster) -> None:
    cluster.weather = Weather(loss=0.1, repetition=0.15, min_delay_ms=0, max_delay_ms=250, max_flush_ms=80)
    cluster.start_all()
    keep_submitting(cluster, 25, cluster.now_ms + 10_000)
    cluster.run(10_000)
    settle(cluster)


def restless(cluster: SimulatedCluster) -> None:
    """Nodes that come back at once, again and again, while they elect and their slow disks still write."""
    cluster.weather = Weather(min_delay_ms=0, max_delay_ms=40, max_flush_ms=60)
    cluster.start_all()
    keep_submitting(cluster, 10, cluster.now_ms + 8_000)
    cluster.run(1_500)
    for _ in range(12):
        leader = cluster.leader
        if leader is not None and len(cluster.nodes) > 1:
            cluster.isolate(leader.id)
        cluster.run(cluster.random.randint(1_700, 2_100))
        for _ in range(6):
            victim = cluster.random.choice(list(cluster.nodes))
            cluster.crash(victim)
            cluster.run(cluster.random.randint(0, 15))
            cluster.start(victim)
            cluster.run(cluster.random.randint(0, 25))
        cluster.heal()
        cluster.run(cluster.random.randint(0, 600))
    settle(cluster)


def everything(cluster: SimulatedCluster) -> None:
    """Crashes, partitions, weather and snapshots that make others fetch them."""
    cluster.weather = Weather(loss=0.03, repetition=0.1, min_delay_ms=0, max_delay_ms=80, max_flush_ms=40)
    cluster.start_all()
    keep_submitting(cluster, 12, cluster.now_ms + 14_000)
    for _ in range(14):
        choice = cluster.random.random()
        node_id = cluster.random.choice(list(cluster.nodes))
        if choice < 0.3:
            cluster.crash(node_id)
        elif choice < 0.55:
            cluster.snapshot(node_id)
        elif choice < 0.75:
            cluster.isolate(node_id)
        else:
            cluster.heal()
            for stopped in cluster.nodes:
                cluster.start(stopped)
        cluster.run(cluster.random.randint(50, 1_500))
    settle(cluster)


def reconfiguration(cluster: SimulatedCluster) -> None:
    """Voters come and go while nodes crash and the network is cut."""
    cluster.start_all()
    keep_submitting(cluster, 15, cluster.now_ms + 14_000)
    for _ in range(25):
        cluster.run(cluster.random.randint(100, 900))
        choice = cluster.random.random()
        node_id = cluster.random.choice(list(cluster.nodes))
        if choice < 0.55:
            cluster.change_voters()
        elif choice < 0.65:
            cluster.crash(node_id)
        elif choice < 0.75:
            cluster.isolate(node_id)
        elif choice < 0.8:
            cluster.snapshot(node_id)
        else:
            cluster.heal()
            for stopped in cluster.nodes:
                cluster.start(stopped)
    settle(cluster)


SCENARIOS = [calm, crashes, all_crash_at_once, partitions, bad_weather, restless, everything, reconfiguration]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_invariants_hold_and_everyone_catches_up(scenario: Callable[[SimulatedCluster], None]) -> None:
    over_seeds(scenario, SCENARIOS.index(scenario) + 1, max(1, SEEDS // len(SCENARIOS)))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_same_over_many_more_seeds(scenario: Callable[[SimulatedCluster], None]) -> None:
    over_seeds(scenario, SCENARIOS.index(scenario) + 101, 2 * SEEDS // len(SCENARIOS))
