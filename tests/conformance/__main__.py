"""Records the reference run, or holds it with any broker and shows the differences.

    python -m tests.conformance record  [--bootstrap HOST:PORT] [SCENARIO ...]
    python -m tests.conformance compare  --bootstrap HOST:PORT  [SCENARIO ...]

Without an address, `record` starts the real Apache Kafka itself, which needs Java and, the first time, Maven.
A SCENARIO is an id or its beginning, like `produce` or `fetch/sessions`.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conformance import known_differences, recordings
from tests.conformance.registry import Scenario, all_scenarios, run
from tests.helpers import apache_kafka, single_node
from tests.helpers.single_node import Program


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("record", "compare", "list"))
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--bootstrap")
    parser.add_argument("--durations", action="store_true")
    given = parser.parse_intermixed_args()
    chosen = [
        found
        for found in all_scenarios()
        if not given.scenarios or any(found.id.startswith(prefix) for prefix in given.scenarios)
    ]
    if given.action == "list":
        print(*(found.id for found in chosen), sep="\n")
        return 0
    if given.action == "compare" and not given.bootstrap:
        parser.error("compare needs --bootstrap")
    with contextlib.ExitStack() as stack:
        bootstrap = given.bootstrap or stack.enter_context(_reference())
        failed = [found.id for found in chosen if not _hold(found, bootstrap, given.action, given.durations)]
    print(f"{len(chosen) - len(failed)} of {len(chosen)} scenarios {given.action}d")
    print(*(f"failed: {name}" for name in failed), sep="\n", end="\n" if failed else "")
    return 1 if failed else 0


def _hold(found: Scenario, bootstrap: str, action: str, durations: bool) -> bool:
    began = time.monotonic()
    try:
        text = run(found, bootstrap)
    except Exception as error:
        print(f"{found.id}: {type(error).__name__}: {error}", file=sys.stderr)
        return False
    if durations:
        print(f"{time.monotonic() - began:6.2f} s  {found.id}")
    if action == "record":
        recordings.write(found, text)
        return True
    problem = known_differences.explain(found.id, recordings.read(found), text)
    if problem:
        print(f"=== {found.id}\n{problem}")
    return not problem


@contextlib.contextmanager
def _reference() -> Iterator[str]:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        raise SystemExit(f"Recording needs the real Apache Kafka: {reason}.")
    with tempfile.TemporaryDirectory() as directory:
        file = single_node.prepare(Path(directory), Program.APACHE_KAFKA)
        with single_node.running(file, Program.APACHE_KAFKA) as node:
            yield node.bootstrap


if __name__ == "__main__":
    sys.exit(main())
