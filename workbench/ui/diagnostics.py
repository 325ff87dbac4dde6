"""What a bug report needs, as text: versions, platform, state of the clusters, the end of the log; no messages."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from workbench.ui import counts
from workbench.ui.log_file import last_lines, log_file_path
from workbench.ui.theme import theme
from workbench.ui.view_models.workbench_model import WorkbenchModel

PACKAGES = ("PySide6-Essentials", "qasync", "QtAwesome", "pyqtgraph", "kafka-python", "crc32c", "cramjam")
LOG_LINES = 60


def version() -> str:
    """The workbench's version, "from source" where it is not installed."""
    try:
        return importlib.metadata.version("kafka-workbench")
    except importlib.metadata.PackageNotFoundError:
        return "from source"


def package_versions() -> list[tuple[str, str, str]]:
    """Name, version and licence of what the workbench stands on."""
    found = []
    for name in PACKAGES:
        try:
            data = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        licence = str(data.json.get("license_expression") or data.json.get("license") or "")
        if len(licence) > 60 or "\n" in licence or not licence:
            kinds = [line.rpartition("::")[2].strip() for line in data.get_all("Classifier", []) if "License" in line]
            licence = ", ".join(kinds)
        found.append((name, data["Version"], licence))
    return found


def diagnostics(model: WorkbenchModel) -> str:
    """The text for the clipboard."""
    screen = QGuiApplication.primaryScreen()
    ratio = screen.devicePixelRatio() if screen is not None else 1.0
    lines = [
        f"Kafka Workbench {version()}",
        f"Python {sys.version.split()[0]} on {platform.platform()}",
        f"Qt {qVersion()}, platform {QGuiApplication.platformName()}, ratio {ratio}",
        f"text scale {theme().fonts.scale:.2f}",
        f"theme {theme().tokens.name}, data folder {model.data_dir}",
        "",
    ]
    lines += [f"{name} {found}" for name, found, _licence in package_versions()]
    for cluster in model.clusters:
        kind = "embedded" if cluster.embedded else "remote"
        lines += ["", f"cluster {cluster.name} ({kind}): {cluster.state.value}, {counts.topics(len(cluster.topics))}"]
        if cluster.unreachable:
            lines.append(f"  unreachable: {cluster.unreachable}")
        if cluster.failure is not None:
            lines.append(f"  failure: {cluster.failure}")
        if cluster.local is not None:
            for node, handle in cluster.local.handles.items():
                failure = f": {handle.failure.sentence}" if handle.failure else ""
                lines.append(f"  broker {node} {handle.phase.value}{failure}")
                lines += [f"    {line.level.value} {line.text}" for line in list(handle.log_lines)[-15:]]
    lines += ["", f"end of {log_file_path(model.data_dir)}", *last_lines(model.data_dir, LOG_LINES)]
    return "\n".join(lines)
