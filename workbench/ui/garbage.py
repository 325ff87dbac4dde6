"""Collects Python's garbage on the window's thread alone.

Python collects cycles in whichever thread happens to allocate. A widget in a cycle would then be destroyed by the
thread of a network client, which Qt answers with a crash; so automatic collection is off while the window runs, and a
timer does on the window's thread what it would have done. What the program itself is made of is set aside once it
is loaded, since looking through it takes longer than a frame may.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

CHECK_EVERY_MS = 500
LOADED_AFTER_MS = 15_000
"""By then clients are imported and the first panes made."""


class WindowThreadCollector(QObject):
    """Works from its making until `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        gc.freeze()
        QTimer.singleShot(LOADED_AFTER_MS, self, gc.freeze)
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_EVERY_MS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> int | None:
        """Collects the oldest generation that is due; which one it was, None for none."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation] > 0:
                gc.collect(generation)
                return generation
        return None

    def stop(self) -> None:
        """Gives collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
