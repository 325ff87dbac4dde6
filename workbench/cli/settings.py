"""`workbench settings check | list`: what Kafka thinks of a properties file, and which settings there are."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.system.known_error import KnownError


def run(arguments: Sequence[str]) -> int:
    """Runs the sub-command; 1 where people are told of a refused value, KnownError where there is nothing to check."""
    from workbench.broker_contract.properties_file import given_properties
    from workbench.broker_contract.setting_faults import as_json
    from workbench.embedded_broker.config_definitions.properties_check import faults_of, known_settings
    from workbench.embedded_broker.settings_check import file_faults

    given = _parser().parse_args(arguments)
    if given.command == "list":
        known = known_settings()
        lines = [f"{one.key} ({one.type}){'' if one.default is None else f' = {one.default}'}" for one in known]
        print(as_json(known) if given.json else "\n".join(lines))
        return 0
    if given.file is not None:
        faults = file_faults(given_properties(given.file), given.file)
    else:
        faults = faults_of(_from_standard_input())
    if given.json:
        print(as_json(faults))
        return 0
    print("\n".join(fault.sentence for fault in faults) or "Kafka accepts them all.")
    return 1 if any(fault.refuses for fault in faults) else 0


def _from_standard_input() -> dict[str, str]:
    try:
        body = json.load(sys.stdin)
    except ValueError:
        body = None
    if not isinstance(body, Mapping):
        raise KnownError("Standard input is not a JSON object of settings.", "Or give a properties file.")
    return {str(key): str(value) for key, value in body.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workbench settings", description="Broker settings, by Kafka's names.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check", help="say what is wrong with settings", description="Says what is wrong with settings."
    )
    check.add_argument(
        "file", nargs="?", type=Path, help="a server.properties; without it a JSON object on standard input"
    )
    check.add_argument("--json", action="store_true", help="one line of JSON")
    listing = commands.add_parser(
        "list", help="every setting with type and default", description="Names every setting with type and default."
    )
    listing.add_argument("--json", action="store_true", help="one line of JSON")
    return parser
