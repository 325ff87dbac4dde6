from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workbench.embedded_broker.quorum.contract import CommittedBatch, LeaderAndEpoch, LoadedSnapshot, OffsetAndEpoch
from workbench.embedded_broker.quorum.listeners import Listeners

NOBODY = LeaderAndEpoch(None, 1)
SELF = LeaderAndEpoch(1, 2)


class Recorder:
    """Writes down what it is told; `during` is called while it is being told."""

    def __init__(self, during: Callable[[], None] = lambda: None) -> None:
        self.heard: list[object] = []
        self.during = during

    def handle_commit(self, batches: Sequence[CommittedBatch]) -> None:
        self.heard.append([batch.base_offset for batch in batches])
        self.during()

    def handle_load_snapshot(self, snapshot: LoadedSnapshot) -> None:
        self.heard.append(snapshot.snapshot_id.offset)

    def handle_leader_change(self, leader: LeaderAndEpoch) -> None:
        self.heard.append(leader)
        self.during()


class Log:
    """Batches of one record each; reading is counted."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.reads: list[tuple[int, int]] = []

    def read(self, start: int, stop: int) -> Iterator[list[CommittedBatch]]:
        self.reads.append((start, stop))
        for first in range(start, stop, 2):
            yield [batch(offset) for offset in range(first, min(first + 2, stop))]

    def load(self, snapshot_id: OffsetAndEpoch) -> LoadedSnapshot:
        return LoadedSnapshot(snapshot_id, 0, ())


def batch(offset: int) -> CommittedBatch:
    return CommittedBatch(offset, offset, 1, 0, (b"x",))


def listeners(log: Log) -> Listeners:
    return Listeners(log.read, log.load)


def test_a_new_listener_hears_everything_from_the_start_in_order() -> None:
    log = Log(5)
    made, recorder = listeners(log), Recorder()
    made.committed(5)
    made.register(recorder)
    assert recorder.heard == [[0, 1], [2, 3], [4]]


def test_with_a_snapshot_it_starts_there() -> None:
    made, recorder = listeners(Log(5)), Recorder()
    made.log_changed(0, OffsetAndEpoch(3, 1))
    made.committed(5)
    made.register(recorder)
    assert recorder.heard == [3, [3, 4]]


def test_nothing_is_heard_before_anything_is_committed() -> None:
    made, recorder = listeners(Log(5)), Recorder()
    made.log_changed(0, OffsetAndEpoch(3, 1))
    made.register(recorder)
    assert recorder.heard == []


def test_a_listener_that_the_log_has_overtaken_gets_the_new_snapshot() -> None:
    made, recorder = listeners(Log(9)), Recorder()
    made.committed(2)
    made.register(recorder)
    made.log_changed(6, OffsetAndEpoch(6, 2))
    made.committed(7)
    made.deliver()
    assert recorder.heard == [[0, 1], 6, [6]]


def test_own_appends_are_not_read_back() -> None:
    log = Log(5)
    made, recorder = listeners(log), Recorder()
    made.committed(1)
    made.register(recorder)
    log.reads.clear()
    for offset in (1, 2, 3):
        made.remember(batch(offset))
    made.committed(3)
    made.deliver()
    assert recorder.heard == [[0], [1, 2]] and log.reads == []
    made.forget_uncommitted()
    made.committed(4)
    made.deliver()
    assert recorder.heard[-1] == [3] and log.reads == [(3, 4)]


def test_own_leadership_is_told_after_the_first_record_of_the_epoch() -> None:
    made, recorder = listeners(Log(9)), Recorder()
    made.register(recorder)
    made.leader_changed(NOBODY, None)
    made.deliver()
    made.leader_changed(SELF, 2)
    made.committed(2)
    made.deliver()
    assert recorder.heard == [NOBODY, [0, 1]]
    made.committed(3)
    made.deliver()
    assert recorder.heard == [NOBODY, [0, 1], [2], SELF]


def test_another_leader_is_told_at_once_and_only_once() -> None:
    made, recorder = listeners(Log(9)), Recorder()
    made.register(recorder)
    for _ in range(2):
        made.leader_changed(LeaderAndEpoch(2, 3), None)
        made.deliver()
    assert recorder.heard == [LeaderAndEpoch(2, 3)]


def test_losing_leadership_in_the_same_epoch_is_told() -> None:
    made, recorder = listeners(Log(9)), Recorder()
    made.register(recorder)
    made.leader_changed(LeaderAndEpoch(2, 3), None)
    made.deliver()
    made.leader_changed(LeaderAndEpoch(None, 3), None)
    made.deliver()
    made.leader_changed(LeaderAndEpoch(2, 2), None)
    made.deliver()
    assert recorder.heard == [LeaderAndEpoch(2, 3), LeaderAndEpoch(None, 3)]


def test_what_a_listener_causes_is_delivered_after_it_returns() -> None:
    made = listeners(Log(9))
    depth: list[int] = []
    deepest: list[int] = []

    def commit_more() -> None:
        depth.append(1)
        deepest.append(len(depth))
        if len(recorder.heard) < 4:
            made.committed(len(recorder.heard) + 1)
            made.deliver()
        depth.pop()

    recorder = Recorder(commit_more)
    made.committed(1)
    made.register(recorder)
    assert recorder.heard == [[0], [1], [2], [3]]
    assert max(deepest) == 1


def test_every_listener_has_its_own_pace() -> None:
    made, first, second = listeners(Log(9)), Recorder(), Recorder()
    made.committed(2)
    made.register(first)
    made.register(second)
    made.committed(3)
    made.deliver()
    assert first.heard == second.heard == [[0, 1], [2]]
