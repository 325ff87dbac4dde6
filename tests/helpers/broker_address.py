"""The fixture `bootstrap`: the broker that conformance, compatibility and end-to-end tests talk to.

It is the test run's own cluster, or any broker that the variable KAFKA_BOOTSTRAP names, the real Kafka for instance.
"""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def bootstrap(request: pytest.FixtureRequest) -> str:
    """host:port of a running broker."""
    given = os.environ.get("KAFKA_BOOTSTRAP")
    return given or str(request.getfixturevalue("cluster").bootstrap)
