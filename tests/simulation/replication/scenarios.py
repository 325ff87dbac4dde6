"""What happens to the simulated brokers: trouble of one kind each, after which everybody must catch up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.simulation.replication.simulated_broker import LAG_MS
from tests.simulation.replication.simulated_replication import SimulatedReplication, Weather

RECOVERY_MS = 20_000


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
        cluster.produce_idempotently(cluster.random.choice(cluster.partitions))
        cluster.read(cluster.random.choice(cluster.partitions))
        if cluster.now_ms() < end:
            cluster.at(cluster.random.randint(5, 40), write)

    cluster.at(1, write)


def settle(cluster: SimulatedReplication) -> None:
    """Ends all trouble; everyone catches up, and a new write is committed everywhere."""
    cluster.heal()
    for node_id in (1, 2, 3):
        cluster.start(node_id)
    assert cluster.run(RECOVERY_MS, cluster.is_settled), "the replicas did not catch up"
    before = dict(cluster.acknowledged_writes)
    cluster.run(500)
    for index in cluster.partitions:
        cluster.produce(index)
    cluster.run(500)
    assert cluster.run(RECOVERY_MS, cluster.is_settled), "what was written last is not everywhere"
    cluster.check_all()
    for index in cluster.partitions:
        assert cluster.acknowledged_writes[index] > before[index], f"nothing can be written to {index} any more"


def calm(cluster: SimulatedReplication) -> None:
    """Nobody has a reason to change anything."""
    before = [cluster.controller.registration_of(index) for index in cluster.partitions]
    keep_writing(cluster, 1_000)
    cluster.run(1_200)
    settle(cluster)
    after = [cluster.controller.registration_of(index) for index in cluster.partitions]
    assert before == after, f"without any trouble {before} became {after}"


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


def throttled(cluster: SimulatedReplication) -> None:
    """Whoever comes back is held back to a rate (KIP-73), and gets in sync all the same; nobody in sync is."""
    cluster.throttled.update(cluster.random.sample((1, 2, 3), cluster.random.choice((1, 2, 3))))
    for node_id in cluster.throttled:
        cluster.kill(node_id)
        cluster.run(1_000)
        cluster.start(node_id)
    killed(cluster)


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
        assert cluster.run(RECOVERY_MS, partial(cluster.may_lose_power, victim)), "the replicas did not come together"
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


def stalled(cluster: SimulatedReplication) -> None:
    """A follower lives and heartbeats but cannot fetch: it must leave, so that writes go on, and come back after."""
    keep_writing(cluster, 8_000)
    for _ in range(3):
        index = cluster.random.choice(cluster.partitions)
        leader = cluster.leader_of(index)
        victim = cluster.random.choice([node_id for node_id in (1, 2, 3) if node_id != leader])
        for other in (1, 2, 3):
            if other != victim:
                cluster.cut(victim, other)
        assert cluster.run(3 * LAG_MS, partial(cluster.is_out_of_sync, victim, index)), f"{victim} was not given up"
        before = cluster.acknowledged_writes[index]
        assert cluster.run(1_000, lambda before=before, index=index: cluster.acknowledged_writes[index] > before + 1), (  # type: ignore[misc]
            f"nothing is committed in {index} though {victim} is given up"
        )
        cluster.heal()
        assert cluster.run(RECOVERY_MS, cluster.is_complete), "not everybody came back into sync"
    settle(cluster)


def unheard(cluster: SimulatedReplication) -> None:
    """What is asked of the controller, or its answer, is lost while members come, go and are cut off."""
    keep_writing(cluster, 7_000)
    for _ in range(6):
        cluster.weather = Weather(max_delay_ms=30, metadata_delay_ms=cluster.random.choice((60, 900)), isr_loss=0.6)
        victim = cluster.random.choice((1, 2, 3))
        if cluster.random.random() < 0.5:
            cluster.kill(victim)
        else:
            for other in (1, 2, 3):
                if other != victim:
                    cluster.cut(victim, other)
        cluster.run(cluster.random.randint(300, 1_000))
        cluster.start(victim)
        cluster.unite()
        cluster.run(cluster.random.randint(20, 300))
    settle(cluster)


def lost_while_joining(cluster: SimulatedReplication) -> None:
    """A broker is about to be in sync again and loses power: its next life has less than was said of it (KIP-903)."""
    keep_writing(cluster, 8_000)
    for _ in range(4):
        victim = cluster.random.choice((1, 2, 3))
        assert cluster.run(RECOVERY_MS, partial(cluster.may_lose_power, victim)), "the replicas did not come together"
        cluster.weather = Weather(max_delay_ms=cluster.random.choice((12, 40)), isr_loss=0.92)
        cluster.kill(victim)
        cluster.run(cluster.random.randint(700, 1_000))
        cluster.start(victim)
        if cluster.run(1_500, partial(cluster.is_proposed, victim)) and cluster.may_lose_power(victim):
            cluster.run(cluster.random.choice((0, 0, 5, 20)))
            cluster.kill(victim, power=cluster.may_lose_power(victim))
            cluster.run(cluster.random.choice((0, 5, 30)))
            cluster.start(victim)
            cluster.run(400)
            cluster.weather.isr_loss = 0.3
        cluster.run(cluster.random.randint(200, 600))
        cluster.heal()
    settle(cluster)


def eligible_lost(cluster: SimulatedReplication) -> None:
    """One after the other goes; of the last two, which alone have everything, one loses what it had not synced."""
    keep_writing(cluster, 6_000)
    for _ in range(2):
        first, second, last = cluster.random.sample((1, 2, 3), 3)
        assert cluster.run(RECOVERY_MS, cluster.is_complete), "the replicas did not come together"
        cluster.kill(first)
        cluster.run(cluster.random.randint(800, 1_200))
        cluster.kill(second)
        cluster.run(cluster.random.randint(800, 1_000))
        cluster.stop_cleanly(last)
        cluster.run(cluster.random.choice((0, 900)))
        cluster.kill(second, power=True)
        cluster.start(second)
        cluster.run(cluster.random.choice((100, 900)))
        cluster.start(first)
        cluster.run(cluster.random.choice((100, 900)))
        cluster.start(last)
    settle(cluster)


def elected_behind(cluster: SimulatedReplication) -> None:
    """A new leader knows of less that is committed than is, while another replica is nearly in sync again (KIP-101)."""
    keep_writing(cluster, 9_000)
    for _ in range(4):
        assert cluster.run(RECOVERY_MS, cluster.is_complete), "the replicas did not come together"
        index = cluster.random.choice(cluster.partitions)
        leader = cluster.leader_of(index)
        late, heir = cluster.random.sample([node_id for node_id in (1, 2, 3) if node_id != leader], 2)
        cluster.kill(late)
        cluster.run(cluster.random.randint(750, 1_200))
        cluster.start(late)
        cluster.weather = Weather(isr_loss=0.5, max_delay_ms=25)
        if cluster.run(1_500, partial(cluster.is_between, late, heir, index)):
            cluster.kill(leader)
            cluster.run(cluster.random.randint(900, 1_400))
            cluster.start(leader)
        cluster.heal()
    settle(cluster)


def deposed(cluster: SimulatedReplication) -> None:
    """A leader dies with records that nobody else has, gives them up and leads again; only then the producer that was
    not answered comes back, either with what was lost or with what is committed already."""
    keep_writing(cluster, 7_000)
    for _ in range(3):
        assert cluster.run(RECOVERY_MS, cluster.is_complete), "the replicas did not come together"
        cluster.controller.elect_preferred()
        cluster.run(300)
        index = cluster.random.choice(cluster.partitions)
        leader = cluster.leader_of(index)
        is_committed = cluster.random.random() < 0.5
        if is_committed:
            cluster.produce_idempotently(index)
            cluster.run(cluster.random.randint(2, 25))
            cluster.producers_are_cut_off = True
            cluster.run(60)
        for other in (1, 2, 3):
            if other != leader:
                cluster.cut(leader, other)
        for _ in range(4):
            cluster.produce(index)
            cluster.produce_idempotently(index)
            cluster.run(cluster.random.randint(5, 30))
        cluster.producers_are_cut_off = True
        cluster.run(60)
        cluster.kill(leader)
        cluster.unite()
        cluster.run(cluster.random.choice((0, 700)))
        cluster.start(leader)
        cluster.run(50)
        assert cluster.run(RECOVERY_MS, cluster.is_complete), "the replicas did not come together"
        cluster.controller.elect_preferred()
        cluster.run(150)
        cluster.producers_are_cut_off = False
        cluster.run(300)
    settle(cluster)


SCENARIOS: tuple[Callable[[SimulatedReplication], None], ...] = (
    calm,
    lossy,
    killed,
    throttled,
    several_killed,
    cut_off,
    power_lost,
    deleted,
    stalled,
    unheard,
    lost_while_joining,
    eligible_lost,
    elected_behind,
    deposed,
)


def play(scenario: Callable[[SimulatedReplication], None], seed: int) -> SimulatedReplication:
    """Plays it from the start to the end; raises AssertionError that names the seed."""
    cluster = SimulatedReplication(seed)
    try:
        begin(cluster)
        scenario(cluster)
    except Exception as error:
        raise AssertionError(f"seed {seed} ({scenario.__name__}): {error}\n{cluster.describe()}") from error
    return cluster
