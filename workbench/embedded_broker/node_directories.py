"""The log directories of one node: locked and checked, their logs opened, marked as clean when they are closed.

Invariants: all directories belong to this node and to one cluster; a directory is marked clean only after its logs
were opened and nothing failed since.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.storage.log.errors import LogError
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.log.meta_properties import MetaProperties
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.image import MetadataImage
    from workbench.embedded_broker.settings import BrokerSettings

log = logging.getLogger("workbench.broker")

_FORMAT_REMEDY = "Format it first: workbench storage format -t CLUSTER_ID -c FILE."


def _meta(directory: LogDirectory) -> MetaProperties:
    assert directory.meta is not None
    return directory.meta


class NodeDirectories:
    """Every log.dir of a node, in the order of its settings."""

    def __init__(self, settings: BrokerSettings, disk: Disk) -> None:
        self._settings = settings
        self._disk = disk
        self.opened: list[LogDirectory] = []
        self.offline: list[str] = []
        """Paths of directories that could not be opened or have failed since."""
        self.logs_loaded = False

    def open(self) -> None:
        """Takes the locks. Raises KnownError for a directory that is taken or another node's.

        One of several that is missing, damaged or cannot be read is told in `offline`, and the node goes on with the
        others (KIP-112); the one with the metadata log it cannot do without.
        """
        settings = self._settings
        for path in settings.log_directories:
            optional = len(settings.log_directories) > 1 and path != settings.metadata_log_directory
            try:
                if not self._disk.is_directory(str(path)):
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
                self.opened.append(LogDirectory(str(path), disk=self._disk, require_meta=True))
            except OSError as error:
                if optional:
                    log.error("Log directory %s is offline: %s", path, error.strerror or error)
                    self.offline.append(str(path))
                    continue
                if isinstance(error, FileNotFoundError):
                    raise KnownError(f"There is no directory {path}.", _FORMAT_REMEDY) from error
                raise KnownError(
                    f"Log directory {path} cannot be used: {error.strerror or error}.",
                    "See whether its disk works and whether this user may read and write there.",
                ) from error
            except LogError as error:
                if optional:
                    log.error("Log directory %s is offline: %s", path, error)
                    self.offline.append(str(path))
                    continue
                raise KnownError(
                    f"{error}.",
                    "Write the file again with version=1, and the cluster.id, node.id and directory.id of this node.",
                ) from error
        node_id = self._settings.node_id
        for directory in self.opened:
            owner = _meta(directory).node_id
            if owner != node_id:
                raise KnownError(
                    f"{directory.path} belongs to node {owner}, not to node {node_id}.",
                    f"Set node.id to {owner}, or give this node a directory of its own.",
                )
        clusters = {_meta(directory).cluster_id for directory in self.opened}
        if len(clusters) > 1:
            raise KnownError(
                f"The log directories belong to different clusters: {', '.join(sorted(clusters))}.",
                "Give each node directories of one cluster only.",
            )

    @property
    def cluster_id(self) -> str:
        return _meta(self.opened[0]).cluster_id

    @property
    def metadata_directory(self) -> LogDirectory:
        """The one that holds `__cluster_metadata`."""
        wanted = self._settings.metadata_log_directory
        return next((each for each in self.opened if Path(each.path) == wanted), self.opened[0])

    @property
    def were_clean(self) -> bool:
        return all(directory.was_clean for directory in self.opened)

    @property
    def previous_epoch(self) -> int:
        """The broker epoch of the last life where it ended cleanly in every directory, else -1 (KIP-966)."""
        epochs = {directory.previous_broker_epoch for directory in self.opened}
        return epochs.pop() if len(epochs) == 1 else -1

    async def load_logs(
        self, image: MetadataImage, topic_config: Callable[[MetadataImage, str], LogConfig], now_ms: Callable[[], int]
    ) -> None:
        """Opens every partition of every directory; those the metadata does not place here are set aside as stray."""

        def load() -> None:
            for directory in self.opened:
                directory.load_logs(lambda topic: topic_config(image, topic), now_ms=now_ms())
                for (topic, index), partition_log in list(directory.logs.items()):
                    if not self._belongs(image, topic, index, partition_log.topic_id):
                        log.warning("%s-%d is not of this cluster's present topics: set aside as stray", topic, index)
                        directory.mark_stray(topic, index, now_ms=now_ms())

        await asyncio.to_thread(load)
        for directory in self.opened:
            for key, error in directory.failures.items():
                log.error("%s-%d cannot be opened: %s", *key, error)
            for report in directory.reports:
                log.warning(
                    "%s: bytes %d to %d %s (%s)",
                    report.file,
                    report.position,
                    report.position + report.size_bytes,
                    report.action,
                    report.reason,
                )
        self.logs_loaded = True

    def _belongs(self, image: MetadataImage, topic: str, index: int, topic_id: bytes | None) -> bool:
        known = image.topics.by_name.get(topic)
        if known is None or (topic_id is not None and known.id != topic_id):
            return False
        registration = known.partitions.get(index)
        return registration is not None and self._settings.node_id in registration.replicas

    def give_up(self, directory: LogDirectory) -> None:
        """A directory failed: it is neither written to nor marked clean any more."""
        self.opened.remove(directory)
        self.offline.append(directory.path)

    def close(self, high_watermarks: Mapping[tuple[str, int], int] | None, *, clean: bool, broker_epoch: int) -> None:
        """Writes the checkpoints and, where the end is `clean`, the mark that says so. Gives the locks up."""
        clean = clean and self.logs_loaded
        for directory in self.opened:
            if clean and high_watermarks is not None:
                marks = {key: offset for key, offset in high_watermarks.items() if key in directory.logs}
                directory.checkpoint_high_watermarks(marks)
            directory.close(clean=clean, broker_epoch=broker_epoch)
