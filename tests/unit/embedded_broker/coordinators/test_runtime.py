"""Taking partitions up and giving them up, and who is told what meanwhile."""

from __future__ import annotations

import pytest

from tests.helpers.coordinator_doubles import MemoryLogs
from tests.helpers.group_play import GroupPlay
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode


def codes_of(play: GroupPlay, partition: int) -> list[ErrorCode | None]:
    found: list[ErrorCode | None] = []
    play.runtime.write(
        partition, lambda shard, now_ms: shard.delete_topics([]), lambda _, error: found.append(error and error.code)
    )
    return found


def test_a_partition_that_was_never_led_is_coordinated_elsewhere() -> None:
    play = GroupPlay()
    assert codes_of(play, 3) == [ErrorCode.NOT_COORDINATOR]
    with pytest.raises(BrokerError) as caught:
        play.runtime.read(3, lambda shard: shard)
    assert caught.value.code is ErrorCode.NOT_COORDINATOR


def test_late_news_of_older_epochs_change_nothing() -> None:
    play = GroupPlay()
    play.runtime.on_election(0, 5)
    play.stable_group()
    play.runtime.on_resignation(0, 4)
    play.runtime.on_resignation(0, 5)
    play.runtime.on_election(0, 3)
    assert play.state() == "Stable"
    play.runtime.on_resignation(0, 6)
    assert codes_of(play, 0) == [ErrorCode.NOT_COORDINATOR]


def test_a_leader_that_stays_leader_in_a_new_epoch_keeps_its_state() -> None:
    play = GroupPlay()
    _, other = play.new_member()[0], play.join("waiting", version=0)
    play.runtime.on_election(0, 1)
    assert play.group().state.value == "PreparingRebalance"
    assert other not in play.answers


def test_a_deleted_topic_ends_coordination_whatever_the_epoch() -> None:
    play = GroupPlay()
    play.runtime.on_resignation(0, None)
    assert codes_of(play, 0) == [ErrorCode.NOT_COORDINATOR]


def test_requests_are_told_while_a_long_log_is_loaded() -> None:
    logs = MemoryLogs()
    writer = GroupPlay(logs=logs)
    for number in range(20):
        writer.commit({("t", number): number})
    play = GroupPlay(logs=logs, offsets_load_buffer_size=300)
    play.runtime.on_resignation(0, 1)
    play.runtime.on_election(0, 2)
    assert play.runtime.is_loading
    assert codes_of(play, 0) == [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]
    with pytest.raises(BrokerError) as caught:
        play.runtime.read_all(lambda shard: shard)
    assert caught.value.code is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    play.scheduler.settle()
    assert not play.runtime.is_loading
    assert play.fetch() == {("t", number): number for number in range(20)}


def test_a_load_that_is_not_wanted_any_more_stops() -> None:
    logs = MemoryLogs()
    writer = GroupPlay(logs=logs)
    for number in range(20):
        writer.commit({("t", number): number})
    play = GroupPlay(logs=logs, offsets_load_buffer_size=300)
    play.runtime.on_resignation(0, 1)
    play.runtime.on_election(0, 2)
    play.runtime.on_resignation(0, 3)
    play.scheduler.settle()
    assert play.runtime.active_partitions() == []


def test_reading_and_writing_all_reaches_every_partition() -> None:
    play = GroupPlay()
    play.runtime.on_election(4, 0)
    play.scheduler.settle()
    assert len(play.runtime.read_all(lambda shard: shard)) == 2
    ended: list[BrokerError | None] = []
    play.runtime.write_all(lambda shard, now_ms: shard.delete_topics([]), lambda _, error: ended.append(error))
    assert ended == [None, None]


def test_closing_gives_every_partition_up() -> None:
    play = GroupPlay()
    waiting = play.join("a", version=0, rebalance_ms=1_000)
    play.runtime.close()
    assert play.runtime.active_partitions() == []
    assert play.joined(waiting).error_code in (ErrorCode.NOT_COORDINATOR, ErrorCode.NONE)
