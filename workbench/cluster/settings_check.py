"""Asks the broker program what it thinks of settings, before a broker is started with them.

The definitions belong to the broker, which nobody here imports; a process of its own answers in a tenth of a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping

from workbench.broker_contract.setting_faults import KnownSetting, SettingFault, faults_from_json, known_from_json
from workbench.cluster.plan import why_refused
from workbench.system.known_error import KnownError
from workbench.system.processes import python_child_environment

TIMEOUT_S = 20.0


async def setting_faults(settings: Mapping[str, str], beside: Mapping[str, str] = {}) -> list[SettingFault]:
    """What is wrong with `settings`, in their order, on a broker that has those of `beside` too.

    Raises KnownError where the program cannot be asked.
    """
    managed = {key: reason for key in settings if (reason := why_refused(key))}
    # The settings first: of two that cannot stand together, that one is at fault that was given now.
    whole = {**settings, **{key: value for key, value in beside.items() if key not in settings}}
    told = {fault.key: fault for fault in faults_from_json(await _ask("check", json.dumps(whole)))}
    faults = {**told, **{key: SettingFault(key, reason) for key, reason in managed.items()}}
    return [faults[key] for key in settings if key in faults]


async def known_settings() -> list[KnownSetting]:
    """Every setting that may be given, by name. Raises KnownError where the program cannot be asked."""
    return [known for known in known_from_json(await _ask("list", "")) if not why_refused(known.key)]


async def _ask(command: str, text: str) -> str:
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-P", "-m", "workbench"]
    try:
        process = await asyncio.create_subprocess_exec(
            *program,
            "settings",
            command,
            "--json",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(python_child_environment()),
            limit=2**22,
        )
    except OSError as error:
        raise KnownError(f"The broker program cannot be asked about settings: {error}.") from error
    try:
        async with asyncio.timeout(TIMEOUT_S):
            out, err = await process.communicate(text.encode())
    except TimeoutError:
        raise KnownError(f"The broker program said nothing about the settings for {TIMEOUT_S:.0f} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise KnownError(f"The broker program cannot be asked about settings: {err.decode(errors='replace').strip()}")
    return out.decode()
