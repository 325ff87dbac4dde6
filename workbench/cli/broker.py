"""`workbench broker FILE [--control]`: one node in the foreground, from its `server.properties`.

With `--control`, standard input and output are the supervisor's channel and the log goes to standard error; without,
the process heeds signals alone. Either way the log is on standard error, in the form of Kafka's own.

Invariant: nothing is imported here that the node itself does not need; the start to the first record is counted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

SETTLE_AFTER_S = 5.0
LOG_LEVEL_VARIABLE = "KAFKA_WORKBENCH_LOG_LEVEL"


def run(arguments: Sequence[str]) -> int:
    """Runs the node until it is stopped; KnownError where it cannot."""
    from workbench.system.garbage import pause_collection

    pause_collection()
    path, control = _parse(arguments)
    _set_up_logging()
    import asyncio
    import logging

    from workbench.system.known_error import KnownError
    from workbench.system.open_files import raise_open_files_limit

    limit = raise_open_files_limit()
    if limit.is_tight:
        logging.getLogger("workbench.broker").warning(
            "Only %d files and connections may be open at once; raise the hard limit (ulimit -Hn) for many partitions.",
            limit.soft,
        )
    try:
        asyncio.run(_run_node(path, control))
    except KnownError as error:
        if control:
            _report_failure(error.sentence, error.remedy)
        raise
    return 0


async def _run_node(path: Path, control: bool) -> None:
    import asyncio

    from workbench.embedded_broker.node import run_node
    from workbench.system.garbage import resume_collection, settle

    resume_collection()
    asyncio.get_running_loop().call_later(SETTLE_AFTER_S, settle)
    await run_node(path, control=control)


def _parse(arguments: Sequence[str]) -> tuple[Path, bool]:
    if len(arguments) == 2 and arguments[1] == "--control" and not arguments[0].startswith("-"):
        # As the supervisor starts it: nothing to explain, and no time for a parser that could.
        return Path(arguments[0]), True
    import argparse

    parser = argparse.ArgumentParser(
        prog="workbench broker",
        description="Runs one node, broker or controller or both, in the foreground.",
        epilog=f"The log goes to standard error; the variable {LOG_LEVEL_VARIABLE} says from which level on (INFO).",
    )
    parser.add_argument("file", type=Path, help="the node's server.properties, with Kafka's own names and meanings")
    parser.add_argument(
        "--control",
        action="store_true",
        help="speak the supervisor's control channel over standard input and output, and end when it closes",
    )
    given = parser.parse_args(arguments)
    return given.file, given.control


def _set_up_logging() -> None:
    import logging

    logging.addLevelName(logging.WARNING, "WARN")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s %(message)s (%(name)s)"))
    root = logging.getLogger()
    root.addHandler(handler)
    wanted = os.environ.get(LOG_LEVEL_VARIABLE, "").upper() or "INFO"
    try:
        root.setLevel(wanted)
    except ValueError:
        root.setLevel("INFO")
        root.warning("%s is %r, which is no level of a log; INFO is taken.", LOG_LEVEL_VARIABLE, wanted)


def _report_failure(sentence: str, remedy: str) -> None:
    from workbench.broker_contract.message_json import encode_line
    from workbench.broker_contract.messages import FailureReported

    try:
        os.write(sys.stdout.fileno(), encode_line(FailureReported(sentence, remedy)))
    except OSError:
        # The supervisor is gone; the sentence is on standard error too.
        return
