"""The scenarios for three nodes, and how all of them are held: together, with node 3 stopped and started once.

`hold` returns each scenario's transcript, or the exception that ended it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.three_nodes.cluster_conversation import ClusterConversation
from tests.helpers import three_nodes
from tests.helpers.single_node import Program
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes

FOLDER = Path(__file__).parent / "recorded"
AWAY = 3
"""The node that is stopped and started."""
SETTINGS = {
    "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
    "auto.create.topics.enable": "false",
}

Talk = Callable[[ClusterConversation], Generator[None, None, None] | None]


@dataclass(frozen=True, slots=True)
class ClusterScenario:
    """A named conversation; `static` says that it is held with static voters too."""

    area: str
    name: str
    talk: Talk
    static: bool
    dynamic: bool

    @property
    def id(self) -> str:
        return f"{self.area}/{self.name}"

    def recording(self, kind: str) -> Path:
        """Where its answers are, by kind of quorum, `dynamic` or `static`."""
        return FOLDER / kind / self.area / f"{self.name}.txt"


_found: dict[str, ClusterScenario] = {}


def scenario(*, static: bool = False, dynamic: bool = True) -> Callable[[Talk], Talk]:
    """Registers a scenario under its module's and its own name."""

    def register(function: Talk) -> Talk:
        found = ClusterScenario(
            function.__module__.rsplit(".", 1)[-1], function.__name__, function, static=static, dynamic=dynamic
        )
        _found[found.id] = found
        return function

    return register


def all_scenarios(kind: str) -> list[ClusterScenario]:
    """Those held with this kind of quorum, by area and place in its file."""
    package = importlib.import_module("tests.conformance.three_nodes.scenarios")
    for module in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"tests.conformance.three_nodes.scenarios.{module}")
    chosen = [found for found in _found.values() if (found.static if kind == "static" else found.dynamic)]
    return sorted(chosen, key=lambda found: found.area)


def prepare(directory: Path, program: Program, kind: str) -> ThreeNodes:
    """The cluster that the scenarios are held with, formatted by `program`: racks r1 to r3."""
    racks = {node_id: {"broker.rack": f"r{node_id}"} for node_id in NODE_IDS}
    static = kind == "static"
    return three_nodes.prepare(directory, program, static_voters=static, settings=SETTINGS, of_node=racks)


@dataclass(slots=True)
class _Held:
    found: ClusterScenario
    conversation: ClusterConversation
    rest: Generator[None, None, None] | None = None
    error: Exception | None = None
    is_over: bool = field(default=False)

    def go_on(self) -> None:
        """To the next yield, or the end."""
        if self.is_over:
            return
        try:
            if self.rest is None:
                self.rest = self.found.talk(self.conversation)
            if self.rest is not None:
                next(self.rest)
                return
        except StopIteration:
            pass
        except Exception as error:
            error.add_note("\n".join(self.conversation.lines[-40:]))
            self.error = error
        self.is_over = True
        self.conversation.close_all()

    def result(self) -> str | Exception:
        return self.error or "\n".join(self.conversation.lines) + "\n"


def hold(nodes: ThreeNodes, chosen: Sequence[ClusterScenario]) -> dict[str, str | Exception]:
    """Holds the scenarios on a running cluster."""
    _wait_for_brokers(nodes, set(NODE_IDS))
    held = []
    for found in chosen:
        conversation = ClusterConversation(nodes)
        summary = (found.talk.__doc__ or "").strip().splitlines()[0]
        conversation.lines.append(f"# {found.id}: {summary}")
        held.append(_Held(found, conversation))
    _go_on(held)
    if any(not one.is_over for one in held):
        nodes.stop([AWAY])
        _wait_for_brokers(nodes, set(NODE_IDS) - {AWAY})
        _go_on(held, f"# Node {AWAY} is stopped.")
    if any(not one.is_over for one in held):
        nodes.start([AWAY])
        _wait_for_brokers(nodes, set(NODE_IDS))
        _go_on(held, f"# Node {AWAY} is back.")
    for one in held:
        if not one.is_over and one.error is None:
            one.error = AssertionError("a scenario may yield twice at most")
    return {one.found.id: one.result() for one in held}


def _go_on(held: list[_Held], title: str = "") -> None:
    for one in held:
        if title and not one.is_over:
            one.conversation.close_all()
            one.conversation.lines += ["", title]
        one.go_on()


def _wait_for_brokers(nodes: ThreeNodes, expected: set[int]) -> None:
    for node_id in expected:

        def seen(asked: int = node_id) -> bool:
            answer = nodes.ask(asked, "Metadata", 12, topics=[], allow_auto_topic_creation=False)
            return {broker["node_id"] for broker in answer["brokers"]} == expected

        nodes.until(seen, f"node {node_id} to know brokers {sorted(expected)}")
