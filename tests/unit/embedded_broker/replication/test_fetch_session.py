"""Incremental fetch sessions as conversations (KIP-227)."""

from __future__ import annotations

import random

import pytest

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.fetch_session import (
    FetchContext,
    FetchPartition,
    FetchSessionCache,
    next_epoch,
)
from workbench.wire.error_codes import ErrorCode


def partition(index: int, offset: int = 0) -> FetchPartition:
    return FetchPartition(topic="t", topic_id=b"t" * 16, index=index, fetch_offset=offset, max_bytes=1000)


def wanted(*indexes: int, offset: int = 0) -> dict[tuple[str | bytes, int], FetchPartition]:
    return {("t", index): partition(index, offset) for index in indexes}


def ask(
    cache: FetchSessionCache,
    session_id: int,
    epoch: int,
    parts: dict[tuple[str | bytes, int], FetchPartition],
    forgotten: tuple[tuple[str | bytes, int], ...] = (),
    *,
    follower: bool = False,
    ids: bool = False,
    now_ms: int = 0,
) -> FetchContext:
    return cache.context(
        session_id=session_id,
        epoch=epoch,
        wanted=parts,
        forgotten=forgotten,
        is_follower=follower,
        uses_topic_ids=ids,
        now_ms=now_ms,
    )


@pytest.fixture
def cache() -> FetchSessionCache:
    return FetchSessionCache(3, random.Random(1))


def test_sessionless(cache: FetchSessionCache) -> None:
    context = ask(cache, 0, -1, wanted(0))
    assert (context.session, context.session_id, context.is_incremental) == (None, 0, False)
    assert len(cache) == 0


def test_a_session_lives_by_its_epochs(cache: FetchSessionCache) -> None:
    first = ask(cache, 0, 0, wanted(0, 1))
    assert first.session_id != 0 and not first.is_incremental
    second = ask(cache, first.session_id, 1, wanted(1, offset=5))
    assert second.is_incremental
    assert [p.fetch_offset for p in second.partitions.values()] == [0, 5]
    with pytest.raises(BrokerError) as stale:
        ask(cache, first.session_id, 1, {})
    assert stale.value.code == ErrorCode.INVALID_FETCH_SESSION_EPOCH
    third = ask(cache, first.session_id, 2, {}, (("t", 0),))
    assert list(third.partitions) == [("t", 1)]


def test_an_unknown_session_is_told(cache: FetchSessionCache) -> None:
    with pytest.raises(BrokerError) as unknown:
        ask(cache, 99, 1, {})
    assert unknown.value.code == ErrorCode.FETCH_SESSION_ID_NOT_FOUND


def test_changing_between_names_and_ids_is_refused(cache: FetchSessionCache) -> None:
    session = ask(cache, 0, 0, wanted(0))
    with pytest.raises(BrokerError) as mixed:
        ask(cache, session.session_id, 1, {}, ids=True)
    assert mixed.value.code == ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR


def test_closing_and_beginning_anew(cache: FetchSessionCache) -> None:
    session = ask(cache, 0, 0, wanted(0))
    again = ask(cache, session.session_id, 0, wanted(0))
    assert again.session_id not in (0, session.session_id)
    assert len(cache) == 1
    ask(cache, again.session_id, -1, {})
    assert len(cache) == 0


def test_a_session_that_has_nothing_left_ends(cache: FetchSessionCache) -> None:
    session = ask(cache, 0, 0, wanted(0))
    context = ask(cache, session.session_id, 1, {}, (("t", 0),))
    assert (context.session, context.session_id) == (None, 0)
    assert len(cache) == 0


def test_what_a_request_names_and_forgets_at_once_is_read_a_last_time(cache: FetchSessionCache) -> None:
    session = ask(cache, 0, 0, wanted(0))
    context = ask(cache, session.session_id, 1, wanted(0), (("t", 0),))
    assert (context.session, list(context.partitions)) == (None, [("t", 0)])


def test_a_full_cache_keeps_the_young_and_gives_up_the_idle(cache: FetchSessionCache) -> None:
    ids = [ask(cache, 0, 0, wanted(0), now_ms=0).session_id for _ in range(3)]
    assert ask(cache, 0, 0, wanted(0), now_ms=1).session_id == 0
    for session_id in ids[1:]:
        ask(cache, session_id, 1, {}, now_ms=100_000)
    assert ask(cache, 0, 0, wanted(0), now_ms=121_000).session_id != 0
    with pytest.raises(BrokerError):
        ask(cache, ids[0], 1, {}, now_ms=121_000)


def test_a_follower_takes_a_consumers_place(cache: FetchSessionCache) -> None:
    for _ in range(3):
        ask(cache, 0, 0, wanted(0))
    assert ask(cache, 0, 0, wanted(0), follower=True, now_ms=1).session_id != 0
    assert len(cache) == 3


def test_partitions_take_turns(cache: FetchSessionCache) -> None:
    session = ask(cache, 0, 0, wanted(0, 1, 2)).session
    assert session is not None
    session.rotate_behind(("t", 0))
    assert [index for _, index in session.partitions] == [1, 2, 0]


def test_only_what_changed_is_told() -> None:
    known = partition(0)
    assert known.must_tell(False, 10, 0, False)
    assert not known.must_tell(False, 10, 0, False)
    assert known.must_tell(False, 11, 0, False)
    assert known.must_tell(False, 11, 3, False)
    assert known.must_tell(True, 11, 3, False)
    assert known.must_tell(False, 11, 3, True)
    assert known.must_tell(False, 11, 3, False), "after an error the state is told again"


def test_epochs_wrap_to_one() -> None:
    assert next_epoch(2**31 - 1) == 1
    assert next_epoch(1) == 2
    assert next_epoch(-1) == -1
