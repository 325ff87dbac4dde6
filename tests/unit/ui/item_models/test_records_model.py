"""Millions of records as a table: pages, gaps, matches, news."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from workbench.client.browse.batch_rows import rows_of
from workbench.client.browse.view_spec import PackedRows
from workbench.client.model import RecordRow
from workbench.records import BatchView, NewRecord, build_batch
from workbench.ui.item_models import records_model
from workbench.ui.item_models.records_model import (
    RECORD_ROLE,
    ListedRows,
    PackedMatches,
    PagedRows,
    PageLengths,
    RecordsModel,
)


def rows(count: int, start: int = 0) -> list[RecordRow]:
    batch = build_batch([NewRecord(at, b"k", b"v") for at in range(count)], base_offset=start)
    return list(rows_of(BatchView(batch), "t", 0))


@given(st.integers(0, 350), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10)), max_size=60))
def test_lengths_of_pages_against_a_list(total: int, changes: list[tuple[int, int]]) -> None:
    lengths = PageLengths(total, 10)
    plain = [min(10, total - at) for at in range(0, total, 10)]
    for page, length in changes:
        if page < len(plain):
            less = plain[page] - min(plain[page], length)
            assert lengths.shorten(page, min(plain[page], length)) == less
            plain[page] -= less
    assert lengths.total == sum(plain)
    for page in range(len(plain)):
        assert (lengths.length(page), lengths.first_row(page)) == (plain[page], sum(plain[:page]))
    places = [(page, inside) for page, length in enumerate(plain) for inside in range(length)]
    for row, place in enumerate(places):
        assert lengths.find(row) == place


class Log:
    """Ascending rows by position, some missing; answers a paged source at once or later."""

    def __init__(self, total: int, missing: set[int], newest_first: bool) -> None:
        every = rows(total)
        self.rows = [row for row in every if row.offset not in missing]
        self.asked: list[tuple[int, int, int]] = []
        self.source = PagedRows(total, newest_first, lambda *question: self.asked.append(question))

    def answer_all(self) -> None:
        while self.asked:
            page, position, count = self.asked.pop()
            self.source.give(page, [row for row in self.rows if position <= row.offset < position + count])


@pytest.mark.parametrize("newest_first", [True, False])
def test_paged_rows_come_when_looked_at_and_gaps_close(newest_first: bool) -> None:
    missing = {5, 120, 121, 122, *range(200, 300), 345}
    log = Log(350, missing, newest_first)
    model = RecordsModel()
    model.set_columns([("Offset", lambda row: str(row.offset), True)])
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_source(log.source)
    assert model.rowCount() == 350
    assert log.source.row(0) is None
    for _ in range(20):
        for place in range(log.source.count):
            log.source.row(place)
        log.answer_all()
    shown = [model.data(model.index(place, 0)) for place in range(model.rowCount())]
    expected = [str(row.offset) for row in log.rows]
    assert shown == (expected[::-1] if newest_first else expected)


def test_only_the_latest_pages_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_model, "KEPT_PAGES", 3)
    log = Log(1_000, set(), False)
    for place in range(0, 1_000, 100):
        log.source.row(place)
        log.answer_all()
    assert len(log.source.loaded_rows) == 300
    assert log.source.row(0) is None
    assert log.asked


def test_looking_at_what_is_at_hand_reads_nothing() -> None:
    log = Log(300, set(), True)
    assert log.source.at_hand(5) is None and not log.asked
    log.source.row(5)
    log.answer_all()
    assert log.source.at_hand(5) is log.source.row(5)
    assert log.source.at_hand(150) is None and not log.asked


def test_a_refused_page_is_asked_for_again() -> None:
    log = Log(100, set(), False)
    log.source.row(3)
    log.source.row(4)
    assert len(log.asked) == 1
    log.source.refuse(0)
    log.source.row(3)
    assert len(log.asked) == 2


def test_news_stand_on_top_and_the_oldest_go() -> None:
    source = ListedRows(newest_on_top=True, limit=5)
    model = RecordsModel()
    model.set_columns([("Offset", lambda row: str(row.offset), True)])
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_source(source)
    every = rows(20)
    source.add(every[:4])
    source.add(every[4:7])
    assert [model.data(model.index(at, 0)) for at in range(model.rowCount())] == ["6", "5", "4", "3", "2"]
    source.add(every[7:])
    assert [model.data(model.index(at, 0)) for at in range(model.rowCount())] == ["19", "18", "17", "16", "15"]
    source.add([])
    assert model.rowCount() == 5


def test_matches_are_unpacked_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_model, "KEPT_PARTS", 2)
    every = rows(95)
    source = PackedMatches()
    source.add([PackedRows.of(every[at : at + 10]) for at in range(0, 95, 10)])
    source.add([])
    assert source.count == 95
    places = list(range(95))
    random.Random(1).shuffle(places)
    for place in places:
        found = source.row(place)
        assert found is not None and found.offset == place
    assert source.row(95) is None


def test_another_source_leaves_the_old_one_silent() -> None:
    model = RecordsModel()
    old, new = ListedRows(), ListedRows()
    model.set_source(old)
    model.set_source(new)
    old.add(rows(3))
    assert model.rowCount() == 0


def test_what_the_model_tells() -> None:
    model = RecordsModel()
    source = ListedRows()
    model.set_source(source)
    source.add(rows(1))
    model.set_columns([("Offset", lambda row: f"at {row.offset}", True)])
    index = model.index(0, 0)
    assert model.data(index) == model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "at 0"
    assert model.data(index, RECORD_ROLE) is source.row(0)
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Offset"
    assert model.headerData(0, Qt.Orientation.Vertical) is None
