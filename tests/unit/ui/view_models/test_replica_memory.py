"""What is remembered of replicas from poll to poll."""

from __future__ import annotations

from tests.helpers.fake_session import partition, topic
from workbench.ui.view_models.replica_memory import ReplicaMemory


def test_who_led_before_until_the_leader_is_home_again() -> None:
    memory = ReplicaMemory()
    home, away = partition(0, 2, (2, 3)), partition(0, 3, (2, 3), (3,))
    memory.take([topic("a", home)])
    assert memory.former_leader("a", home) is None
    memory.take([topic("a", partition(0, None, (2, 3), ()))])
    memory.take([topic("a", away)])
    assert memory.former_leader("a", away) == 2
    memory.take([topic("a", home)])
    assert memory.former_leader("a", home) is None


def test_a_lost_replica_misses_what_came_since_it_was_in_sync() -> None:
    memory = ReplicaMemory()
    memory.take([topic("a", partition(0, 1, (1, 2), latest_offset=100))])
    now = partition(0, 1, (1, 2), (1,), latest_offset=340)
    memory.take([topic("a", now)])
    assert memory.behind("a", now, 2) == 240
    assert memory.behind("a", now, 3) is None
    assert memory.behind("a", partition(0, 1, (1, 2), (1,), latest_offset=None), 2) is None
