"""A broker that answers what it is told to, and a link to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.link import ClusterLink


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    with TinyBroker() as running:
        yield running


@pytest.fixture
async def link(broker: TinyBroker) -> AsyncIterator[ClusterLink]:
    made = ClusterLink([broker.bootstrap], {}, "test")
    yield made
    await made.close()
