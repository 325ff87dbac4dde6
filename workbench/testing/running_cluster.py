"""An embedded cluster held by a program without an event loop of its own, a test above all.

    with RunningCluster(folder) as cluster:
        print(cluster.bootstrap)
        cluster.kill_broker(1)
        cluster.start_broker(1)

Invariants: the cluster's event loop runs in a thread of its own and every method waits for its result; leaving the
`with` block stops every broker and the thread, whatever happened in it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from workbench.cluster.broker_handle import BrokerHandle
from workbench.cluster.policy import NEVER_RESTART, BrokerPhase, RestartPolicy
from workbench.cluster.supervisor import LocalCluster

Result = TypeVar("Result")

DEFAULT_TIMEOUT_S = 60.0


class RunningCluster:
    """A cluster in `folder`, started by `start` or by entering the `with` block.

    `port` 0 takes any free ports; `settings` are broker settings by Kafka's names. A broker that dies stays dead unless
    `policy` says otherwise, because a test wants to see what follows.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brokers: int = 1,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        policy: RestartPolicy = NEVER_RESTART,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self.folder = folder
        self._brokers = brokers
        self._port = port
        self._settings = dict(settings or {})
        self._policy = policy
        self._timeout_s = timeout_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._cluster: LocalCluster | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def bootstrap(self) -> str:
        """`bootstrap.servers` for clients."""
        return self._opened().bootstrap

    @property
    def pids(self) -> dict[int, int]:
        """The process ids of the brokers that run, by node id."""
        return self._opened().pids

    def directory(self, node_id: int) -> Path:
        """The (first) log directory of a broker, which also holds its server.properties."""
        return self._handle(node_id).directories[0]

    def properties_path(self, node_id: int) -> Path:
        """A broker's server.properties."""
        return self._handle(node_id).properties_path

    def log_text(self, node_id: int) -> str:
        """What a broker has logged, newest last."""
        return "\n".join(line.text for line in self._handle(node_id).log_lines)

    def start(self) -> None:
        """Starts the cluster, or what of it is stopped; KnownError where it cannot start."""
        if self._cluster is None:
            self._open()
        try:
            self._wait(self._opened().start())
        except BaseException:
            if not self.pids:
                self.close()
            raise

    def stop(self) -> None:
        """Stops every broker cleanly; `start` starts them again on their data."""
        self._wait(self._opened().stop())

    def close(self) -> None:
        """Stops everything and gives the folder up; `start` opens it again."""
        cluster, self._cluster = self._cluster, None
        loop, thread = self._loop, self._thread
        if cluster is None or loop is None or thread is None:
            return
        try:
            self._wait(cluster.close())
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(self._timeout_s)
            self._loop = self._thread = None

    def start_broker(self, node_id: int) -> None:
        """Starts a broker and waits until it serves clients."""
        self._wait(self._handle(node_id).start())

    def stop_broker(self, node_id: int) -> None:
        """Stops a broker cleanly."""
        self._wait(self._handle(node_id).stop())

    def kill_broker(self, node_id: int) -> None:
        """Ends a broker's process at once, as `kill -9` does."""
        self._wait(self._handle(node_id).kill())

    def pause_broker(self, node_id: int) -> None:
        """Makes a broker's process stand still."""
        self._call(self._handle(node_id).pause)

    def resume_broker(self, node_id: int) -> None:
        """Lets a paused broker go on."""
        self._call(self._handle(node_id).resume)

    def phase(self, node_id: int) -> BrokerPhase:
        """Where a broker's process stands."""
        return self._handle(node_id).phase

    def _open(self) -> None:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run, args=(loop,), name="embedded cluster", daemon=True)
        thread.start()
        self._loop, self._thread = loop, thread

        async def make() -> LocalCluster:
            return LocalCluster.open(
                self.folder, brokers=self._brokers, port=self._port, settings=self._settings, policy=self._policy
            )

        try:
            self._cluster = self._wait(make())
        except BaseException:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(self._timeout_s)
            self._loop = self._thread = None
            raise

    def _opened(self) -> LocalCluster:
        if self._cluster is None:
            raise RuntimeError("the cluster is not started")
        return self._cluster

    def _handle(self, node_id: int) -> BrokerHandle:
        return self._opened().brokers[node_id]

    def _wait(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        if self._loop is None:
            coroutine.close()
            raise RuntimeError("the cluster is not started")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(self._timeout_s)

    def _call(self, function: Any) -> None:
        async def run() -> None:
            function()

        self._wait(run())


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
