"""What a broker writes down and clears away now and then: checkpoints, fsyncs of closed segments, deleted files.

Nothing is written where nothing changed, so an idle broker leaves the disk alone. Source: kafka.log.LogManager.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.replica_manager import ReplicaManager
    from workbench.embedded_broker.settings import BrokerSettings
    from workbench.storage.log.log_directory import LogDirectory
    from workbench.system.tasks import TaskKeeper

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 5.0
DELETE_EVERY_S = 10.0
EXPIRE_PRODUCERS_EVERY_S = 600.0


class Housekeeping:
    """Timers of one broker; all file work but the small checkpoints runs in worker threads, one piece at a time."""

    def __init__(
        self,
        replicas: ReplicaManager,
        settings: BrokerSettings,
        tasks: TaskKeeper,
        directory_failed: Callable[[LogDirectory, OSError], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._replicas = replicas
        self._tasks = tasks
        self._directory_failed = directory_failed
        self._now_ms = now_ms
        self._high_watermarks_every_s = settings.integer("replica.high.watermark.checkpoint.interval.ms") / 1000
        self._offsets_every_s = settings.integer("log.flush.offset.checkpoint.interval.ms") / 1000
        self._shrink_every_s = settings.integer("replica.lag.time.max.ms") / 2000
        self._delete_delay_ms = 60_000
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._written: dict[tuple[str, str], object] = {}
        self._disk_lock = asyncio.Lock()

    def start(self) -> None:
        self._every(self._high_watermarks_every_s, "high watermarks", self._replicas.checkpoint_high_watermarks)
        self._every(self._shrink_every_s, "in-sync sets", lambda: self._replicas.shrink_in_sync_sets(self._now_ms()))
        self._every(EXPIRE_PRODUCERS_EVERY_S, "producers", self._expire_producers)
        self._every(FLUSH_EVERY_S, "closed segments", self._flush_rolled)
        self._every(self._offsets_every_s, "offsets", lambda: self._in_thread("offsets", self._checkpoint_offsets))
        self._every(DELETE_EVERY_S, "deleted files", lambda: self._in_thread("deleted files", self._remove_deleted))

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _flush_rolled(self) -> None:
        # While thousands of partitions are made, syncing them would only hold up the rest.
        if not self._replicas.is_behind:
            self._in_thread("closed segments", _flush_rolled)

    def _expire_producers(self) -> None:
        for directory in self._replicas.directories:
            for partition_log in directory.logs.values():
                partition_log.producers.remove_expired(self._now_ms())

    def _every(self, interval_s: float, name: str, work: Callable[[], None]) -> None:
        def run() -> None:
            work()
            self._timers[name] = loop.call_later(interval_s, run)

        loop = asyncio.get_running_loop()
        self._timers[name] = loop.call_later(interval_s, run)

    def _in_thread(self, name: str, work: Callable[[LogDirectory], None]) -> None:
        self._tasks.spawn(self._run(work), f"housekeeping: {name}")

    async def _run(self, work: Callable[[LogDirectory], None]) -> None:
        async with self._disk_lock:
            for directory in list(self._replicas.directories):
                try:
                    await asyncio.to_thread(work, directory)
                except OSError as error:
                    self._directory_failed(directory, error)

    def _checkpoint_offsets(self, directory: LogDirectory) -> None:
        points = {key: partition_log.recovery_point for key, partition_log in list(directory.logs.items())}
        if self._changed(directory, "recovery points", points):
            directory.checkpoint_recovery_points()
        starts = {key: partition_log.log_start_offset for key, partition_log in list(directory.logs.items())}
        if self._changed(directory, "log starts", starts):
            directory.checkpoint_log_start_offsets()

    def _changed(self, directory: LogDirectory, what: str, state: object) -> bool:
        key = (directory.path, what)
        if self._written.get(key) == state:
            return False
        self._written[key] = state
        return True

    def _remove_deleted(self, directory: LogDirectory) -> None:
        if directory.deleted_directories:
            directory.remove_deleted(before_ms=self._now_ms() - self._delete_delay_ms)


def _flush_rolled(directory: LogDirectory) -> None:
    directory.flush_rolled()
