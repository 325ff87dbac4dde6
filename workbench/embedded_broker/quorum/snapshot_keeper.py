"""Writes snapshots of the metadata log, and deletes old ones with the log below them (KIP-630).

Invariants: a snapshot is of committed state at a batch's end; it counts only once its file is complete and durable;
the newest always stays. A snapshot that cannot be written costs nothing but the room it would have saved.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.events import Event, LogPrefixDeleted, SnapshotWritten
from workbench.embedded_broker.quorum.log_picture import LogPicture, Valid, recency
from workbench.embedded_broker.quorum.metadata_log import MetadataLog, MetadataLogConfig
from workbench.embedded_broker.quorum.snapshot_retention import expired_snapshots
from workbench.storage.quorum.snapshot_content import SnapshotContent
from workbench.system.tasks import TaskKeeper

LOG = logging.getLogger(__name__)

CLEANING_PERIOD_S = 60.0


class SnapshotKeeper:
    """`step` gives an event to the machine; `changed` is called when the log's start or its newest snapshot moved."""

    def __init__(
        self,
        log: MetadataLog,
        config: MetadataLogConfig,
        picture: LogPicture,
        step: Callable[[Event], None],
        changed: Callable[[], None],
        now_ms: Callable[[], int],
        tasks: TaskKeeper,
    ) -> None:
        self._log = log
        self._config = config
        self._picture = picture
        self._step = step
        self._changed = changed
        self._now_ms = now_ms
        self._tasks = tasks
        self._writing: set[OffsetAndEpoch] = set()

    def start(self) -> None:
        self._tasks.spawn(self._clean_forever(), "cleaning of the metadata log")

    def write(
        self, snapshot_id: OffsetAndEpoch, timestamp_ms: int, values: Sequence[bytes], committed_offset: int
    ) -> None:
        """Begins to write a snapshot; one that exists or lies below the log's start is passed over.

        Raises ValueError for an id that is not committed or not a batch's end.
        """
        picture = self._picture
        if (
            snapshot_id in picture.snapshots
            or snapshot_id in self._writing
            or snapshot_id.offset < picture.start_offset
        ):
            return
        if snapshot_id.offset > committed_offset:
            raise ValueError(f"{snapshot_id} is not committed: the high watermark is {committed_offset}")
        if not isinstance(picture.validate(snapshot_id.offset, snapshot_id.epoch), Valid):
            raise ValueError(f"{snapshot_id} is not in the log")
        if not self._log.is_batch_end(snapshot_id.offset):
            raise ValueError(f"{snapshot_id} is not the end of a batch")
        last_offset = snapshot_id.offset - 1
        kraft_version = picture.control.kraft_version_at(last_offset)
        voters = picture.control.voters_at(last_offset) if kraft_version >= 1 else None
        content = SnapshotContent(timestamp_ms, tuple(values), kraft_version, voters)
        self._writing.add(snapshot_id)
        self._tasks.spawn(self._write(snapshot_id, content), f"snapshot at {snapshot_id.offset}")

    async def _write(self, snapshot_id: OffsetAndEpoch, content: SnapshotContent) -> None:
        try:
            size_bytes = await asyncio.to_thread(self._log.write_snapshot_file, snapshot_id, content)
        except OSError as error:
            LOG.error("snapshot at %s could not be written: %s", snapshot_id.offset, error)
            return
        finally:
            self._writing.discard(snapshot_id)
        self._step(SnapshotWritten(snapshot_id, size_bytes))
        self._changed()
        self.clean()

    async def _clean_forever(self) -> None:
        while True:
            await asyncio.sleep(CLEANING_PERIOD_S)
            self.clean()
            await asyncio.to_thread(self._log.remove_deleted)

    def clean(self) -> None:
        """Deletes what the settings no longer let stay."""
        picture = self._picture
        expired = expired_snapshots(
            picture.snapshots,
            log_size_bytes=self._log.size_bytes,
            config=self._config,
            timestamp_ms=self._log.snapshot_timestamp_ms,
            now_ms=self._now_ms(),
        )
        if not expired:
            return
        oldest_kept = min((known for known in picture.snapshots if known not in expired), key=recency)
        self._log.delete_before(oldest_kept, expired)
        self._step(LogPrefixDeleted(oldest_kept.offset))
        self._changed()
