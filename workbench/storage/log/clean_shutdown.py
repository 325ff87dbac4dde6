"""`.kafka_cleanshutdown`: the marker that lets the next start skip recovery, with the broker's last epoch (KIP-966).

Invariant: it exists only between a clean stop and the next start, which removes it before it opens any log, so that a
crash while loading is not taken for a clean stop.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress

from workbench.storage.log.file_names import CLEAN_SHUTDOWN
from workbench.system.disk import Disk

UNKNOWN_BROKER_EPOCH = -1


def take_clean_shutdown_marker(disk: Disk, directory: str) -> tuple[bool, int]:
    """Whether the last stop was clean, and the broker's epoch then (-1 if unknown). Removes the marker."""
    path = os.path.join(directory, CLEAN_SHUTDOWN)  # noqa: PTH118
    try:
        data = disk.read_file(path)
        disk.remove(path)
    except FileNotFoundError:
        data = None
    # Also where there is none: a process that died here may have removed it without its removal being durable.
    disk.sync_directory(directory)
    if data is None:
        return False, UNKNOWN_BROKER_EPOCH
    epoch = UNKNOWN_BROKER_EPOCH
    with suppress(ValueError, KeyError, TypeError):
        epoch = int(json.loads(data)["brokerEpoch"])
    return True, epoch


def write_clean_shutdown_marker(disk: Disk, directory: str, broker_epoch: int) -> None:
    """Written last, after every log is durable. Raises OSError."""
    content = json.dumps({"version": 0, "brokerEpoch": broker_epoch}, separators=(",", ":"))
    disk.write_file(os.path.join(directory, CLEAN_SHUTDOWN), content.encode(), sync=True)  # noqa: PTH118
    disk.sync_directory(directory)
