"""The simulation finds what is broken on purpose: a few breakages in every run, all of them among the slow tests.

`python -m tests.simulation.replication.test_breakages 20` prints a table, with so many seeds of each scenario.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.membership import Members
from tests.simulation.replication.breakages import (
    BREAKAGES,
    UNIT,
    Breakage,
    broken,
    changed_text,
    seed_that_finds,
)
from workbench.embedded_broker.replication.isr import LeaderReplicas

SEEDS = 30
SAMPLE = (
    "the high watermark waits for all but one",
    "acks=all is answered when the leader has it",
    "consumers see what is not committed",
    "a follower joins before it reaches the high watermark",
    "a follower begins by cutting to its high watermark",
    "a leader from outside the in-sync set",
    "another leader in the same epoch",
)


def test_every_breakage_still_has_its_line() -> None:
    names = [breakage.name for breakage in BREAKAGES]
    assert len(names) == len(set(names)) and set(SAMPLE) <= set(names)
    for breakage in BREAKAGES:
        changed_text(breakage)


def test_a_breakage_is_gone_afterwards() -> None:
    breakage = BREAKAGES[0]
    state = LeaderReplicas.begin(1, (1, 2), (1, 2), high_watermark=0, log_end_offset=3, now_ms=0)
    with broken(breakage):
        assert replace(state).advance_high_watermark(3, 1, 0, Members())
    assert not state.advance_high_watermark(3, 1, 0, Members())


@pytest.mark.parametrize("name", SAMPLE)
def test_a_breakage_is_found_at_once(name: str) -> None:
    [breakage] = [one for one in BREAKAGES if one.name == name]
    assert seed_that_finds(breakage, 1) is not None


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("breakage", [one for one in BREAKAGES if not one.held_by], ids=lambda one: one.name)
def test_a_breakage_is_found(breakage: Breakage) -> None:
    assert seed_that_finds(breakage, SEEDS) is not None


@pytest.mark.slow
@pytest.mark.parametrize("breakage", [one for one in BREAKAGES if one.held_by], ids=lambda one: one.name)
def test_what_no_invariant_sees_a_unit_test_does(breakage: Breakage) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.simulation.replication.test_breakages", "--unit", breakage.name],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr


def run_unit_tests(name: str) -> int:
    """The exit code of the unit tests that hold the breakage, with it in the program."""
    [breakage] = [one for one in BREAKAGES if one.name == name]
    with broken(breakage):
        return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", UNIT + breakage.held_by]))


def main() -> None:
    if sys.argv[1] == "--unit":
        sys.exit(run_unit_tests(sys.argv[2]))
    seeds = int(sys.argv[1])
    for breakage in BREAKAGES:
        if any(word not in breakage.name for word in sys.argv[2:]):
            continue
        start = time.monotonic()
        if breakage.held_by:
            print(f"         {breakage.name}: held by {breakage.held_by}", flush=True)
            continue
        found = seed_that_finds(breakage, seeds)
        took = f"{time.monotonic() - start:5.1f} s"
        print(f"{took}  {breakage.name}: {'not found' if found is None else ' | '.join(found)[:170]}", flush=True)


if __name__ == "__main__":
    main()
