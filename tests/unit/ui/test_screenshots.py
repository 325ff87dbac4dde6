"""The command that takes pictures: its arguments (the pictures themselves need a running broker)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.ui import screenshots


def test_arguments_reach_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []

    def take(directory: Path, **more: Any) -> int:
        asked.append((directory, more))
        return 7

    monkeypatch.setattr(screenshots, "take_screenshots", take)
    assert screenshots.main([str(tmp_path), "--size", "1100x700", "--only", "topics,groups", "--connect", "h:1"]) == 7
    wanted = {"data_dir": None, "connect": "h:1", "size": (1100, 700), "only": ["topics", "groups"], "brokers": 3}
    assert asked == [(tmp_path, wanted)]
