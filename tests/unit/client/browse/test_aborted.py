"""Which batches a read-committed reader passes over."""

from workbench.client.browse.aborted import AbortedFilter
from workbench.records import BatchView, NewRecord, build_batch


def data(offset: int, producer_id: int, *, transactional: bool = True) -> BatchView:
    return BatchView(
        build_batch(
            [NewRecord(1, None, b"v")],
            base_offset=offset,
            producer_id=producer_id,
            producer_epoch=0,
            base_sequence=0,
            transactional=transactional,
        )
    )


def marker(offset: int, producer_id: int, *, commit: bool) -> BatchView:
    key = b"\x00\x00\x00\x01" if commit else b"\x00\x00\x00\x00"
    return BatchView(
        build_batch(
            [NewRecord(1, key, b"\x00" * 6)],
            base_offset=offset,
            producer_id=producer_id,
            producer_epoch=0,
            transactional=True,
            control=True,
        )
    )


def test_from_the_first_offset_to_the_abort_marker() -> None:
    kept = AbortedFilter([(7, 2)])
    batches = [
        data(0, 7),
        marker(1, 7, commit=True),
        data(2, 7),
        data(3, 8),
        data(4, 7, transactional=False),
        data(5, 7),
        marker(6, 7, commit=False),
        data(7, 7),
    ]
    assert [kept.skips(batch) for batch in batches] == [False, False, True, False, False, True, False, False]


def test_two_aborted_transactions_of_one_producer() -> None:
    kept = AbortedFilter([(7, 3), (7, 0)])
    batches = [data(0, 7), marker(1, 7, commit=False), data(2, 9), data(3, 7), marker(4, 7, commit=False)]
    assert [kept.skips(batch) for batch in batches] == [True, False, False, True, False]
