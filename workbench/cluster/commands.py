"""One-line commands to a running cluster: what `workbench cluster start` takes on its standard input.

    kill 2 | stop 2 | start 2 | pause 2 [SECONDS] | resume 2
    cut-link 1 2 [SECONDS] | slow-link 1 clients MILLISECONDS [SECONDS]
    slow-disk 1 MILLISECONDS [SECONDS] | full-disk 1 [SECONDS] | fail-directory 1 PATH [SECONDS]
    clock-skew 1 MILLISECONDS [SECONDS] | faults | heal [FAULT]
    add-broker [RACK] | remove-broker 3 | rolling-restart | status | help

Invariant: a line that is no command, or a command that fails, is answered with a sentence and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.broker_contract.messages import CLIENTS
from workbench.cluster.membership import add_broker, remove_broker, rolling_restart
from workbench.system.known_error import KnownError

if TYPE_CHECKING:
    from workbench.cluster.broker_handle import BrokerHandle
    from workbench.cluster.supervisor import LocalCluster


@dataclass(frozen=True, slots=True)
class Command:
    """A command's arguments by name: lower case are optional."""

    usage: tuple[str, ...]
    run: Callable[[LocalCluster, Sequence[str]], Awaitable[str]]

    @property
    def required(self) -> int:
        return sum(1 for word in self.usage if word.isupper())


async def run_command(cluster: LocalCluster, line: str) -> str:
    """Carries out one line and returns the sentence that answers it; "" for an empty line. Never raises KnownError."""
    words = line.split()
    if not words:
        return ""
    name, *arguments = words
    command = COMMANDS.get(name)
    if command is None:
        return f"There is no command {name}. Type help for those there are."
    if not command.required <= len(arguments) <= len(command.usage):
        return f"Usage: {name} {' '.join(command.usage)}".rstrip()
    try:
        return await command.run(cluster, arguments)
    except KnownError as error:
        return str(error)


def _node(cluster: LocalCluster, text: str) -> BrokerHandle:
    handle = cluster.brokers.get(int(text)) if text.isdecimal() else None
    if handle is None:
        raise KnownError(f"The cluster has no broker {text}.", f"It has {', '.join(map(str, cluster.brokers))}.")
    return handle


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise KnownError(f"{what} is {text!r}, which is not a number.") from None
    return number


def _seconds(arguments: Sequence[str], place: int) -> float | None:
    return _number(arguments[place], "SECONDS") if len(arguments) > place else None


def _peer(cluster: LocalCluster, text: str) -> int | str:
    return text if text == CLIENTS else _node(cluster, text).node_id


async def _kill(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    handle = _node(cluster, arguments[0])
    await handle.kill()
    return f"Broker {handle.node_id} is killed."


async def _stop(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    handle = _node(cluster, arguments[0])
    await handle.stop()
    return f"Broker {handle.node_id} has stopped."


async def _start(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    handle = _node(cluster, arguments[0])
    await handle.start()
    return f"Broker {handle.node_id} runs."


async def _pause(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id = _node(cluster, arguments[0]).node_id
    return _told(cluster.faults.pause(node_id, duration_s=_seconds(arguments, 1)))


async def _resume(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    handle = _node(cluster, arguments[0])
    handle.resume()
    return f"Broker {handle.node_id} goes on."


async def _cut_link(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id, peer = _node(cluster, arguments[0]).node_id, _peer(cluster, arguments[1])
    return _told(cluster.faults.cut_link(node_id, peer, duration_s=_seconds(arguments, 2)))


async def _slow_link(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id, peer = _node(cluster, arguments[0]).node_id, _peer(cluster, arguments[1])
    delay_ms = int(_number(arguments[2], "MILLISECONDS"))
    return _told(cluster.faults.slow_link(node_id, peer, delay_ms=delay_ms, duration_s=_seconds(arguments, 3)))


async def _slow_disk(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id, delay_ms = _node(cluster, arguments[0]).node_id, int(_number(arguments[1], "MILLISECONDS"))
    return _told(cluster.faults.slow_disk(node_id, delay_ms=delay_ms, duration_s=_seconds(arguments, 2)))


async def _full_disk(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id = _node(cluster, arguments[0]).node_id
    return _told(cluster.faults.full_disk(node_id, duration_s=_seconds(arguments, 1)))


async def _fail_directory(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id = _node(cluster, arguments[0]).node_id
    return _told(cluster.faults.failing_directory(node_id, arguments[1], duration_s=_seconds(arguments, 2)))


async def _clock_skew(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id, skew_ms = _node(cluster, arguments[0]).node_id, int(_number(arguments[1], "MILLISECONDS"))
    return _told(cluster.faults.clock_skew(node_id, skew_ms=skew_ms, duration_s=_seconds(arguments, 2)))


def _told(fault: object) -> str:
    words, fault_id = getattr(fault, "words", ""), getattr(fault, "fault_id", "")
    return f"In force: {words} ({fault_id})."


async def _faults(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    active = cluster.faults.active
    return "\n".join(f"{fault.fault_id}: {fault.words}" for fault in active) or "No fault is in force."


async def _heal(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    if not arguments:
        cluster.faults.heal_all()
        return "No fault is in force."
    known = {fault.fault_id: fault for fault in cluster.faults.active}
    fault = known.get(arguments[0])
    if fault is None:
        raise KnownError(f"There is no fault {arguments[0]}.", f"In force: {', '.join(known) or 'none'}.")
    cluster.faults.heal(fault.fault_id)
    return f"Healed: {fault.words}."


async def _add_broker(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id = await add_broker(cluster, rack=arguments[0] if arguments else None)
    return f"Broker {node_id} has joined at {cluster.brokers[node_id].address}."


async def _remove_broker(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    node_id = _node(cluster, arguments[0]).node_id
    await remove_broker(cluster, node_id)
    return f"Broker {node_id} is out of the cluster; its folder is kept."


async def _rolling_restart(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    await rolling_restart(cluster)
    return "Every broker was restarted, one at a time."


async def _status(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    return "\n".join(
        f"broker {node_id}: {handle.phase.value}, {handle.address}, process {handle.pid or 'none'}"
        for node_id, handle in cluster.brokers.items()
    )


async def _help(cluster: LocalCluster, arguments: Sequence[str]) -> str:
    return "\n".join(f"{name} {' '.join(command.usage)}".rstrip() for name, command in COMMANDS.items())


COMMANDS: dict[str, Command] = {
    "kill": Command(("BROKER",), _kill),
    "stop": Command(("BROKER",), _stop),
    "start": Command(("BROKER",), _start),
    "pause": Command(("BROKER", "[seconds]"), _pause),
    "resume": Command(("BROKER",), _resume),
    "cut-link": Command(("BROKER", "PEER", "[seconds]"), _cut_link),
    "slow-link": Command(("BROKER", "PEER", "MILLISECONDS", "[seconds]"), _slow_link),
    "slow-disk": Command(("BROKER", "MILLISECONDS", "[seconds]"), _slow_disk),
    "full-disk": Command(("BROKER", "[seconds]"), _full_disk),
    "fail-directory": Command(("BROKER", "PATH", "[seconds]"), _fail_directory),
    "clock-skew": Command(("BROKER", "MILLISECONDS", "[seconds]"), _clock_skew),
    "faults": Command((), _faults),
    "heal": Command(("[fault]",), _heal),
    "add-broker": Command(("[rack]",), _add_broker),
    "remove-broker": Command(("BROKER",), _remove_broker),
    "rolling-restart": Command((), _rolling_restart),
    "status": Command((), _status),
    "help": Command((), _help),
}
