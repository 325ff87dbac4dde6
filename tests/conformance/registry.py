"""The table of scenarios: every function marked with `@scenario` in the modules of `scenarios/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from tests.conformance.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named conversation; `area` is the module, and the folder of its recording."""

    area: str
    name: str
    talk: Callable[[Conversation], None]

    @property
    def id(self) -> str:
        return f"{self.area}/{self.name}"


_found: dict[str, Scenario] = {}


def scenario(function: Callable[[Conversation], None]) -> Callable[[Conversation], None]:
    """Registers a scenario under its module's and its own name."""
    found = Scenario(function.__module__.rsplit(".", 1)[-1], function.__name__, function)
    _found[found.id] = found
    return function


def all_scenarios() -> list[Scenario]:
    """Every scenario, in the order of area and place in its file."""
    package = importlib.import_module("tests.conformance.scenarios")
    for module in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"tests.conformance.scenarios.{module}")
    return sorted(_found.values(), key=lambda found: found.area)


def run(found: Scenario, bootstrap: str) -> str:
    """Holds the conversation and returns its transcript."""
    conversation = Conversation(bootstrap)
    summary = (found.talk.__doc__ or "").strip().splitlines()[0]
    conversation.write(f"# {found.id}: {summary}")
    try:
        found.talk(conversation)
    finally:
        conversation.close_all()
    return "\n".join(conversation.lines) + "\n"
