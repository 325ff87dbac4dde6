"""A node's settings, read only where Kafka would start with them: every value, its company, and the node's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.broker_contract.setting_faults import SettingFault
from workbench.embedded_broker.config_definitions.properties_check import faults_of, refusals_of
from workbench.embedded_broker.placement_check import misplacements
from workbench.embedded_broker.settings import BrokerSettings, settings_from
from workbench.system.known_error import KnownError


def checked_settings(properties: Mapping[str, str], path: Path) -> BrokerSettings:
    """What the file at `path` tells the node. Raises KnownError with everything for which Kafka would not start."""
    refuse(refusals_of(properties), f"it stands in {path}")
    settings = settings_from(properties, path)
    refuse([SettingFault(key, sentence) for key, sentence in misplacements(settings)], f"it stands in {path}")
    return settings


def file_faults(properties: Mapping[str, str], path: Path) -> list[SettingFault]:
    """What is wrong with a whole `server.properties`; of one that is not whole, with its values."""
    faults = faults_of(properties)
    if "process.roles" not in properties or any(fault.refuses for fault in faults):
        return faults
    try:
        settings = settings_from(properties, path)
    except KnownError as error:
        return [*faults, SettingFault("process.roles", str(error))]
    return [*faults, *(SettingFault(key, sentence) for key, sentence in misplacements(settings))]


def refuse(faults: Sequence[SettingFault], where: str) -> None:
    """Raises KnownError with the faults that refuse, if any does; `where` says where such a setting stands."""
    refusing = [fault for fault in faults if fault.refuses]
    if not refusing:
        return
    keys = list(dict.fromkeys(fault.key for fault in refusing))
    what = keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"
    raise KnownError(" ".join(fault.sentence for fault in refusing), f"Correct {what}; {where}.")
