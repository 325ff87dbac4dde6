"""What every test has: a cluster, a home of its own, markers that skip with a reason, and no silent skips in CI."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.system.directories import HOME_VARIABLE
from workbench.testing.running_cluster import RunningCluster

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what it runs in the background so, and every program started here would be deaf to Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

MUST_NOT_SKIP = "WORKBENCH_TESTS_MUST_NOT_SKIP"
"""Set by CI: where Java is installed, a skipped test that wants Java, kcat or another client counts as failed."""
OUTSIDE_PROGRAMS = {"java": "java", "kcat": "kcat"}
OUTSIDE_MARKERS = ("java", "kcat", "external_client")


@pytest.fixture(scope="session", autouse=True)
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that a test starts touches the user's own data."""
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(tmp_path_factory.mktemp("home"))
    yield
    if before is None:
        del os.environ[HOME_VARIABLE]
    else:
        os.environ[HOME_VARIABLE] = before


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """One running cluster of one broker for the whole run; tests share it and use topics of their own."""
    with RunningCluster(tmp_path_factory.mktemp("cluster") / "local") as running:
        yield running


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[RunningCluster]:
    """A running cluster of one broker for this test alone, to be stopped, killed and restarted at will."""
    with RunningCluster(tmp_path / "local") as running:
        yield running


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, program in OUTSIDE_PROGRAMS.items():
        if item.get_closest_marker(marker) and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    report = yield
    outside = any(item.get_closest_marker(marker) for marker in OUTSIDE_MARKERS)
    if report.skipped and outside and os.environ.get(MUST_NOT_SKIP) and shutil.which("java") and call.excinfo:
        report.outcome = "failed"
        report.longrepr = f"skipped, which is not permitted here: {call.excinfo.value}"
    return report
