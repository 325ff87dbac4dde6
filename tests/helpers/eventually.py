"""Waiting in an event loop for what other tasks are about to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def eventually(condition: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    """Returns once `condition` holds; fails with `what` if it never does."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while not condition():
        assert loop.time() < deadline, f"not in {timeout_s} s: {what}"
        await asyncio.sleep(0.002)
