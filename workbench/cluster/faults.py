"""Faults that a person asks for, to see what follows; each ends by itself when its time is over, or when it is healed.

    fault = cluster.faults.cut_link(1, 2, duration_s=10)
    cluster.faults.heal(fault.fault_id)

Killing, stopping and pausing a process are `BrokerHandle`'s; a pause with a duration is here, because it ends.
Invariants: a broker that is started again gets the rules that are in force; healing everything leaves no rule.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.broker_contract.messages import CLIENTS, FaultKind, FaultRule
from workbench.cluster.broker_handle import BrokerHandle
from workbench.cluster.events import BrokerPhaseChanged, ClusterEvent, FaultBegan, FaultEnded
from workbench.cluster.policy import BrokerPhase
from workbench.system.known_error import KnownError

PAUSED = "paused"
"""The kind of a pause, which no rule inside the broker stands for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in force: `rules` by the node that has to apply them, `until_ms` None for "until healed"."""

    fault_id: str
    kind: str
    words: str
    node_ids: tuple[int, ...]
    rules: Mapping[int, FaultRule]
    since_ms: int
    until_ms: int | None


class FaultBoard:
    """All faults of one cluster."""

    def __init__(
        self, brokers: Callable[[], Mapping[int, BrokerHandle]], notify: Callable[[ClusterEvent], None]
    ) -> None:
        self._brokers = brokers
        self._notify = notify
        self._numbers = itertools.count(1)
        self._active: dict[str, Fault] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def active(self) -> tuple[Fault, ...]:
        """What is in force, oldest first."""
        return tuple(self._active.values())

    # What can be made to go wrong

    def cut_link(self, node_id: int, peer: int | str, *, duration_s: float | None = None) -> Fault:
        """Nothing passes between the broker and `peer`, another broker or `CLIENTS`."""
        rules = self._link_rules(FaultKind.CUT_LINK, node_id, peer, 0)
        return self._begin(FaultKind.CUT_LINK, f"cut link {_link(node_id, peer)}", rules, duration_s)

    def slow_link(self, node_id: int, peer: int | str, *, delay_ms: int, duration_s: float | None = None) -> Fault:
        """Every request between the two is late by `delay_ms`."""
        rules = self._link_rules(FaultKind.SLOW_LINK, node_id, peer, delay_ms)
        return self._begin(FaultKind.SLOW_LINK, f"slow link {_link(node_id, peer)}, {delay_ms} ms", rules, duration_s)

    def slow_disk(self, node_id: int, *, delay_ms: int, duration_s: float | None = None) -> Fault:
        """Every write and fsync of the broker takes `delay_ms` longer."""
        rules = {node_id: self._rule(FaultKind.SLOW_DISK, delay_ms=delay_ms)}
        return self._begin(
            FaultKind.SLOW_DISK, f"slow disk of broker {node_id}, {delay_ms} ms a write", rules, duration_s
        )

    def full_disk(self, node_id: int, *, duration_s: float | None = None) -> Fault:
        """Writes of the broker fail as on a full disk."""
        rules = {node_id: self._rule(FaultKind.FULL_DISK)}
        return self._begin(FaultKind.FULL_DISK, f"full disk of broker {node_id}", rules, duration_s)

    def failing_directory(self, node_id: int, path: str, *, duration_s: float | None = None) -> Fault:
        """Reads and writes under `path` fail as on a broken disk."""
        rules = {node_id: self._rule(FaultKind.FAILING_DIRECTORY, path=path)}
        return self._begin(
            FaultKind.FAILING_DIRECTORY, f"failing directory {path} of broker {node_id}", rules, duration_s
        )

    def clock_skew(self, node_id: int, *, skew_ms: int, duration_s: float | None = None) -> Fault:
        """The broker's clock is off by `skew_ms`, ahead if positive."""
        rules = {node_id: self._rule(FaultKind.CLOCK_SKEW, delay_ms=skew_ms)}
        return self._begin(FaultKind.CLOCK_SKEW, f"clock of broker {node_id} off by {skew_ms} ms", rules, duration_s)

    def pause(self, node_id: int, *, duration_s: float | None = None) -> Fault:
        """The broker's process stands still; its connections stay open and get no answer."""
        handle = self._handle(node_id)
        if handle.phase is not BrokerPhase.RUNNING:
            raise KnownError(f"Broker {node_id} is not running and cannot be paused.", "Start it first.")
        handle.pause()
        return self._begin(PAUSED, f"pause broker {node_id}", {}, duration_s, node_ids=(node_id,))

    # Ending

    def heal(self, fault_id: str) -> None:
        """Ends a fault; one that is over already is no error."""
        self._end(fault_id, by_itself=False)

    def heal_all(self) -> None:
        for fault_id in list(self._active):
            self.heal(fault_id)

    def close(self) -> None:
        """Forgets everything without touching brokers, which are stopped already."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._active.clear()

    # Inside

    def on_event(self, event: ClusterEvent) -> None:
        """A broker that runs again gets the rules in force; one that was resumed or ended is not paused any more."""
        if not isinstance(event, BrokerPhaseChanged):
            return
        if event.phase is BrokerPhase.RUNNING and any(event.node_id in fault.rules for fault in self._active.values()):
            self._apply(event.node_id)
        if event.phase is not BrokerPhase.PAUSED:
            for fault in list(self._active.values()):
                if fault.kind == PAUSED and event.node_id in fault.node_ids:
                    self._end(fault.fault_id, by_itself=False)

    def _handle(self, node_id: int) -> BrokerHandle:
        handle = self._brokers().get(node_id)
        if handle is None:
            raise KnownError(f"The cluster has no broker {node_id}.", f"It has {', '.join(map(str, self._brokers()))}.")
        return handle

    def _rule(self, kind: FaultKind, *, peer: str = "", path: str = "", delay_ms: int = 0) -> FaultRule:
        return FaultRule("", kind, peer, path, delay_ms)

    def _link_rules(self, kind: FaultKind, node_id: int, peer: int | str, delay_ms: int) -> dict[int, FaultRule]:
        self._handle(node_id)
        if isinstance(peer, str):
            if peer != CLIENTS:
                raise KnownError(f"A link goes to another broker or to {CLIENTS}, not to {peer}.")
            return {node_id: self._rule(kind, peer=CLIENTS, delay_ms=delay_ms)}
        self._handle(peer)
        if peer == node_id:
            raise KnownError(f"Broker {node_id} has no link to itself.", "Name two brokers.")
        # Each side refuses or delays what the other asks, so both directions are cut or slow.
        return {
            node_id: self._rule(kind, peer=str(peer), delay_ms=delay_ms),
            peer: self._rule(kind, peer=str(node_id), delay_ms=delay_ms),
        }

    def _begin(
        self,
        kind: str,
        words: str,
        rules: dict[int, FaultRule],
        duration_s: float | None,
        *,
        node_ids: tuple[int, ...] = (),
    ) -> Fault:
        for node_id in rules:
            self._handle(node_id)
        fault_id = f"fault-{next(self._numbers)}"
        now_ms = _wall_ms()
        until_ms = None if duration_s is None else now_ms + int(duration_s * 1000)
        fault = Fault(fault_id, kind, words, node_ids or tuple(rules), rules, now_ms, until_ms)
        self._active[fault_id] = fault
        if duration_s is not None:
            loop = asyncio.get_running_loop()
            self._timers[fault_id] = loop.call_later(duration_s, lambda: self._end(fault_id, by_itself=True))
        for node_id in rules:
            self._apply(node_id)
        self._notify(FaultBegan(fault_id, words, fault.node_ids, now_ms))
        return fault

    def _end(self, fault_id: str, *, by_itself: bool) -> None:
        fault = self._active.pop(fault_id, None)
        if fault is None:
            return
        timer = self._timers.pop(fault_id, None)
        if timer is not None:
            timer.cancel()
        for node_id in fault.rules:
            self._apply(node_id)
        if fault.kind == PAUSED:
            for node_id in fault.node_ids:
                handle = self._brokers().get(node_id)
                if handle is not None and handle.phase is BrokerPhase.PAUSED:
                    handle.resume()
        self._notify(FaultEnded(fault_id, fault.words, fault.node_ids, _wall_ms(), by_itself))

    def _apply(self, node_id: int) -> None:
        handle = self._brokers().get(node_id)
        if handle is not None:
            handle.set_faults([fault.rules[node_id] for fault in self._active.values() if node_id in fault.rules])


def _link(node_id: int, peer: int | str) -> str:
    return f"broker {node_id} to {'clients' if isinstance(peer, str) else f'broker {peer}'}"


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
