"""The folder of one embedded cluster: whose it is and who is using it.

Invariants: a folder with other content and no `cluster.json` is never written to; while a `ClusterFolder` is locked no
other process can lock it.
"""

from __future__ import annotations

from pathlib import Path

from workbench.cluster.replacement import INCOMING, REPLACED, finish_replacement
from workbench.cluster.spec import SPEC_FILE_NAME, ClusterSpec, load_spec
from workbench.system.file_lock import FileLock
from workbench.system.known_error import KnownError

LOCK_FILE_NAME = ".workbench.lock"
_OURS_WITHOUT_A_SPEC = {LOCK_FILE_NAME, SPEC_FILE_NAME + ".tmp", "copies", "logs", "running.json", INCOMING, REPLACED}
"""What a crash before the spec was written, or wiping the cluster, can leave."""


class ClusterFolder:
    """A locked folder and the spec found in it (None in a new one); made by `lock`."""

    def __init__(self, path: Path, spec: ClusterSpec | None, lock: FileLock) -> None:
        self.path = path
        self.spec = spec
        self._lock = lock

    @classmethod
    def lock(cls, path: Path) -> ClusterFolder:
        """Makes the folder where it is missing and locks it; KnownError where it is not ours or in use."""
        path = path.absolute()
        try:
            path.mkdir(parents=True, exist_ok=True)
            content = {entry.name for entry in path.iterdir()}
            is_half_way = (path / INCOMING / SPEC_FILE_NAME).exists()
            if SPEC_FILE_NAME not in content and content - _OURS_WITHOUT_A_SPEC and not is_half_way:
                raise KnownError(
                    f"The folder {path} holds other files and no cluster of the workbench.",
                    "Choose an empty folder or a new name.",
                )
            lock = FileLock(path / LOCK_FILE_NAME)
            acquired = lock.try_acquire()
        except OSError as error:
            raise KnownError(
                f"The folder {path} cannot be used: {error.strerror or error}.",
                "Check its permissions, or choose another data folder.",
            ) from error
        if not acquired:
            raise KnownError(
                f"The cluster in {path} is in use by another Kafka workbench.",
                "Close that one, or choose another data folder.",
            )
        try:
            finish_replacement(path)
            return cls(path, load_spec(path), lock)
        except OSError as error:
            lock.release()
            raise KnownError(
                f"What was begun in {path} cannot be ended: {error.strerror or error}.", "Check its permissions."
            ) from error
        except BaseException:
            lock.release()
            raise

    def unlock(self) -> None:
        """Lets others use the folder."""
        self._lock.release()
