"""Tells when the window was first painted and when its cluster was ready, for the benchmarks.

Where KAFKA_WORKBENCH_PRINT_TIMES is set, each becomes a line on standard error: what, then seconds since 1970.
"""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer

from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.workbench_model import WorkbenchModel

VARIABLE = "KAFKA_WORKBENCH_PRINT_TIMES"
PAINTED, READY = "first paint", "broker ready"


class StartTimes(QObject):
    """Watches a window that has not been shown yet; belongs to it."""

    @staticmethod
    def watch_if_asked(window: MainWindow, model: WorkbenchModel) -> None:
        """Does nothing where the variable is not set."""
        if os.environ.get(VARIABLE):
            StartTimes(window, model)

    def __init__(self, window: MainWindow, model: WorkbenchModel) -> None:
        super().__init__(window)
        self._model = model
        self._told: set[str] = set()
        window.installEventFilter(self)
        model.clusters_changed.connect(self._watch_clusters)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window's children are painted in the same turn, so the next one tells."""
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, lambda: self._tell(PAINTED))
        return False

    def _watch_clusters(self) -> None:
        for cluster in self._model.clusters:
            if cluster.local is not None:
                cluster.local.broker_changed.connect(self._look)

    def _look(self, _node_id: int) -> None:
        if any(cluster.local is not None and cluster.local.running_count for cluster in self._model.clusters):
            self._tell(READY)

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            print(f"{what} {time.time():.4f}", file=sys.stderr, flush=True)
