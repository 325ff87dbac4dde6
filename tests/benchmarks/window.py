"""The window's own figures beside their targets: `python -m tests.benchmarks.window [--messages N] [--only PART]`.

Parts: `starts` (first paint and ready broker of an installed start and through x.py), `work` (any offset of a topic of
ten million messages, a text filter over all of it, the longest stall while 50,000 messages a second arrive). Draws
into memory unless QT_QPA_PLATFORM says otherwise. On a busy machine look at the processor times beside the table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from statistics import median

from tests.benchmarks import window_starts

Row = tuple[str, float, str, str]
"""What, measured, target, remark."""


def start_rows(rounds: int, port: int) -> list[Row]:
    rows: list[Row] = []
    for name, command in window_starts.commands().items():
        starts = window_starts.measure(command, rounds, port)
        painted = [start.painted_s for start in starts]
        cpu = median(start.painted_cpu_s for start in starts)
        target = "<= 1.0" if name == "workbench" else "<= 1.5"
        remark = f"best {min(painted):.2f}, worst {max(painted):.2f}; {cpu:.2f} s of processor time"
        rows.append((f"first paint, {name}, s", median(painted), target, remark))
        ready = [start.ready_s for start in starts]
        rows.append(
            (f"broker ready, {name}, s", median(ready), "<= 2.0", f"best {min(ready):.2f}, worst {max(ready):.2f}")
        )
    return rows


def work_rows(messages: int, rounds: int, port: int) -> list[Row]:
    from tests.benchmarks.window_work import WindowAtWork

    folder = window_starts.make_data_dir(port)
    try:
        found = WindowAtWork(folder, port, messages, rounds).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [
        (f"any {what}, ms", median(times), "<= 100", f"best {min(times):.0f}, worst {max(times):.0f} of {len(times)}")
        for what, times in (
            ("offset", found.by_offset_ms),
            ("timestamp", found.by_time_ms),
            ("row scrolled to", found.by_scrolling_ms),
        )
    ]
    rows.append(("text filter, messages/s", found.scanned_per_second, ">= 300000", f"{found.matches} matches"))
    for pane, (gap_ms, cpu_ms) in found.stalls_ms.items():
        remark = f"{cpu_ms:.0f} ms of processor time; {found.produced_per_second} messages/s arrived"
        rows.append((f"longest stall, {pane}, ms", gap_ms, "<= 50", remark))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.window", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=15, help="how often each start and each offset is measured")
    parser.add_argument("--port", type=int, default=26492)
    parser.add_argument("--only", choices=("starts", "work"))
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Compiled modules are part of an installation, whatever the machine's developers prefer.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    rows: list[Row] = []
    if given.only != "work":
        rows += start_rows(max(3, given.rounds // 3), given.port)
    if given.only != "starts":
        rows += work_rows(given.messages, given.rounds, given.port)
    print(f"{'the window':<32}{'measured':>12}{'target':>12}")
    for name, value, target, remark in rows:
        shown = f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
        print(f"{name:<32}{shown:>12}{target:>12}  {remark}")


if __name__ == "__main__":
    main()
