"""The matrix: one cell for each replica, and what it says."""

from __future__ import annotations

from tests.helpers.fake_session import partition, topic
from workbench.ui.view_models.replica_memory import ReplicaMemory
from workbench.ui.view_models.replica_rows import disk_bytes, leaders_and_replicas, replica_rows


def test_cells_tell_what_each_replica_is() -> None:
    part = partition(0, 1, (1, 2, 3), (1, 2), latest_offset=1234, replica_sizes_bytes={1: 4096, 2: 4096, 3: 1024})
    rows = replica_rows([topic("a", part, partition(1, None, (3,), ()))], (1, 2, 3, 4))
    leader, synced, behind, none = rows[0].cells
    assert leader is not None and (leader.mark, leader.text, leader.fraction) == ("leader", "1,234", 1.0)
    assert synced is not None and synced.mark == "in sync"
    assert behind is not None and (behind.mark, behind.fraction, behind.tone) == ("out of sync", 0.25, "warn")
    assert behind.text == "\u22123.0 KiB"
    assert none is None
    lost = rows[1].cells[2]
    assert lost is not None and (lost.mark, lost.fraction) == ("no leader", None)
    assert [row.first for row in rows] == [True, False]


def test_an_empty_partition_has_empty_bars() -> None:
    empty = partition(0, 1, (1, 2), earliest_offset=5, latest_offset=5)
    cells = replica_rows([topic("a", empty)], (1, 2))[0].cells
    assert [cell.fraction for cell in cells if cell is not None] == [0.0, 0.0]
    unknown = replica_rows([topic("a", partition(0, latest_offset=None))], (1,))[0].cells[0]
    assert unknown is not None and (unknown.fraction, unknown.text) == (None, "no data")


def test_an_unknown_distance_is_not_invented() -> None:
    part = partition(0, 1, (1, 2), (1,), replica_sizes_bytes={})
    cell = replica_rows([topic("a", part)], (1, 2))[0].cells[1]
    assert cell is not None and cell.fraction is None and cell.text == "behind"


def test_counts_of_a_broker() -> None:
    topics = [topic("a", partition(0, 1, (1, 2)), partition(1, 2, (1, 2), (2,)))]
    assert leaders_and_replicas(topics, 1) == (1, 1, 2)
    assert leaders_and_replicas(topics, 2) == (1, 2, 2)
    assert disk_bytes(topics, 1) == 200
    assert disk_bytes(topics, 9) is None


def test_memory_tells_who_led_before_and_what_a_lost_replica_misses() -> None:
    memory = ReplicaMemory()
    memory.take([topic("a", partition(0, 2, (2, 1), latest_offset=60))])
    now = topic("a", partition(0, 1, (2, 1), (1,), latest_offset=100))
    memory.take([now])
    (row,) = replica_rows([now], (1, 2), memory)
    leader, lost = row.cells
    assert leader is not None and (leader.mark, leader.note) == ("leader", "was 2")
    assert lost is not None and (lost.mark, lost.text) == ("out of sync", "\u221240")
    assert lost.fraction == 0.6
