"""Deliberate breakages of the program, one line each, which the simulation must find.

A breakage is applied to the running process: the module's changed text is compiled, and every function that came out
otherwise gets the new code until the end. So a breakage whose line is gone from the program is an error here.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import CO_OPTIMIZED, getsource
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.simulation.replication.scenarios import SCENARIOS, play

_REPLICATION = "workbench.embedded_broker.replication."
_CONTROLLER = "workbench.embedded_broker.controller."
UNIT = "tests/unit/embedded_broker/"


@dataclass(frozen=True, slots=True)
class Breakage:
    """In `module`, `old` becomes `new`; `shows_in` names the scenarios that are tried, all where it is empty."""

    name: str
    module: str
    old: str
    new: str
    shows_in: tuple[str, ...] = ()
    held_by: str = ""
    """Where a second guard hides it from every invariant: the unit tests below `UNIT` that fail instead."""


BREAKAGES = (
    # Committing
    Breakage(
        "the high watermark waits for nobody",
        _REPLICATION + "isr",
        "            if state.log_end_offset < new and (",
        "            if False and (",
    ),
    Breakage(
        "the high watermark waits for all but one",
        _REPLICATION + "isr",
        "        for replica, state in self.followers.items():\n            if state.log_end",
        "        for replica, state in list(self.followers.items())[1:]:\n            if state.log_end",
    ),
    Breakage(
        "a member asked for does not count while the answer is out",
        _REPLICATION + "isr",
        "        if self.proposed is not None and self.proposed.is_expansion:",
        "        if False:",
        ("unheard", "lost_while_joining", "cut_off"),
    ),
    Breakage(
        "a follower that catches up is not waited for",
        _REPLICATION + "isr",
        "                    and membership.may_join(replica, state.broker_epoch)",
        "                    and False",
        held_by="replication/test_isr.py",
    ),
    Breakage(
        "a shrink that is only asked for counts already",
        _REPLICATION + "isr",
        "        return self.committed_isr\n\n    def effective",
        "        return frozenset(self.proposed.isr) if self.proposed else self.committed_isr\n\n    def effective",
    ),
    Breakage(
        "below min.insync.replicas more is committed",
        _REPLICATION + "isr",
        "        if new <= known or self.is_under_min_isr(min_isr):",
        "        if new <= known:",
    ),
    Breakage(
        "min.insync.replicas does not refuse writes",
        _REPLICATION + "machine",
        "        if acks == -1 and leadership.is_under_min_isr(self.min_isr):",
        "        if False:",
    ),
    Breakage(
        "acks=all is answered when the leader has it",
        "workbench.embedded_broker.handlers.produce",
        "            if not partition.is_committed(required):",
        "            if False:",
    ),
    Breakage(
        "whoever waits is answered before the high watermark is reached",
        _REPLICATION + "leading",
        "    waiters = machine.writes.take_up_to(leadership.high_watermark)",
        "    waiters = machine.writes.take_up_to(machine.log.log_end_offset)",
    ),
    Breakage(
        "those who wait stay when the leadership ends",
        _REPLICATION + "machine",
        "        waiters = (*self.writes.take_all(), *self.deletions.take_all())",
        "        waiters = (*self.deletions.take_all(),)",
        held_by="replication/test_machine.py",
    ),
    Breakage(
        "consumers see what is not committed",
        _REPLICATION + "reading",
        "    if requirements.replica_id >= 0:\n        return machine.log.log_end_offset",
        "    if True:\n        return machine.log.log_end_offset",
    ),
    # In-sync sets
    Breakage(
        "a follower joins before it reaches the high watermark",
        _REPLICATION + "isr",
        "state.log_end_offset < max(self.high_watermark, self.leader_epoch_start_offset):",
        "state.log_end_offset < 0:",
    ),
    Breakage(
        "a follower joins before it reaches the start of the leader epoch",
        _REPLICATION + "isr",
        "state.log_end_offset < max(self.high_watermark, self.leader_epoch_start_offset):",
        "state.log_end_offset < self.high_watermark:",
        ("unheard", "cut_off", "elected_behind"),
    ),
    Breakage(
        "nobody ever leaves the in-sync set for lagging",
        _REPLICATION + "isr",
        "        if not late:\n            return None",
        "        if True:\n            return None",
        ("stalled",),
    ),
    Breakage(
        "who is not level with the leader at this moment leaves",
        _REPLICATION + "isr",
        "        return state.log_end_offset == log_end_offset or now_ms - state.last_caught_up_ms <= lag_time_max_ms",
        "        return state.log_end_offset == log_end_offset",
        ("calm",),
    ),
    Breakage(
        "nobody comes back into the in-sync set",
        _REPLICATION + "leading",
        "    if event.replica not in leadership.committed_isr:",
        "    if False:",
        ("killed", "stalled"),
    ),
    Breakage(
        "a fetch counts before the logs are known to agree",
        _REPLICATION + "reading",
        "        if epoch < last_epoch or epoch_end < offset:",
        "        if False:",
    ),
    Breakage(
        "what was asked again names the member's present life",
        _REPLICATION + "isr_changes",
        "broker_epoch=self._broker_epoch() if member == self._node_id else epoch",
        "broker_epoch=self._broker_epoch() if member == self._node_id "
        "else partition.leadership.followers[member].broker_epoch",
        ("lost_while_joining",),
    ),
    Breakage(
        "the controller does not compare the lives of members (KIP-903)",
        _CONTROLLER + "alter_partition",
        "not broker.active or epoch not in (_UNKNOWN_EPOCH, broker.epoch):",
        "not broker.active:",
        ("lost_while_joining",),
    ),
    Breakage(
        "the leader does not compare the lives of followers (KIP-903)",
        _REPLICATION + "replica_manager",
        "broker.active and broker_epoch in (-1, broker.epoch)",
        "broker.active",
        held_by="replication/test_replica_manager.py",
    ),
    Breakage(
        "a fetch of an earlier life is taken (KIP-903)",
        _REPLICATION + "reading",
        "    if 0 <= epoch < machine.membership.broker_epoch(replica):",
        "    if False:",
        ("lost_while_joining", "lossy"),
    ),
    Breakage(
        "the controller lets fenced brokers in",
        _CONTROLLER + "alter_partition",
        "if broker is None or not broker.active or epoch not in (_UNKNOWN_EPOCH, broker.epoch):",
        "if broker is None:",
    ),
    Breakage(
        "any answer of the controller counts for the change under way",
        _REPLICATION + "machine",
        "self.leadership.proposed is proposal and not self.is_removed",
        "True",
        ("lossy", "unheard"),
    ),
    Breakage(
        "an answer from an older partition epoch is applied",
        _REPLICATION + "leading",
        "        and event.partition_epoch >= machine.partition_epoch",
        "        and True",
        held_by="replication/test_isr_changes.py",
    ),
    Breakage(
        "the controller takes changes from an older partition epoch",
        _CONTROLLER + "alter_partition",
        "    if proposal.partition_epoch < partition.partition_epoch:",
        "    if False:",
    ),
    Breakage(
        "the controller takes changes from an older leader epoch",
        _CONTROLLER + "alter_partition",
        "    if proposal.leader_epoch < partition.leader_epoch:",
        "    if False:",
        held_by="controller/test_alter_partition.py",
    ),
    # Epochs
    Breakage(
        "readers of another leader epoch are served",
        _REPLICATION + "reading",
        "    if current_leader_epoch >= 0:\n        check_leader_epoch",
        "    if False:\n        check_leader_epoch",
        ("cut_off",),
    ),
    Breakage(
        "what a leader of another epoch sent is appended",
        _REPLICATION + "machine",
        "            and self.leader_epoch == leader_epoch\n",
        "            and True\n",
        held_by="replication/test_machine.py",
    ),
    Breakage(
        "a new leader does not note where its epoch begins",
        _REPLICATION + "partition",
        "                self.log.leader_epochs.assign(effect.leader_epoch, effect.start_offset)",
        "                pass",
        held_by="replication/test_effects.py",
    ),
    Breakage(
        "a new leader takes its whole log for committed",
        _REPLICATION + "machine",
        "                high_watermark=min(max(self.high_watermark, log.log_start_offset), end),",
        "                high_watermark=end,",
    ),
    Breakage(
        "metadata older than what is known is followed",
        _REPLICATION + "machine",
        "        if event.partition_epoch < self.partition_epoch:\n            return NOTHING\n        effects: list",
        "        if False:\n            return NOTHING\n        effects: list",
        ("lossy", "unheard"),
    ),
    # Following
    Breakage(
        "a follower's high watermark may pass its log's end",
        _REPLICATION + "machine",
        "        new = max(min(known, log.log_end_offset), log.log_start_offset)",
        "        new = max(known, log.log_start_offset)",
    ),
    Breakage(
        "a cut leaves the high watermark where it was",
        _REPLICATION + "machine",
        "                self.keep_high_watermark(self._saved_high_watermark)",
        "                pass",
    ),
    Breakage(
        "a follower begins by cutting to its high watermark",
        _REPLICATION + "following",
        "    if machine.leadership is None and log.leader_epochs.latest_epoch is None:",
        "    if machine.leadership is None:",
    ),
    Breakage(
        "a log that diverged is cut to the high watermark",
        _REPLICATION + "following",
        "        return (CutLog(end),)",
        "        return (CutLog(machine.high_watermark),)",
        held_by="replication/test_leader_following.py",
    ),
    Breakage(
        "a log that diverged is cut where the leader's epoch ends, whatever ours was",
        _REPLICATION + "log_agreement",
        "    if own_epoch != leader_epoch:\n        return min(own_end_offset, log_end_offset)\n"
        "    return min(own_end_offset, leader_end_offset, log_end_offset)",
        "    return min(leader_end_offset, log_end_offset)",
        held_by="replication/test_log_agreement.py",
    ),
    Breakage(
        "a log that diverged is not cut",
        _REPLICATION + "following",
        "    if event.diverging_epoch >= 0:",
        "    if False:",
    ),
    Breakage(
        "producers keep what a cut took from them",
        "workbench.storage.log.segmented_log",
        "        self._snapshots.remove_outside(self.log_start_offset, end_offset)\n        self.producers.clear()\n",
        "        return\n",
        ("deposed",),
    ),
    Breakage(
        "producers are forgotten at a cut",
        "workbench.storage.log.segmented_log",
        "        self._snapshots.remove_outside(self.log_start_offset, end_offset)\n        self.producers.clear()\n",
        "        return self.producers.clear()\n",
        ("deposed",),
    ),
    # Elections
    Breakage(
        "an unclean election without leave",
        _CONTROLLER + "partition_change",
        "        if self.election is Election.UNCLEAN:\n            for",
        "        if True:\n            for",
    ),
    Breakage(
        "a leader from outside the in-sync set",
        _CONTROLLER + "partition_change",
        "        eligible = replica in self.isr or (not self.isr and replica in self._elr)",
        "        eligible = True",
    ),
    Breakage(
        "a leader that is fenced",
        _CONTROLLER + "partition_change",
        "        return eligible and self._is_acceptable_leader(replica)",
        "        return eligible",
    ),
    Breakage(
        "another leader in the same epoch",
        "workbench.embedded_broker.metadata.partition_registration",
        "leader_epoch=self.leader_epoch + 1 if changes_leader else self.leader_epoch,",
        "leader_epoch=self.leader_epoch,",
    ),
    Breakage(
        "a change leaves the partition epoch as it was",
        "workbench.embedded_broker.metadata.partition_registration",
        "partition_epoch=self.partition_epoch + 1,",
        "partition_epoch=self.partition_epoch,",
    ),
    Breakage(
        "a broker that is fenced stays in sync",
        _CONTROLLER + "leader_updates",
        "        *leader_and_isr_updates(state, partitions_with_in_isr(state, broker.id), remove=broker.id),\n"
        "        BrokerRegistrationChangeRecord(broker_id=broker.id, broker_epoch=broker.epoch, fenced=FENCE),",
        "        BrokerRegistrationChangeRecord(broker_id=broker.id, broker_epoch=broker.epoch, fenced=FENCE),",
    ),
    Breakage(
        "who died uncleanly is taken for complete (KIP-966)",
        _CONTROLLER + "brokers",
        "        clean = version >= _CLEAN_SHUTDOWN_TOLD_SINCE and stored_epoch == request.previous_broker_epoch",
        "        clean = True",
    ),
    Breakage(
        "who died uncleanly stays eligible (KIP-966)",
        _CONTROLLER + "partition_change",
        "        self._elr = sorted(candidates - set(self.isr) - self.unclean_shutdown_replicas)",
        "        self._elr = sorted(candidates - set(self.isr))",
    ),
)


def _of(module: str) -> ModuleType:
    return importlib.import_module(module)


def changed_text(breakage: Breakage) -> str:
    """Raises ValueError where the line is not there, once."""
    text = getsource(_of(breakage.module))
    if text.count(breakage.old) != 1:
        raise ValueError(f"{breakage.name}: {breakage.old!r} is {text.count(breakage.old)} times in {breakage.module}")
    return text.replace(breakage.old, breakage.new)


def _compiled(text: str) -> CodeType:
    code: CodeType = compile(text, "breakage", "exec", dont_inherit=True)
    return code


def _functions(code: CodeType) -> Iterator[CodeType]:
    """The functions of a module and of its classes, without those inside functions."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and not constant.co_name.startswith("<"):
            if constant.co_flags & CO_OPTIMIZED:
                yield constant
            else:
                yield from _functions(constant)


