"""`workbench` without a command: opens the window, or says why not and runs the cluster in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench.cli import argument_types
from workbench.cli.display import why_no_window
from workbench.system.known_error import KnownError


def run(arguments: Sequence[str]) -> int:
    """Opens the window and gives its exit code."""
    given = _parser().parse_args(arguments)
    if given.screenshot is not None:
        _make_directory(given.screenshot)
    if not given.terminal:
        reason = why_no_window() if given.screenshot is None else None
        if reason is None:
            from workbench.ui.app import run_window

            return run_window(
                theme=given.theme, data_dir=given.data_dir, connect=given.connect, screenshots=given.screenshot
            )
        print(f"{reason.sentence} {reason.remedy}".strip(), file=sys.stderr)
        if given.connect is None:
            print("The cluster runs here in the terminal instead.", file=sys.stderr, flush=True)
    if given.connect is not None:
        raise KnownError(f"Only the window shows another cluster, such as {given.connect}.", "Leave --connect out.")
    return asyncio.run(_run_in_terminal(given.data_dir, given.port))


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KnownError(
            f"No pictures can be put into {path}: {error.strerror or error}.",
            "Give another directory with --screenshot.",
        ) from error


async def _run_in_terminal(data_dir: Path | None, port: int | None) -> int:
    from workbench.cli.foreground import run_in_foreground
    from workbench.cli.terminal_view import TerminalView, keep_topics_current, log_to_stderr
    from workbench.cluster.supervisor import LocalCluster
    from workbench.system.directories import user_data_directory
    from workbench.system.tasks import TaskKeeper
    from workbench.ui.data_folder import chosen_data_dir

    folder = (data_dir or chosen_data_dir(user_data_directory())) / "clusters" / "local"
    cluster = LocalCluster.open(folder, name="local", port=port)
    cluster.subscribe(log_to_stderr)
    view = TerminalView(cluster.bootstrap, sys.stdout)

    tasks = TaskKeeper()

    async def show_ready() -> None:
        print(f"Kafka is ready at {cluster.bootstrap}; its data lies in {cluster.folder}. Ctrl+C stops it.", flush=True)
        cluster.subscribe(view.observe)
        tasks.spawn(keep_topics_current(view), "topics of the terminal")

    try:
        await run_in_foreground(cluster, show_ready)
    finally:
        await tasks.cancel_all()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="workbench",
        description="Opens the window; where there is no display, runs the cluster in the terminal.",
        epilog="`workbench --help` tells what it can do without a window.",
    )
    parser.add_argument(
        "--theme", choices=("system", "light", "dark"), help="how the window looks this time (default: as chosen)"
    )
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="where everything is kept, this time")
    parser.add_argument("--connect", metavar="HOST:PORT", help="show this cluster and start none")
    parser.add_argument("--screenshot", type=Path, metavar="DIR", help="write pictures of every pane into DIR and end")
    parser.add_argument("--terminal", action="store_true", help="run the cluster in the terminal, without a window")
    parser.add_argument(
        "--port",
        type=argument_types.port,
        metavar="P",
        help="where the cluster in the terminal listens (default 9092 or as before; 0: any free)",
    )
    return parser
