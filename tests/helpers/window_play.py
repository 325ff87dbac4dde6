"""A whole main window on fake sessions, driven step by step without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.fake_session import FakeSession
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.ui.bridge import Bridge
from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.workbench_model import WorkbenchModel

TURNS = 40


async def settle(turns: int = TURNS) -> None:
    """Lets both loops run until what was begun without waiting is done."""
    for _ in range(turns):
        await asyncio.sleep(0)
        QApplication.processEvents()


async def opened_document(window: MainWindow) -> Any:
    """The document that was just opened, settled; Overview is filled a moment after it was made."""
    await settle()
    pane = window.documents.pane
    await until(lambda: getattr(pane, "_filled", True), "it is filled")
    return pane


async def until(condition: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
    """Runs both loops until `condition`; for tests against what really runs."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"not within {timeout_s} s: {what}"
        QApplication.processEvents()
        await asyncio.sleep(0.02)


class WindowPlay:
    """The window, its model, and the session of each cluster by address."""

    def __init__(self, data_dir: Path) -> None:
        self.sessions: dict[str, FakeSession] = {}
        self.failures: list[tuple[str, BaseException]] = []
        self.bridge = Bridge()
        self.bridge.failed.connect(lambda name, error: self.failures.append((name, error)))
        self.model = WorkbenchModel(self.bridge, WorkspaceDatabase.in_memory(), data_dir, self._open_session)
        self.window = MainWindow(self.model)
        self.window.resize(1440, 900)
        self.window.show()

    def _open_session(self, bootstrap: str) -> Any:
        return self.sessions.setdefault(bootstrap, FakeSession(bootstrap))

    async def add_cluster(self, name: str = "staging", address: str = "localhost:9092", **more: Any) -> FakeSession:
        """A foreign cluster on a fake session, as soon as it was polled once."""
        session = self.sessions.setdefault(address, FakeSession(address))
        self.model.add_remote(name, address, read_only=more.get("read_only", False), rank=4, keep=False)
        await settle()
        return session

    async def close(self) -> None:
        """Ends every task and deletes the window."""
        self.window.hide()
        await self.model.close()
        self.window.deleteLater()
        await settle(2)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert self.failures == []


@asynccontextmanager
async def window_play(data_dir: Path) -> AsyncIterator[WindowPlay]:
    """A window for one test; a task that failed unseen fails the test at its end."""
    play = WindowPlay(data_dir)
    try:
        yield play
    finally:
        await play.close()
