"""What is wrong with a properties file's settings, in Kafka's words, before a broker is started with them (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.broker_contract.setting_faults import KnownSetting, SettingFault
from workbench.embedded_broker.config_definitions.catalog import broker_config, broker_configs
from workbench.embedded_broker.config_definitions.contradictions import contradictions
from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigError
from workbench.embedded_broker.config_definitions.synonyms import listener_override


def refusals_of(properties: Mapping[str, str]) -> list[SettingFault]:
    """Values for which Kafka does not start, each setting once, those that cannot stand together last."""
    found: dict[str, SettingFault] = {}
    for key, value in properties.items():
        definition = broker_configs().get(key) or _of_a_listener(key, properties)
        if definition is not None:
            try:
                definition.parse(value)
            except ConfigError as error:
                found[key] = SettingFault(key, _sentence(str(error)))
    for between, sentence in contradictions(properties):
        key = next(name for name in properties if name in between)
        found.setdefault(key, SettingFault(key, _sentence(sentence)))
    return list(found.values())


def faults_of(properties: Mapping[str, str]) -> list[SettingFault]:
    """What Kafka refuses, and what it keeps and ignores: names that it does not know, wrong values never read."""
    found = {fault.key: fault for fault in refusals_of(properties)}
    for key, value in properties.items():
        definition = broker_config(key)
        if definition is None:
            found[key] = SettingFault(key, _unknown(key), refuses=False)
        elif key not in found:
            try:
                definition.parse(value)
            except ConfigError as error:
                found[key] = SettingFault(key, _sentence(str(error)), refuses=False)
    return [found[key] for key in properties if key in found]


def _of_a_listener(key: str, properties: Mapping[str, str]) -> ConfigDefinition | None:
    """The setting that `listener.name.NAME.` stands before; None where there is no such listener."""
    if listener_override(key) is None:
        return None
    name = key.removeprefix("listener.name.").partition(".")[0]
    listeners = properties.get("listeners")
    if listeners is not None and f"{name}://" not in listeners.lower():
        return None
    return broker_config(key)


def known_settings() -> list[KnownSetting]:
    """Every setting by name; Kafka's internal ones are left out."""
    return [
        KnownSetting(name, definition.type.name.lower(), definition.default)
        for name, definition in sorted(broker_configs().items())
        if not definition.internal
    ]


def _sentence(reason: str) -> str:
    return reason if reason.endswith(".") else f"{reason}."


def _unknown(key: str) -> str:
    import difflib

    near = difflib.get_close_matches(key, broker_configs(), 1, 0.8)
    meant = f"; did you mean {near[0]}?" if near else "; a broker keeps it and does not heed it."
    return f"Kafka has no broker setting {key}{meant}"
