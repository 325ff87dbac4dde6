"""Python's garbage collection in a process that has to start quickly and then runs for long.

While a program is imported nearly all objects are made to stay, and looking through them again and again takes a tenth
of the start. Afterwards they are set aside, so that a full collection looks only at what has come since.
"""

from __future__ import annotations

import gc


def pause_collection() -> None:
    """Call before the program is imported."""
    gc.disable()


def resume_collection() -> None:
    """Call once it is imported: what is there now is left alone until `settle`."""
    gc.freeze()
    gc.enable()


def settle() -> None:
    """Frees what the start left behind and sets the rest aside; tens of milliseconds, so call it once, at rest."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
