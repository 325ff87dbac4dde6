"""A broker's log as a file in the cluster's folder, for reading it afterwards.

Invariants: two files at most, the present one and the one before, each of about `MAX_BYTES`; a full disk costs lines,
never the supervisor.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

from workbench.cluster.events import LogLine

MAX_BYTES = 8 * 1024 * 1024
FOLDER_NAME = "logs"


def log_file_path(folder: Path, node_id: int) -> Path:
    """Where the log of a broker of the cluster in `folder` lies."""
    return folder / FOLDER_NAME / f"broker-{node_id}.log"


class BrokerLogFile:
    """Appends log lines to `path`; the file before is kept as `path` with `.1`."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._file: io.TextIOWrapper | None = None
        self._size_bytes = 0

    def write(self, line: LogLine) -> None:
        """Appends one line, in the form of Kafka's logs, and hands it to the system at once."""
        when = datetime.fromtimestamp(line.at_ms / 1000).strftime("%Y-%m-%d %H:%M:%S")
        text = f"[{when},{line.at_ms % 1000:03d}] {line.level.value} {line.text}\n"
        try:
            if self._file is None or self._size_bytes > self._max_bytes:
                self._open()
            assert self._file is not None
            self._file.write(text)
            self._file.flush()
        except OSError:
            self.close()
            return
        self._size_bytes += len(text)

    def close(self) -> None:
        """Closes the file; the next `write` opens it again."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError:
                # What could not be flushed to a full disk is lost; the descriptor is closed all the same.
                return

    def _open(self) -> None:
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        size_bytes = self._path.stat().st_size if self._path.exists() else 0
        if size_bytes > self._max_bytes:
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            size_bytes = 0
        self._file = self._path.open("a", encoding="utf-8", errors="backslashreplace")
        self._size_bytes = size_bytes
