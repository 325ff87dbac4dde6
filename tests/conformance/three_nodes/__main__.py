"""Records the reference run with three nodes, or holds it with ours and shows the differences.

    python -m tests.conformance.three_nodes record  [--kind dynamic|static] [SCENARIO ...]
    python -m tests.conformance.three_nodes compare [--kind dynamic|static] [--program apache-kafka] [SCENARIO ...]

A SCENARIO is an id or its beginning. Recording needs Java and, the first time, Maven.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.conformance.known_differences import explain
from tests.conformance.three_nodes import registry
from tests.helpers import apache_kafka, three_nodes
from tests.helpers.single_node import Program


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--kind", choices=("dynamic", "static"), default="dynamic")
    parser.add_argument("--program", type=Program, default=Program.WORKBENCH)
    given = parser.parse_intermixed_args()
    program = Program.APACHE_KAFKA if given.action == "record" else given.program
    if program is Program.APACHE_KAFKA and (reason := apache_kafka.find_reason_to_skip()):
        parser.error(reason)
    chosen = [
        found
        for found in registry.all_scenarios(given.kind)
        if not given.scenarios or any(found.id.startswith(prefix) for prefix in given.scenarios)
    ]
    failed = 0
    with (
        tempfile.TemporaryDirectory() as directory,
        three_nodes.running(registry.prepare(Path(directory), program, given.kind)) as nodes,
    ):
        for found_id, result in registry.hold(nodes, chosen).items():
            recording = next(found for found in chosen if found.id == found_id).recording(given.kind)
            if isinstance(result, Exception):
                problem = "\n".join([f"{type(result).__name__}: {result}", *getattr(result, "__notes__", ())])
            elif given.action == "record":
                recording.parent.mkdir(parents=True, exist_ok=True)
                recording.write_text(result)
                problem = ""
            else:
                problem = explain(found_id, recording.read_text(), result)
            if problem:
                failed += 1
                print(f"=== {found_id}\n{problem}")
    print(f"{len(chosen) - failed} of {len(chosen)} scenarios {given.action}d")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
