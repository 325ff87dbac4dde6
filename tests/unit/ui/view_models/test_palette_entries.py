"""What the palette finds, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.view_models.palette_entries import PaletteEntry, find, match


def _entry(title: str, kind: str = "action", section: str = "Actions", **more: str) -> PaletteEntry:
    return PaletteEntry(kind, section, title, "", title, **more)


def _titles(query: str, entries: list[PaletteEntry], uses: dict[str, int] | None = None) -> list[str]:
    found = find(query, entries, uses or {}, lambda entry, spots: replace(entry, spots=spots))
    return [entry.title for entry in found]


def test_every_word_must_be_found() -> None:
    assert match("create top", "Create topic…") is not None
    assert match("create group", "Create topic…") is None
    assert match("", "anything") == (0, ())


def test_the_start_of_a_word_is_better_than_its_inside() -> None:
    entries = [_entry("Stop a broker"), _entry("Create topic"), _entry("Topics")]
    assert _titles("top", entries) == ["Topics", "Create topic", "Stop a broker"]


def test_spots_are_where_the_letters_are() -> None:
    found = match("off res", "Reset offsets")
    assert found is not None
    assert "".join("Reset offsets"[spot] for spot in found[1]) == "Resoff"


def test_other_words_find_too_but_come_last() -> None:
    entries = [_entry("Settings…", words="theme zone"), _entry("Theme")]
    assert _titles("theme", entries) == ["Theme", "Settings…"]


def test_what_cannot_be_done_comes_after_what_can() -> None:
    entries = [_entry("Delete topic", reason="none chosen"), _entry("Undelete something")]
    assert _titles("delete", entries) == ["Undelete something", "Delete topic"]


def test_the_more_used_comes_first_among_equals() -> None:
    entries = [_entry("Open a"), _entry("Open b")]
    assert _titles("open", entries, {"Open b": 3}) == ["Open b", "Open a"]


@pytest.mark.parametrize(("query", "titles"), [("#or", ["orders"]), ("@", ["order-billing"]), (">or", ["Or else"])])
def test_a_first_sign_chooses_the_kind(query: str, titles: list[str]) -> None:
    entries = [_entry("Or else"), _entry("orders", "topic", "Topics"), _entry("order-billing", "group", "Groups")]
    assert _titles(query, entries) == titles


@given(st.text(max_size=12), st.text(max_size=20))
def test_spots_lie_in_the_title(query: str, title: str) -> None:
    found = match(query, title)
    if found is not None:
        assert all(0 <= spot < len(title.lower()) for spot in found[1])
