"""What is typed about an own broker, as its description or as the sentence that says why it cannot be (pure)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from workbench.broker_contract.setting_faults import SettingFault
from workbench.cluster.plan import log_directories
from workbench.cluster.spec import BrokerSpec, ClusterSpec
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass

translate = QCoreApplication.translate
MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class TypedSettings:
    """Settings with the line each stands in (from 0); or the first line that is none and why."""

    settings: Mapping[str, str]
    lines: Mapping[str, int]
    fault: str = ""
    fault_line: int | None = None


def settings_text(settings: Mapping[str, str]) -> str:
    """One `key=value` a line."""
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def typed_settings(text: str) -> TypedSettings:
    """Reads `key=value` lines; empty ones and comments are left out."""
    settings: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines()):
        stripped = line.strip()
        if not stripped or stripped[0] in "#!":
            continue
        key, separator, value = stripped.partition("=")
        key = key.strip()
        if not separator or not key:
            fault = translate("broker_form", "{} is not of the form key=value.").format(stripped)
            return TypedSettings(settings, lines, fault, number)
        if key in settings:
            fault = translate("broker_form", "{} is given twice.").format(key)
            return TypedSettings(settings, lines, fault, number)
        settings[key], lines[key] = value.strip(), number
    return TypedSettings(settings, lines)


def first_fault(typed: TypedSettings, faults: Collection[SettingFault]) -> tuple[str, int | None, bool]:
    """The sentence to show, the line it is about, and whether it refuses; ("", None, False) for none."""
    if typed.fault:
        return typed.fault, typed.fault_line, True
    for fault in sorted(faults, key=lambda fault: not fault.refuses):
        return fault.sentence, typed.lines.get(fault.key), fault.refuses
    return "", None, False


def port_fault(text: str, spec: ClusterSpec, node_id: int, is_free: Callable[[int], bool]) -> str:
    """Why the broker cannot listen there, "" if it can; its own present port is fine."""
    if not text.isdigit() or not 1 <= int(text) <= MAX_PORT:
        return translate("broker_form", "a number from 1 to {}").format(MAX_PORT)
    port = int(text)
    if port == spec.broker(node_id).port:
        return ""
    for broker in spec.brokers:
        if port == broker.port:
            return translate("broker_form", "the port of broker {}").format(broker.node_id)
        if port == broker.controller_port:
            return translate("broker_form", "the port of broker {}'s controller").format(broker.node_id)
    return "" if is_free(port) else translate("broker_form", "in use by another program")


def rack_fault(text: str) -> str:
    """Why a rack cannot be called so, "" if it can; an empty one is none."""
    return "" if text.isprintable() else translate("broker_form", "letters that can be printed")


def directory_fault(text: str, chosen: Collection[str], spec: ClusterSpec, folder: Path) -> str:
    """Why this cannot be one more log directory of a broker that has `chosen`, "" if it can. Looks at the disk."""
    if not text:
        return translate("broker_form", "A path, absolute or within the cluster's folder.")
    if "," in text:
        return translate("broker_form", "Kafka takes a comma for the end of the name.")
    path = (folder / text).absolute()
    if path == folder or path in [(folder / other).absolute() for other in chosen]:
        return translate("broker_form", "It is one already.")
    for broker in spec.brokers:
        if path in log_directories(folder, broker):
            return translate("broker_form", "It belongs to broker {}.").format(broker.node_id)
    if path.exists() and not path.is_dir():
        return translate("broker_form", "It is a file.")
    if path.is_dir() and any(path.iterdir()):
        return translate("broker_form", "The folder holds other files; choose an empty one.")
    return ""


def removal_fault(place: int, replicas: int | None) -> str:
    """Why a broker's log directory at `place` cannot be given up, "" if it can; `replicas` None: nobody tells."""
    if place == 0:
        return translate("broker_form", "It holds server.properties and the metadata log.")
    if replicas is None:
        return translate("broker_form", "Not known yet what it holds: the broker has to run to tell.")
    if replicas:
        return counted(
            replicas,
            translate("broker_form", "It holds {} replica; move it to another broker first."),
            translate("broker_form", "It holds {} replicas; move them to another broker first."),
        )
    return ""


def forgotten_settings(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Those that were taken out: their lines leave the properties file."""
    return tuple(key for key in before if key not in after)


def is_same(before: BrokerSpec, after: BrokerSpec, own_before: Mapping[str, str]) -> bool:
    """Whether nothing would change."""
    return (before.port, before.rack, before.log_directories, dict(own_before)) == (
        after.port,
        after.rack,
        after.log_directories,
        dict(after.settings),
    )
