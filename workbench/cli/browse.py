"""`workbench browse`: the process that reads and searches messages for the window, which starts it itself."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Serves frames on standard input and output until the input ends."""
    argparse.ArgumentParser(
        prog="workbench browse",
        description="Reads messages for the window over standard input and output; of no use by hand.",
    ).parse_args(arguments)
    from workbench.client.browse.worker import main

    return main()
