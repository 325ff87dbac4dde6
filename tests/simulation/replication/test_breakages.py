"""The simulation finds what is broken on purpose: a few breakages in every run, all of them among the slow tests.

`python -m tests.simulation.replication.test_breakages 20` prints a table, with so many seeds of each scenario.
"""

from __future__ import annotations

import sys
import time

import pytest

from tests.simulation.replication.breakages import BREAKAGES, Breakage, changed_text, seed_that_finds

SEEDS = 30
SAMPLE = ()


def test_every_breakage_still_has_its_line() -> None:
    for breakage in BREAKAGES:
        changed_text(breakage)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("breakage", [one for one in BREAKAGES if not one.held_by], ids=lambda one: one.name)
def test_a_breakage_is_found(breakage: Breakage) -> None:
    assert seed_that_finds(breakage, SEEDS) is not None


def main() -> None:
    seeds = int(sys.argv[1])
    for breakage in BREAKAGES:
        if any(word not in breakage.name for word in sys.argv[2:]):
            continue
        start = time.monotonic()
        found = seed_that_finds(breakage, seeds)
        took = f"{time.monotonic() - start:5.1f} s"
        print(f"{took}  {breakage.name}: {'not found' if found is None else ' | '.join(found)[:170]}", flush=True)


if __name__ == "__main__":
    main()
