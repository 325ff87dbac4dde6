"""A supervised cluster of two brokers that only pretend: for tests of the supervisor's side."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from workbench.cluster.policy import NEVER_RESTART
from workbench.cluster.supervisor import LocalCluster

FAKE_BROKER = Path(__file__).with_name("fake_broker.py")


@asynccontextmanager
async def fake_cluster(folder: Path) -> AsyncIterator[LocalCluster]:
    """Started in `folder`, closed at the end."""
    made = LocalCluster.open(
        folder,
        brokers=2,
        port=0,
        policy=NEVER_RESTART,
        command_for=lambda path: [sys.executable, str(FAKE_BROKER), str(path)],
    )
    await made.start()
    try:
        yield made
    finally:
        await made.close()
