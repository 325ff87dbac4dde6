"""Drivers on real directories, joined by peers that speak the protocol's bytes but need no sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.contract import CommittedBatch, LeaderAndEpoch, LoadedSnapshot
from workbench.embedded_broker.quorum.driver import QuorumDriver
from workbench.embedded_broker.quorum.effects import Node
from workbench.embedded_broker.quorum.messages import Reply, Request
from workbench.embedded_broker.quorum.metadata_log import MetadataLog, MetadataLogConfig
from workbench.embedded_broker.quorum.wire_replies import error_to_wire, reply_from_wire, reply_to_wire
from workbench.embedded_broker.quorum.wire_requests import request_from_wire, request_to_wire
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet
from workbench.system.clock import Clock
from workbench.system.disk import Disk
from workbench.wire.error_codes import ErrorCode

LISTENER = "CONTROLLER"
CLUSTER = "cluster"
QUICK = QuorumConfig(election_timeout_ms=60, fetch_timeout_ms=400, request_timeout_ms=400, election_backoff_max_ms=60)


class Recorder:
    """A user of the metadata log that remembers what it was told."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.next_offset = 0
        self.snapshots: list[LoadedSnapshot] = []
        self.leaders: list[LeaderAndEpoch] = []
        self._changed = asyncio.Event()

    def handle_commit(self, batches: Sequence[CommittedBatch]) -> None:
        for batch in batches:
            assert batch.base_offset == self.next_offset
            self.next_offset = batch.last_offset + 1
            self.values += batch.values
        self._changed.set()

    def handle_load_snapshot(self, snapshot: LoadedSnapshot) -> None:
        self.snapshots.append(snapshot)
        self.values = list(snapshot.values)
        self.next_offset = snapshot.snapshot_id.offset
        self._changed.set()

    def handle_leader_change(self, leader: LeaderAndEpoch) -> None:
        self.leaders.append(leader)
        self._changed.set()

    async def until(self, holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


class DirectPeers:
    """Hands requests to other drivers of the same test through encoded messages; `cut` names whom it cannot reach."""

    def __init__(self, drivers: dict[int, QuorumDriver], own_id: int) -> None:
        self._drivers = drivers
        self._own_id = own_id
        self.cut: set[int] = set()

    async def exchange(self, to: Node, request: Request) -> Reply | ErrorCode:
        target = self._drivers.get(to.port)
        if target is None or to.port in self.cut:
            await asyncio.sleep(0.01)
            return ErrorCode.BROKER_NOT_AVAILABLE
        message = request_to_wire(request, CLUSTER, 400)
        version = message.VERSIONS[1]
        asked, _ = type(message).decode(message.encode(version), version)
        wanted = request_from_wire(asked, version, CLUSTER)
        if isinstance(wanted, ErrorCode):
            response = error_to_wire(asked, wanted)
        else:
            try:
                reply, data = await target.ask(wanted)
            except asyncio.CancelledError:
                return ErrorCode.BROKER_NOT_AVAILABLE
            response = reply_to_wire(reply, asked, version, LISTENER, data)
        if to.port in self.cut:
            return ErrorCode.BROKER_NOT_AVAILABLE
        got, _ = type(response).decode(response.encode(version), version)
        return reply_from_wire(got, LISTENER)

    async def close(self) -> None:
        """Nothing is open."""


def endpoint(node_id: int) -> Endpoint:
    return Endpoint.of(LISTENER, "node", node_id)


class Drivers:
    """The members of one quorum below a directory."""

    def __init__(self, directory: Path, *voters: int, disk: Disk | None = None) -> None:
        self.directory = directory
        self.voters = voters
        self.running: dict[int, QuorumDriver] = {}
        self.recorders: dict[int, Recorder] = {}
        self.peers: dict[int, DirectPeers] = {}
        self.failures: list[Exception] = []
        self._disk = disk or Disk()

    async def start(self, node_id: int, log_config: MetadataLogConfig | None = None) -> QuorumDriver:
        chosen = log_config or MetadataLogConfig()
        static = VoterSet.of(VoterNode(ReplicaKey(voter), (endpoint(voter),)) for voter in self.voters)
        log_dir = str(self.directory / f"d{node_id}")
        self._disk.make_directory(log_dir)
        peers = self.peers[node_id] = DirectPeers(self.running, node_id)
        driver = QuorumDriver(
            local=LocalReplica(ReplicaKey(node_id, bytes([node_id]) * 16), (endpoint(node_id),), LISTENER),
            config=QUICK,
            log=MetadataLog.open(log_dir, chosen, disk=self._disk, clock=Clock()),
            log_config=chosen,
            static_voters=static,
            bootstrap_servers=[("node", voter) for voter in self.voters],
            peers=peers,
            clock=Clock(),
            random=Random(node_id),
            on_failure=self.failures.append,
        )
        self.running[node_id] = driver
        recorder = self.recorders[node_id] = Recorder()
        driver.register(recorder)
        await driver.start()
        return driver

    async def stop(self, node_id: int) -> None:
        await self.running.pop(node_id).stop(timeout_s=0.5)

    async def stop_all(self) -> None:
        for node_id in list(self.running):
            await self.stop(node_id)

    async def leader(self) -> QuorumDriver:
        """Waits for a leader whose controller may act."""
        found: list[QuorumDriver] = []

        def look() -> bool:
            found[:] = [
                driver
                for node_id, driver in self.running.items()
                if self.recorders[node_id].leaders[-1:] == [LeaderAndEpoch(node_id, driver.leader_and_epoch.epoch)]
            ]
            return bool(found)

        async with asyncio.timeout(15):
            while not look():
                await asyncio.sleep(0.005)
        return found[0]
