"""A theme for every test of the whole window; an unexpected warning of Qt fails the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.window_fixtures import _collected_here, _installed, _light, fail_on_warnings

__all__ = ["_collected_here", "_installed", "_light"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    fail_on_warnings(Path(__file__).parent, items)
