"""Clients that join, fail, fall silent and leave, against a coordinator whose log fails and which moves.

Each seed is a run of its own; a failing one is named by the test. Invariants are checked after every step, and at the
end, when faults have ceased and everybody behaves, the group has to be stable with all living members.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.group_play import GroupPlay
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.rebalance import DEAD, PREPARING, STABLE
from workbench.wire.error_codes import ErrorCode

SESSION_MS = 6_000
REBALANCE_MS = 9_000
RETRY = {
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_COORDINATOR,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.UNKNOWN_SERVER_ERROR,
}


class Client:
    """A consumer as the classic protocol wants it; `instance` makes it static."""

    def __init__(self, simulation: Simulation, name: str, instance: str | None) -> None:
        self.simulation = simulation
        self.name = name
        self.instance = instance
        self.member_id = ""
        self.generation = -1
        self.waiting: str | None = None
        self.asked_in = 0
        """The coordinator that was asked; only that one answers."""
        self.is_in = False
        self.is_alive = True
        self.protocols = {"range": b"range", "sticky": b"sticky"}

    def step(self) -> None:
        """The next thing a client does: look at an answer, join, or live on."""
        play = self.simulation.play
        if self.waiting is not None:
            if self.waiting in play.answers:
                ticket, self.waiting = self.waiting, None
                (self._joined if ticket.startswith("join") else self._synced)(play.answers[ticket])
        elif not self.is_in:
            self.asked_in = self.simulation.term
            self.waiting = play.join(
                self.name,
                self.member_id,
                instance=self.instance,
                protocols=self.protocols,
                session_ms=SESSION_MS,
                rebalance_ms=REBALANCE_MS,
            )
        else:
            code = play.heartbeat(self.member_id, self.generation, instance=self.instance)
            if code is not None and code not in RETRY | {ErrorCode.NONE}:
                self._leave_generation(code)

    def commit(self) -> None:
        if self.is_in:
            self.simulation.commit(self)

    def _joined(self, told: Any) -> None:
        code = ErrorCode(told.error_code)
        if code is ErrorCode.NONE:
            self.member_id, self.generation = told.member_id, told.generation_id
            self.simulation.note_join(told, self.asked_in)
            assignments = {member.member_id: f"{told.generation_id}:{member.member_id}" for member in told.members}
            if told.skip_assignment or told.leader != told.member_id:
                assignments = {}
            self.waiting = self.simulation.play.sync(
                self.member_id,
                self.generation,
                {member: text.encode() for member, text in assignments.items()},
                instance=self.instance,
                protocol_name=told.protocol_name,
            )
        elif code is ErrorCode.MEMBER_ID_REQUIRED:
            self.member_id = told.member_id
        elif code not in RETRY:
            self._leave_generation(code)

    def _synced(self, told: Any) -> None:
        code = ErrorCode(told.error_code)
        if code is ErrorCode.NONE:
            self.is_in = True
            self.simulation.note_assignment(self, told.assignment)
        elif code not in RETRY:
            self._leave_generation(code)

    def _leave_generation(self, code: ErrorCode) -> None:
        self.is_in = False
        if code in (ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.FENCED_INSTANCE_ID):
            self.member_id = ""
        assert code in (
            ErrorCode.REBALANCE_IN_PROGRESS,
            ErrorCode.ILLEGAL_GENERATION,
            ErrorCode.UNKNOWN_MEMBER_ID,
            ErrorCode.FENCED_INSTANCE_ID,
            # A coordinator that took over knows of each member only the protocol that was chosen.
            ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
        ), code


class Simulation:
    """One seed's run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.play = GroupPlay(group_initial_rebalance_delay_ms=self.random.choice((0, 2_000)))
        self.clients = [
            Client(self, f"c{number}", f"static-{number}" if self.random.random() < 0.3 else None)
            for number in range(self.random.randint(1, 5))
        ]
        self.protocols: dict[tuple[int, int, str], str] = {}
        """Chosen protocol by coordinator, generation and leader."""
        self.term = 0
        """Counts coordinators: what one of them had not written the next does not know, and may decide otherwise."""
        self.acknowledged: dict[str, int] = {}
        self.attempted: dict[str, set[int]] = {}
        self._next_offset = 0

    # what clients tell

    def note_join(self, told: Any, term: int) -> None:
        """All members of a generation hear of the same protocol; a leader that is told the members is one of them."""
        key = (term, told.generation_id, told.leader)
        assert self.protocols.setdefault(key, told.protocol_name) == told.protocol_name
        if told.members:
            assert told.member_id == told.leader
            assert told.leader in {member.member_id for member in told.members}

    def note_assignment(self, client: Client, assignment: bytes) -> None:
        """A dynamic member gets what the leader of its very generation assigned to it, or nothing."""
        if assignment and client.instance is None:
            assert assignment == f"{client.generation}:{client.member_id}".encode()

    def commit(self, client: Client) -> None:
        self._next_offset += 1
        offset = self._next_offset
        self.attempted.setdefault(client.name, set()).add(offset)
        told = self.play.commit(
            {(client.name, 0): offset}, member=client.member_id, generation=client.generation, instance=client.instance
        )
        if told == [ErrorCode.NONE]:
            self.acknowledged[client.name] = offset
        elif told not in ({}, ErrorCode.REQUEST_TIMED_OUT):
            # Refused, or not appended: it may never be seen. One that only was not replicated in time may be.
            self.attempted[client.name].discard(offset)

    # what happens

    def fault(self) -> None:
        happening: Callable[[], Any] = self.random.choice(
            (
                self._toggle_append_errors,
                self._toggle_replication,
                self._fail_over,
                self._silence,
                self._return,
                self._change_protocols,
                self._leave,
            )
        )
        happening()

    def _toggle_append_errors(self) -> None:
        errors = (None, None, ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.MESSAGE_TOO_LARGE)
        self.play.logs.append_error = self.random.choice(errors)

    def _toggle_replication(self) -> None:
        self.play.logs.replicates_at_once = not self.play.logs.replicates_at_once
        if 0 in self.play.logs.partitions:
            self.play.logs.commit(0)

    def _fail_over(self) -> None:
        if 0 in self.play.logs.partitions:
            self.play.logs.commit(0)
        self.term += 1
        self.play.failover()

    def _silence(self) -> None:
        self.random.choice(self.clients).is_alive = False

    def _return(self) -> None:
        """A process starts again: the same name and instance, no memory of its member id."""
        client = self.random.choice(self.clients)
        client.is_alive, client.is_in, client.member_id, client.waiting = True, False, "", None

    def _change_protocols(self) -> None:
        client = self.random.choice(self.clients)
        names = self.random.choice((["range", "sticky"], ["sticky", "range"], ["range"]))
        client.protocols = {name: bytes([self.random.randrange(3)]) for name in names}
        client.is_in = False

    def _leave(self) -> None:
        client = self.random.choice(self.clients)
        if client.is_in and client.instance is None:
            self.play.leave((client.member_id, None))
            client.is_in, client.member_id, client.waiting = False, "", None

    # what always holds

    def check(self) -> None:
        group = self.play.group()
        if group is None:
            return
        assert isinstance(group, ClassicGroup)
        members = group.members.values()
        assert group.awaiting_join_count == sum(member.awaiting_join is not None for member in members)
        assert group.static_members == {m.group_instance_id: m.member_id for m in members if m.group_instance_id}
        assert group.leader_id is None or group.leader_id in group.members or group.is_empty
        assert not group.is_in(DEAD)
        if not group.is_in(PREPARING):
            assert group.awaiting_join_count == 0 or any(member.is_static for member in members)
        if group.is_in(STABLE):
            assert all(member.awaiting_sync is None for member in members)

    def check_offsets(self) -> None:
        """The last acknowledged offset is there, or one that was tried after it."""
        told = self.play.fetch(is_stable=True)
        for name, offset in self.acknowledged.items():
            found = told[name, 0]
            assert isinstance(found, int)
            assert found in self.attempted[name]
            assert found >= offset

    # the run

    def run(self) -> None:
        for _ in range(150):
            for client in self.random.sample(self.clients, len(self.clients)):
                if client.is_alive and self.random.random() < 0.8:
                    client.step()
                    self.check()
                if client.is_alive and self.random.random() < 0.2:
                    client.commit()
            if self.random.random() < 0.15:
                self.fault()
                self.check()
            if self.play.logs.replicates_at_once:
                self.check_offsets()
            self.play.scheduler.advance(self.random.choice((10, 100, 1_000, 3_000)))
            self.check()
        self._calm()

    def _calm(self) -> None:
        self.play.logs.append_error = None
        self.play.logs.replicates_at_once = True
        if 0 in self.play.logs.partitions:
            self.play.logs.commit(0)
        for client in self.clients:
            client.is_alive, client.is_in = True, False
            client.protocols = {"range": b"range"}
        for _ in range(120):
            for client in self.clients:
                client.step()
            self.play.scheduler.advance(500)
            self.check()
        assert self.play.state() == "Stable"
        assert all(client.is_in for client in self.clients)
        assert set(self.play.group().members) == {client.member_id for client in self.clients}
        self.check_offsets()
        self.play.failover()
        self.check_offsets()
        assert all(
            self.play.heartbeat(client.member_id, client.generation) is ErrorCode.NONE for client in self.clients
        )


@pytest.mark.parametrize("seed", range(60))
def test_a_sample_of_runs(seed: int) -> None:
    Simulation(seed).run()


@pytest.mark.slow
def test_many_runs() -> None:
    for seed in range(1_000, 1_300):
        Simulation(seed).run()
