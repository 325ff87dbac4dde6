import sys

import pytest

from workbench.cluster import settings_check
from workbench.cluster.settings_check import known_settings, setting_faults
from workbench.system.known_error import KnownError


async def test_the_broker_program_is_asked() -> None:
    faults = await setting_faults({"num.partitions": "3", "node.id": "7", "num.io.threads": "many", "log.dirz": "/x"})
    assert [(fault.key, fault.refuses) for fault in faults] == [
        ("node.id", True),
        ("num.io.threads", True),
        ("log.dirz", False),
    ]
    assert "cannot be set" in faults[0].sentence


async def test_what_follows_from_the_spec_is_not_offered() -> None:
    keys = {known.key for known in await known_settings()}
    assert "num.partitions" in keys and "node.id" not in keys and "log.dirs" not in keys


async def test_a_program_that_cannot_be_asked_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(KnownError, match="cannot be asked"):
        await setting_faults({})
    monkeypatch.undo()
    with pytest.raises(KnownError, match="invalid choice"):
        await settings_check._ask("sing", "")
