"""`workbench cluster start`: a whole embedded cluster without a window.

Prints where it is once every broker is ready, for people or (`--json`) as one line of JSON, and stops cleanly on
SIGTERM, SIGINT or the end of a piped standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.cli import argument_types, cluster_copies
from workbench.system.known_error import KnownError


def run(arguments: Sequence[str]) -> int:
    """Runs the sub-command; KnownError where the cluster cannot start."""
    given = _parser().parse_args(arguments)
    if given.command in cluster_copies.COMMANDS:
        return cluster_copies.run(given)
    settings = dict(_setting(text) for text in given.set)
    return asyncio.run(_start(given, settings))


async def _start(given: argparse.Namespace, settings: dict[str, str]) -> int:
    from workbench.cli.foreground import run_in_foreground
    from workbench.cli.terminal_view import log_to_stderr
    from workbench.cluster.policy import NEVER_RESTART, RestartPolicy
    from workbench.cluster.supervisor import LocalCluster

    policy = RestartPolicy() if given.restart == "on-failure" else NEVER_RESTART
    _check(settings, given.data_dir)
    cluster = LocalCluster.open(
        given.data_dir, brokers=given.brokers, port=given.port, settings=settings, policy=policy
    )
    cluster.subscribe(log_to_stderr)

    async def show_ready() -> None:
        if given.json:
            print(json.dumps(cluster.describe()), flush=True)
            return
        print(f"Kafka is ready at {cluster.bootstrap}")
        for node_id, handle in cluster.brokers.items():
            print(f"  broker {node_id}: {handle.address}, process {handle.pid}, {handle.directories[0]}")
        print("Ctrl+C stops it.", flush=True)

    await run_in_foreground(cluster, show_ready)
    return 0


def _setting(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise KnownError(f"--set {text} is not of the form key=value.", "For example: --set num.partitions=3")
    return key.strip(), value.strip()


def _check(settings: Mapping[str, str], folder: Path) -> None:
    """Refuses what no broker would start with, beside what the cluster has already, before any of it is kept."""
    if not settings:
        return
    from workbench.cluster.plan import check_settings
    from workbench.cluster.spec import load_spec
    from workbench.embedded_broker.config_definitions.properties_check import faults_of
    from workbench.embedded_broker.settings_check import refuse

    check_settings(settings)
    kept = load_spec(folder)
    faults = faults_of({**(kept.settings if kept is not None else {}), **settings})
    refuse(faults, "nothing was started")
    for fault in faults:
        if fault.key in settings:
            print(fault.sentence, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workbench cluster", description="Whole clusters without a window.")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser(
        "start",
        help="start a cluster and keep it running",
        description="Starts a cluster, prints where it is, runs it until SIGTERM, SIGINT or the end of a piped input.",
    )
    start.add_argument(
        "--data-dir", type=Path, required=True, metavar="DIR", help="the cluster's folder, made if missing"
    )
    start.add_argument(
        "--brokers", type=argument_types.count, metavar="N", help="how many brokers a new cluster has (default 3)"
    )
    start.add_argument(
        "--port",
        type=argument_types.port,
        metavar="P",
        help="clients connect to P, P+1, ..., controllers to P+101, ... (default 9092 or as before; 0: any free)",
    )
    start.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a broker setting by Kafka's name, kept with the cluster; may be given several times",
    )
    start.add_argument("--json", action="store_true", help="print one line of JSON: bootstrap, pids, directories")
    start.add_argument(
        "--restart",
        choices=("on-failure", "never"),
        default="on-failure",
        help="whether a broker whose process dies is started again (default on-failure)",
    )
    cluster_copies.add_parsers(commands)
    return parser
