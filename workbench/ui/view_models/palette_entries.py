"""What the palette finds (pure): actions, topics, groups, settings; best first, disabled ones with their reason.

`>` looks for actions only, `#` for topics, `@` for groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

PREFIXES = {">": "action", "#": "topic", "@": "group"}
SHOWN_PER_SECTION = 12


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One line: `section` is its head, `spots` are the places of letters that matched, `note` stands after the title.

    `reason` is why it cannot be done now; `remedy` its words, what to run then is the caller's business.
    """

    kind: str
    section: str
    title: str
    icon: str
    target: str
    argument: str = ""
    note: str = ""
    keys: str = ""
    reason: str = ""
    remedy: str = ""
    remedy_target: str = ""
    words: str = ""
    spots: tuple[int, ...] = ()


def match(query: str, title: str, words: str = "") -> tuple[int, tuple[int, ...]] | None:
    """How well a query fits a title: (score, spots), None if it does not; every word of the query must be found.

    A word at the start of the title counts most, at the start of a word next, inside a word less, in `words` least.
    """
    score, spots = 0, []
    low = title.lower()
    for word in query.lower().split():
        at = low.find(word)
        if at < 0:
            if word not in words.lower():
                return None
            score += 1
            continue
        start = next((place for place in _word_starts(low) if low.startswith(word, place)), None)
        at = at if start is None else start
        score += 8 if at == 0 else 5 if start is not None else 3
        spots += list(range(at, at + len(word)))
    return score, tuple(sorted(set(spots)))


def find(
    query: str,
    entries: Sequence[PaletteEntry],
    uses: Mapping[str, int],
    rebuild: Callable[[PaletteEntry, tuple[int, ...]], PaletteEntry],
) -> list[PaletteEntry]:
    """Entries that fit, section by section, best first; without a query the most used actions come first."""
    kind = PREFIXES.get(query[:1], "")
    text = query[1:] if kind else query
    found: dict[str, list[tuple[tuple[int, int, int, str], PaletteEntry]]] = {}
    for entry in entries:
        if kind and entry.kind != kind:
            continue
        fit = match(text, entry.title, entry.words)
        if fit is None:
            continue
        score, spots = fit
        rank = (1 if entry.reason else 0, -score, -uses.get(entry.target, 0), entry.title.lower())
        found.setdefault(entry.section, []).append((rank, rebuild(entry, spots)))
    order: list[PaletteEntry] = []
    best_first = (
        sorted(found.values(), key=lambda lines: min(rank[:2] for rank, _entry in lines))
        if text
        else list(found.values())
    )
    for lines in best_first:
        lines.sort(key=lambda line: line[0])
        order += [entry for _rank, entry in lines[:SHOWN_PER_SECTION]]
    return order


def _word_starts(text: str) -> list[int]:
    return [
        place for place in range(len(text)) if text[place].isalnum() and (place == 0 or not text[place - 1].isalnum())
    ]
