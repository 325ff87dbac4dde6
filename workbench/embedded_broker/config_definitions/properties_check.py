"""What is wrong with a properties file's settings, in Kafka's words, before a broker is started with them (pure)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from workbench.broker_contract.setting_faults import KnownSetting, SettingFault
from workbench.embedded_broker.config_definitions.catalog import broker_config, broker_configs
from workbench.embedded_broker.config_definitions.definition import ConfigError


def faults_of(properties: Mapping[str, str]) -> list[SettingFault]:
    """Values that Kafka refuses, and names that it does not know, which it keeps and ignores."""
    found = []
    for key, value in properties.items():
        definition = broker_config(key)
        if definition is None:
            found.append(SettingFault(key, _unknown(key), refuses=False))
            continue
        try:
            definition.parse(value)
        except ConfigError as error:
            found.append(SettingFault(key, f"{error}."))
    return found


def known_settings() -> list[KnownSetting]:
    """Every setting by name; Kafka's internal ones are left out."""
    return [
        KnownSetting(name, definition.type.name.lower(), definition.default)
        for name, definition in sorted(broker_configs().items())
        if not definition.internal
    ]


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, broker_configs(), 1, 0.8)
    meant = f"; did you mean {near[0]}?" if near else "; a broker keeps it and does not heed it."
    return f"Kafka has no broker setting {key}{meant}"