def _live(module: ModuleType, qualified_name: str) -> FunctionType | None:
    found: Any = module
    for name in qualified_name.split("."):
        found = vars(found).get(name)
        if isinstance(found, property):
            found = found.fget
        elif isinstance(found, staticmethod | classmethod):
            found = found.__func__
    return found if isinstance(found, FunctionType) else None


@contextmanager
def broken(breakage: Breakage) -> Iterator[None]:
    """The program with the breakage in it."""
    module = _of(breakage.module)
    before = {code.co_qualname: code for code in _functions(_compiled(getsource(module)))}
    after = {code.co_qualname: code for code in _functions(_compiled(changed_text(breakage)))}
    changed = {name: code for name, code in after.items() if code != before[name]}
    if not changed:
        raise ValueError(f"{breakage.name} changes no function")
    restored: list[tuple[FunctionType, CodeType]] = []
    try:
        for name, code in changed.items():
            function = _live(module, name)
            if function is None:
                raise ValueError(f"{breakage.name}: {name} is not there any more")
            restored.append((function, function.__code__))
            function.__code__ = code
        yield
    finally:
        for function, code in restored:
            function.__code__ = code


def seed_that_finds(breakage: Breakage, seeds: int) -> tuple[str, str] | None:
    """(seed and scenario, what was found) of the first play that fails; None where `seeds` of each scenario pass."""
    scenarios = [one for one in SCENARIOS if not breakage.shows_in or one.__name__ in breakage.shows_in]
    with broken(breakage):
        for seed in range(seeds):
            for scenario in scenarios:
                try:
                    play(scenario, 50_000_000 + seed)
                except AssertionError as error:
                    lines = str(error).splitlines()
                    return f"{scenario.__name__} {seed}", lines[0]
    return None
