"""`workbench storage`: formats a node's directories and makes ids, with the options of Kafka's own `kafka-storage`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def run(arguments: Sequence[str]) -> int:
    """Runs the sub-command; KnownError where the directories cannot be formatted."""
    given = _parser().parse_args(arguments)
    if given.command == "random-uuid":
        from workbench.wire.uuids import random_uuid, uuid_to_text

        print(uuid_to_text(random_uuid()))
        return 0
    return _format(given)


def _format(given: argparse.Namespace) -> int:
    from workbench.broker_contract.properties_file import given_properties
    from workbench.cluster.formatting import NodeFormat, format_node

    properties = given_properties(given.config)
    how = NodeFormat(
        cluster_id=given.cluster_id,
        standalone=given.standalone,
        initial_controllers=given.initial_controllers,
        no_initial_controllers=given.no_initial_controllers,
        ignore_formatted=given.ignore_formatted,
    )
    formatted = format_node(properties, how)
    for directory in formatted:
        print(f"Formatted {directory.log_dir}.")
    if not formatted:
        print("All log directories are formatted already.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workbench storage", description="Formats a node's directories.")
    commands = parser.add_subparsers(dest="command", required=True)
    formatting = commands.add_parser(
        "format", help="format the log directories of a node", description="Formats the log directories of a node."
    )
    formatting.add_argument(
        "-t", "--cluster-id", required=True, metavar="ID", help="the cluster's id, the same on all nodes"
    )
    formatting.add_argument(
        "-c", "--config", type=Path, required=True, metavar="FILE", help="the node's server.properties"
    )
    formatting.add_argument(
        "-g", "--ignore-formatted", action="store_true", help="leave directories alone that are formatted already"
    )
    voters = formatting.add_mutually_exclusive_group()
    voters.add_argument("-s", "--standalone", action="store_true", help="this controller is the only voter at first")
    voters.add_argument(
        "-N", "--no-initial-controllers", action="store_true", help="the voters are found through the bootstrap servers"
    )
    voters.add_argument(
        "-I",
        "--initial-controllers",
        metavar="VOTERS",
        help="the first voters, as id@host:port:directory-id separated by commas, the same on all nodes",
    )
    commands.add_parser("random-uuid", help="print a random id for -t")
    return parser
