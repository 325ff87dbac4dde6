"""One window for one data folder: a second start asks the first to come to the front, and ends."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 500
RAISE = b"raise\n"


class SingleInstance(QObject):
    """`raise_wanted` when another start of the same data folder asked for this window."""

    raise_wanted = Signal()

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        digest = hashlib.sha256(str(data_dir.absolute()).encode()).hexdigest()[:16]
        self._name = f"kafka-workbench-{digest}"
        self._server: QLocalServer | None = None

    def raise_first(self) -> bool:
        """True if a first window is there; it has been asked to come to the front."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(WAIT_MS):
            return False
        socket.write(RAISE)
        socket.waitForBytesWritten(WAIT_MS)
        socket.disconnectFromServer()
        return True

    def listen(self) -> None:
        """Becomes the first; what a crashed first left is taken away."""
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._name):
            QLocalServer.removeServer(self._name)
            server.listen(self._name)
        server.newConnection.connect(self._asked)
        self._server = server

    def close(self) -> None:
        """Stops listening."""
        if self._server is not None:
            self._server.close()

    def _asked(self) -> None:
        assert self._server is not None
        socket = self._server.nextPendingConnection()
        if socket is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.raise_wanted.emit()
