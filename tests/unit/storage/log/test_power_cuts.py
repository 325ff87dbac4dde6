"""After any cut of the power: what was synced is there, the log ends on a whole batch, and all else agrees with it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.helpers.faulty_disk import FaultyDisk, PowerCutError
from workbench.records import BatchView, Compression, NewRecord, build_batch, iterate_batches
from workbench.records.control import EndTxnMarker, build_control_batch, decode_control
from workbench.storage.log import AppendOrigin, LogConfig, PartitionLog
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.log.producer_state import CompletedTransaction, ProducerState

NOW = 1_700_000_000_000
CONFIG = LogConfig(internal_segment_bytes=1200, index_interval_bytes=200, segment_index_bytes=4096)
TOPIC_ID = bytes(range(16))

OPERATIONS = (
    "append",
    "append",
    "append",
    "copy",
    "sequence",
    "transaction",
    "end",
    "flush",
    "roll",
    "truncate",
    "forget",
    "restart",
)


@dataclass
class Model:
    """What should be in the log: all its batches in order, also those that are forgotten, and what is durable."""

    batches: list[bytes] = field(default_factory=list)
    forgotten: int = 0  # everything below may be gone
    durable: int = 0
    uncertain: list[list[bytes]] = field(default_factory=list)  # other worlds, until a truncation is known to be synced
    epoch: int = 0
    sequences: dict[int, int] = field(default_factory=dict)
    open_transactions: set[int] = field(default_factory=set)

    def end(self) -> int:
        return BatchView(self.batches[-1]).next_offset if self.batches else 0


def open_log(disk: FaultyDisk) -> tuple[LogDirectory, PartitionLog]:
    directory = LogDirectory("/data", disk=disk)
    directory.load_logs(lambda topic: CONFIG, now_ms=NOW)
    assert not directory.failures, directory.failures
    return directory, directory.create_log("t", 0, topic_id=TOPIC_ID, config=CONFIG, now_ms=NOW)


def contents(log: PartitionLog) -> list[bytes]:
    """Every batch, read through the front door."""
    found: list[bytes] = []
    offset = log.log_start_offset
    while offset < log.log_end_offset:
        read = log.read(offset, 500)
        assert read.size_bytes, f"nothing to read at {offset} of {log.log_end_offset}"
        for view in iterate_batches(read.data[0]):
            view.check_crc()
            found.append(bytes(read.data[0][view.position : view.position + view.size_bytes]))
            offset = view.next_offset
    return found


def step(operation: str, directory: LogDirectory, log: PartitionLog, model: Model, rng: Random) -> bool:
    """Does one thing to log and model; False if the log must be opened again."""
    producer = rng.randrange(3)
    if operation == "append":
        records = [NewRecord(NOW + rng.randrange(50), b"k", rng.randbytes(rng.randrange(60))) for _ in range(2)]
        write(log, model, build_batch(records, compression=rng.choice(list(Compression))))
    elif operation == "sequence":
        sequence = model.sequences.get(producer, 0)
        if producer not in model.open_transactions:
            write(log, model, produced(producer, sequence, transactional=False))
            model.sequences[producer] = sequence + 2
    elif operation == "transaction":
        sequence = model.sequences.get(producer, 0)
        write(log, model, produced(producer, sequence, transactional=True))
        model.sequences[producer] = sequence + 2
        model.open_transactions.add(producer)
    elif operation == "end":
        marker = build_control_batch(
            [EndTxnMarker(rng.random() < 0.5, 0)],
            timestamp=NOW,
            producer_id=producer,
            producer_epoch=0,
            transactional=True,
        )
        write(log, model, marker, AppendOrigin.COORDINATOR)
        model.open_transactions.discard(producer)
    elif operation == "copy":
        copy(log, model, rng)
    elif operation == "forget":
        model.forgotten = max(model.forgotten, rng.randrange(model.end() + 1))
        log.delete_segments_before(model.forgotten)
        log.remove_deleted()
    elif operation == "flush":
        model.durable = max(model.durable, log.flush())
        model.uncertain = []
        directory.checkpoint_recovery_points()
    elif operation == "roll":
        log.roll(now_ms=NOW)
    elif operation == "truncate":
        return truncate(log, model, rng)
    elif operation == "restart":
        directory.close()
        model.durable, model.uncertain = model.end(), []
        return False
    return True


def copy(log: PartitionLog, model: Model, rng: Random) -> None:
    """Several batches at once, as a follower gets them; the last one cut."""
    model.epoch += rng.randrange(2)
    data = b""
    for _ in range(3):
        records = [NewRecord(NOW + rng.randrange(50), None, rng.randbytes(rng.randrange(40)))]
        batch = bytes(build_batch(records, base_offset=model.end(), leader_epoch=model.epoch))
        model.batches.append(batch)
        data += batch
    log.append_as_follower(data + data[:30], now_ms=NOW)


def truncate(log: PartitionLog, model: Model, rng: Random) -> bool:
    if not model.batches:
        return True
    target = rng.randrange(log.log_start_offset, model.end() + 1)
    kept = [batch for batch in model.batches if BatchView(batch).last_offset < target]
    model.uncertain.append(model.batches)
    model.batches = kept
    model.durable = min(model.durable, model.end())
    model.epoch += 1
    log.truncate_to(target, now_ms=NOW)
    if log.log_end_offset > model.end():
        raise AssertionError("the log ends behind its last batch")
    model.uncertain = []
    learn_producers(model, log)
    return True


def produced(producer: int, sequence: int, *, transactional: bool) -> bytearray:
    records = [NewRecord(NOW, None, b"x" * 20), NewRecord(NOW, b"k", None)]
    return build_batch(
        records, producer_id=producer, producer_epoch=0, base_sequence=sequence, transactional=transactional
    )


def write(log: PartitionLog, model: Model, batch: bytearray, origin: AppendOrigin = AppendOrigin.CLIENT) -> None:
    end = model.end()
    assert log.log_end_offset == end
    expected = bytearray(batch)
    expected[0:8] = end.to_bytes(8, "big")
    expected[12:16] = model.epoch.to_bytes(4, "big")
    model.batches.append(bytes(expected))  # it may be kept even if the power goes during the write
    result = log.append_as_leader(batch, leader_epoch=model.epoch, now_ms=NOW, origin=origin)
    assert result.first_offset == end


def learn_producers(model: Model, log: PartitionLog) -> None:
    producers = log.producers.producers
    model.sequences = {pid: entry.last_sequence + 1 for pid, entry in producers.items()}
    model.open_transactions = {pid for pid, entry in producers.items() if entry.in_transaction}


def replay(batches: list[bytes]) -> ProducerState:
    state = ProducerState()
    for data in batches:
        apply(state, BatchView(data))
    return state


def apply(state: ProducerState, view: BatchView) -> tuple[CompletedTransaction, int] | None:
    if view.is_control:
        record = next(view.records())
        marker = decode_control(record.key, record.value)
        assert isinstance(marker, EndTxnMarker)
        return state.apply_marker(
            view.producer_id,
            view.producer_epoch,
            marker.coordinator_epoch,
            view.base_offset,
            record.timestamp,
            not marker.committed,
        )
    if view.has_producer_id:
        state.apply_batch(
            view.producer_id,
            view.producer_epoch,
            view.last_sequence,
            view.base_offset,
            view.last_offset,
            view.max_timestamp,
            view.is_transactional,
        )
    return None


def check(log: PartitionLog, model: Model) -> None:
    """Every promise, after opening; the model then takes on what was found."""
    found = contents(log)
    start = log.log_start_offset
    assert start <= model.forgotten, "what nobody deleted is gone"
    for world in (model.batches, *model.uncertain):
        below = [batch for batch in world if BatchView(batch).next_offset <= start]
        if world[len(below) : len(below) + len(found)] == found:
            break
    else:
        raise AssertionError("the log holds what was never appended so")
    assert log.log_end_offset >= model.durable, f"lost synced records: {log.log_end_offset} < {model.durable}"
    model.batches = below + found
    assert log.log_end_offset == model.end()
    check_indexes(log, found)
    check_producers(log, [replay(model.batches[first:]) for first in range(len(below) + 1)])
    check_aborted(log, [aborted_in(model.batches[first:]) for first in range(len(below) + 1)])
    epochs: list[tuple[int, int]] = []
    for data in found:
        view = BatchView(data)
        if not epochs or epochs[-1][0] != view.leader_epoch:
            epochs.append((view.leader_epoch, view.base_offset))
    if found:  # what ended before the log's start may have left its epoch there
        assert [epoch for epoch, _ in log.leader_epochs.entries] == [epoch for epoch, _ in epochs]
        assert log.leader_epochs.entries[1:] == epochs[1:]
    model.epoch = max(model.epoch, epochs[-1][0] if epochs else 0)
    model.durable = min(model.durable, model.end())
    learn_producers(model, log)


def check_producers(log: PartitionLog, possible: list[ProducerState]) -> None:
    """A snapshot may know more than the batches that are left, but nothing that was never so."""
    for producer, entry in log.producers.producers.items():
        assert entry.snapshot() in [s.producers[producer].snapshot() for s in possible if producer in s.producers]
    assert set(possible[-1].producers) <= set(log.producers.producers)
    assert list(log.producers.ongoing.items()) in [list(state.ongoing.items()) for state in possible]


def check_aborted(log: PartitionLog, possible: list[dict[int, tuple[int, ...]]]) -> None:
    listed = {entry.last_offset: entry for segment in log.segments for entry in segment.transaction_index.entries()}
    for marker, entry in listed.items():
        assert tuple(entry) in [aborted[marker] for aborted in possible if marker in aborted]
    assert set(possible[-1]) <= set(listed)


def aborted_in(batches: list[bytes]) -> dict[int, tuple[int, ...]]:
    """What the transaction index should hold, by the offset of the marker."""
    found = {}
    state = ProducerState()
    for data in batches:
        view = BatchView(data)
        ended = apply(state, view)
        if ended is not None and ended[0].aborted:
            found[view.base_offset] = (ended[0].producer_id, ended[0].first_offset, ended[0].last_offset, ended[1])
    return found


def check_indexes(log: PartitionLog, found: list[bytes]) -> None:
    views = [BatchView(data) for data in found]
    for segment in log.segments:
        segment.load_indexes()
        inside = list(segment.batches())
        at = {batch.position: batch for batch in inside}
        for relative, position in segment.offset_index.entries():
            assert at[position].last_offset == segment.base_offset + relative
        for timestamp, relative in segment.time_index.entries():
            upto = [b.max_timestamp for b in inside if b.last_offset <= segment.base_offset + relative]
            assert max(upto) == timestamp
    for view in views:
        for record in view.records():
            read = log.read(record.offset, 100)
            assert BatchView(read.data[0]).base_offset == view.base_offset
    for timestamp in range(NOW, NOW + 51, 10):
        expected = next(
            (record.offset for view in views for record in view.records() if record.timestamp >= timestamp), None
        )
        result = log.offset_for_timestamp(timestamp)
        assert (None if result is None else result.offset) == expected


def run(disk: FaultyDisk, model: Model, operations: list[str], rng: Random) -> None:
    directory, log = open_log(disk)
    check(log, model)
    for operation in operations:
        if not step(operation, directory, log, model, rng):
            directory, log = open_log(disk)
            check(log, model)


LIFE = st.tuples(st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=60), st.integers(0, 400), st.booleans())


LIVES = st.lists(LIFE, min_size=1, max_size=3)
SEEDS = st.integers(0, 2**32)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives=LIVES, seed=SEEDS)
def test_whatever_is_cut_the_log_keeps_its_promises(lives: list[tuple[list[str], int, bool]], seed: int) -> None:
    live(lives, seed)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
@given(lives=LIVES, seed=SEEDS)
def test_the_same_for_longer(lives: list[tuple[list[str], int, bool]], seed: int) -> None:
    live(lives, seed)


def live(lives: list[tuple[list[str], int, bool]], seed: int) -> None:
    rng = Random(seed)
    disk = FaultyDisk(rng)
    disk.make_directory("/data")
    disk.root.sync()
    model = Model()
    for operations, cut_after, power in lives:
        disk.cut_after = cut_after
        with suppress(PowerCutError):
            run(disk, model, operations, rng)
        disk = disk.power_cut() if power else disk.process_killed()
    disk.cut_after = None
    run(disk, model, ["append", "sequence", "flush"], rng)
