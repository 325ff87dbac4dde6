"""The command line: `workbench` opens the window, `workbench COMMAND ...` does without it.

- `window`: no command; opens the window or, without a display, runs the cluster in the terminal.
- `broker`: one node in the foreground.
- `storage`: formats the directories of a node.
- `cluster`: a whole cluster without a window.
- `settings`: which broker settings there are, and what is wrong with given ones.
- `browse`: the process that reads messages for the window.
- `display`: whether a window can be opened here, and if not, why.
- `argument_types`: numbers on the command line.
- `cluster_copies`: what is done to a stopped cluster's folder.
- `terminal_view`: a running cluster as lines of text.
- `foreground`: runs an embedded cluster until a signal or the end of a piped standard input.

Invariants: a sub-command's module is imported only when it is asked for, so that `workbench broker` starts without Qt,
kafka-python or anything else it does not need; a `KnownError` is printed as its sentence and remedy, exit code 1.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "broker": "run one node in the foreground, from its server.properties",
    "storage": "format the directories of a node, as kafka-storage does",
    "cluster": "run a whole cluster without a window; copy, fork or wipe a stopped one",
    "settings": "say which broker settings there are, and what is wrong with given ones",
    "browse": "read messages for the window, which starts this itself",
}

USAGE_EXIT_CODE = 2
INTERRUPTED_EXIT_CODE = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given and not given[0].startswith("-") else None
    if name is not None and name not in COMMANDS:
        commands = ", ".join(COMMANDS)
        print(
            f"workbench has no command {name!r}; it has {commands}, and without one opens the window.", file=sys.stderr
        )
        return USAGE_EXIT_CODE
    if name is None and given in (["-h"], ["--help"]):
        print(_help())
        return 0
    if name is None and given == ["--version"]:
        from workbench import __version__

        print(f"Kafka workbench {__version__}")
        return 0
    module = importlib.import_module(f"workbench.cli.{name or 'window'}")
    from workbench.system.known_error import KnownError

    try:
        return int(module.run(given[1:] if name else given))
    except KnownError as error:
        print(f"workbench: {error.sentence}", file=sys.stderr)
        if error.remedy:
            print(error.remedy, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT_CODE


def _help() -> str:
    commands = "\n".join(f"  workbench {name:<9} {text}" for name, text in COMMANDS.items())
    return (
        "A desktop application that runs a real Kafka cluster inside itself and shows everything in it.\n\n"
        "  workbench           open the window\n"
        f"{commands}\n"
        "  workbench --version\n\n"
        "`workbench COMMAND --help` tells the options of a command; of the window: --theme, --data-dir, --connect,\n"
        "--screenshot, --terminal, --port."
    )
