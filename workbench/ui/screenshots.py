"""Pictures of every pane with real data, light and dark: starts a cluster in a temporary folder, lets programs write to
it and read from it, opens pane after pane and saves what it sees.

    python -m workbench.ui.screenshots DIR [--connect HOST:PORT] [--data-dir DIR] [--size 1440x900] [--only NAME,NAME]

Runs without a display (Qt's offscreen platform) unless QT_QPA_PLATFORM says otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from workbench.ui.main_window import MainWindow
    from workbench.ui.view_models.cluster_model import ClusterModel
    from workbench.ui.view_models.workbench_model import WorkbenchModel

SETTLE_S = 1.6
LOAD_S = 20.0
FENCED_S = 8.0
"""Longer than broker.session.timeout.ms, 9 s, together with the picture before."""


def take_screenshots(
    directory: Path,
    *,
    data_dir: Path | None = None,
    connect: str | None = None,
    size: tuple[int, int] = (1440, 900),
    only: Sequence[str] = (),
    brokers: int = 3,
) -> int:
    """Writes NAME-light.png and NAME-dark.png into `directory`; 0 if all could be taken."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_API", "pyside6")
    import qasync
    from PySide6.QtWidgets import QApplication

    directory.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory(prefix="workbench-screenshots-") as temporary, loop:
        folder = data_dir or Path(temporary)
        failures = loop.run_until_complete(_take_all(directory, folder, connect, size, only, brokers))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


async def _take_all(
    directory: Path, data_dir: Path, connect: str | None, size: tuple[int, int], only: Sequence[str], brokers: int
) -> list[str]:
    from workbench.cluster.ports import any_free_port
    from workbench.storage.workspace.database import WorkspaceDatabase
    from workbench.ui.bridge import Bridge
    from workbench.ui.demo_load import DemoLoad
    from workbench.ui.documents import DocumentKey
    from workbench.ui.garbage import WindowThreadCollector
    from workbench.ui.main_window import MainWindow
    from workbench.ui.theme import ThemeChoice, theme
    from workbench.ui.view_models.new_cluster import wanted_ports
    from workbench.ui.view_models.workbench_model import WorkbenchModel

    failures: list[str] = []
    collector = WindowThreadCollector()
    bridge = Bridge()
    bridge.failed.connect(lambda name, error: failures.append(f"task {name}: {type(error).__name__}: {error}"))
    model = WorkbenchModel(bridge, WorkspaceDatabase.in_memory(), data_dir)
    theme().install(ThemeChoice.LIGHT)
    window = MainWindow(model)
    window.resize(*size)
    window.show()
    shooter = _Shooter(directory, window, only)
    if connect is None:
        window.open_document(DocumentKey("welcome"))
        await shooter.shoot("welcome", settle_s=0.5)
        window.documents.close_current()
        port = any_free_port(lambda first: wanted_ports(first, brokers))
        cluster = model.add_local(port=port, brokers=brokers)
    else:
        cluster = model.add_remote("cluster", connect, read_only=False, rank=4, keep=False)
    window.open_document(DocumentKey("overview", cluster.name))
    seen = asyncio.Event()
    cluster.topics_changed.connect(seen.set)
    cluster.groups_changed.connect(seen.set)
    cluster.changed.connect(lambda: seen.set() if cluster.seen_ms is not None else None)
    await seen.wait()
    if connect is None:
        await shooter.shoot("overview-empty")
    load = DemoLoad(cluster.bootstrap) if connect is None else None
    try:
        if load is not None:
            await asyncio.to_thread(load.start)
            await asyncio.sleep(LOAD_S)
        await _panes(shooter, window, model, cluster.name)
        if connect is None:
            await _dialogs(shooter, window)
            await _faults(shooter, window, cluster)
            await _snapshots(shooter, window, cluster)
    finally:
        if load is not None:
            await asyncio.to_thread(load.stop)
        await model.close()
        collector.stop()
    return failures


class _Shooter:
    def __init__(self, directory: Path, window: MainWindow, only: Sequence[str]) -> None:
        self._directory, self._window, self._only = directory, window, tuple(only)

    def wants(self, *names: str) -> bool:
        """Whether any of these pictures is to be taken."""
        return not self._only or any(name in self._only for name in names)

    async def shoot(self, name: str, *, settle_s: float = SETTLE_S, themes: Sequence[str] = ("light", "dark")) -> None:
        """Waits until the pane has settled, then saves it in each theme."""
        from workbench.ui.theme import ThemeChoice, theme

        if self._only and name not in self._only:
            return
        await asyncio.sleep(settle_s)
        for choice in themes:
            theme().choose(ThemeChoice(choice))
            await asyncio.sleep(0.35)
            self._window.grab().save(str(self._directory / f"{name}-{choice}.png"))
        print(name, flush=True)

    async def of_dialog(self, name: str, dialog: QDialog) -> None:
        """Saves a dialog alone in each theme."""
        from workbench.ui.theme import ThemeChoice, theme

        if self._only and name not in self._only:
            return
        for choice in ("light", "dark"):
            theme().choose(ThemeChoice(choice))
            await asyncio.sleep(0.35)
            dialog.grab().save(str(self._directory / f"{name}-{choice}.png"))
        print(name, flush=True)


async def _panes(shooter: _Shooter, window: MainWindow, model: WorkbenchModel, cluster: str) -> None:
    from workbench.ui.documents import LOGS, RATES, DocumentKey
    from workbench.ui.panes.topic_pane import TABS

    found = model.cluster(cluster)
    assert found is not None
    topics = [topic.name for topic in found.user_topics]
    topic = "orders" if "orders" in topics else topics[0] if topics else ""
    await shooter.shoot("overview")
    window.open_document(DocumentKey("topics", cluster))
    await shooter.shoot("topics")
    if topic:
        window.open_document(DocumentKey("topic", cluster, topic))
        for tab in TABS:
            window.commands.open_topic(topic, tab)
            await shooter.shoot(f"topic-{tab}", settle_s=2.5)
    window.open_document(DocumentKey("groups", cluster))
    await shooter.shoot("groups")
    if found.groups:
        window.open_document(DocumentKey("group", cluster, found.groups[-1].group_id))
        await shooter.shoot("group", settle_s=8)
    window.open_document(DocumentKey("throughput", cluster))
    window.show_dock(RATES)
    await shooter.shoot("throughput")
    window.show_dock(LOGS)
    for kind in ("brokers", "quorum"):
        window.open_document(DocumentKey(kind, cluster))
        await shooter.shoot(kind, settle_s=3)
    window.open_document(DocumentKey("connect", cluster))
    await shooter.shoot("connect", settle_s=0.5)
    if found.embedded:
        window.open_document(DocumentKey("data", cluster))
        await shooter.shoot("data")


async def _dialogs(shooter: _Shooter, window: MainWindow) -> None:
    from workbench.ui.widgets.command_palette import CommandPalette

    window.commands.open_kind("topics")
    window.show_palette()
    palette = window.findChild(CommandPalette)
    if palette is not None:
        palette.field.setText("top")
        await shooter.shoot("palette", settle_s=0.3)
        palette.close()
    for name, action, argument in (
        ("settings", "settings.open", ""),
        ("about", "help.about", ""),
        ("keys", "help.keys", ""),
        ("create-topic", "topic.create", ""),
        ("plan-delete", "topic.delete", "payments"),
        ("plan-purge", "topic.purge", "payments"),
        ("add-cluster", "cluster.add", ""),
        ("new-cluster", "cluster.new", ""),
        ("move-replicas", "topic.reassign", "orders"),
        ("change-broker", "broker.edit", "2"),
        ("take-out-broker", "broker.take_out", "3"),
    ):
        await _dialog(shooter, window, name, partial(window.commands.run, action, argument))


async def _dialog(shooter: _Shooter, window: MainWindow, name: str, show: Callable[[], None]) -> None:
    """A picture of the dialog that `show` opens."""
    from PySide6.QtWidgets import QApplication, QDialog

    show()
    await asyncio.sleep(0.3)
    dialog = QApplication.activeModalWidget() or next(
        (found for found in window.findChildren(QDialog) if found.isVisible()), None
    )
    if isinstance(dialog, QDialog):
        await shooter.of_dialog(name, dialog)
        dialog.reject()
        await asyncio.sleep(0.2)


async def _snapshots(shooter: _Shooter, window: MainWindow, cluster: ClusterModel) -> None:
    """A snapshot is taken; the list, and what can be done with it."""
    from workbench.cluster.progress import SILENCE
    from workbench.ui.panes.data_pane import DataPane
    from workbench.ui.view_models import cluster_work

    if not shooter.wants("snapshots", "snapshot", "plan-bring-back", "fork"):
        return
    await cluster_work.take_snapshot(cluster, "before the upgrade", SILENCE)
    window.commands.open_kind("data")
    await shooter.shoot("snapshots", settle_s=4)
    await _dialog(shooter, window, "snapshot", lambda: window.commands.run("snapshot.take"))
    pane = window.documents.pane
    if isinstance(pane, DataPane):
        await _dialog(shooter, window, "plan-bring-back", pane.snapshots.bring_back)
        await _dialog(shooter, window, "fork", pane.snapshots.fork)


async def _faults(shooter: _Shooter, window: MainWindow, cluster: ClusterModel) -> None:
    """A broker killed, before and after it is fenced; then a fault with a time, and all of it told."""
    from workbench.ui.documents import TIMELINE
    from workbench.ui.panes.faults_pane import FaultsPane

    assert cluster.local is not None
    victim = str(max(cluster.local.handles))
    window.commands.open_kind("overview")
    window.show_dock(TIMELINE)
    window.commands.run("broker.kill", victim)
    await shooter.shoot("overview-killed", settle_s=4)
    await asyncio.sleep(FENCED_S)
    await shooter.shoot("overview-fenced", settle_s=2)
    window.commands.run("broker.start", victim)
    await asyncio.sleep(3)
    window.commands.run("fault.slow_disk")
    pane = window.documents.pane
    if isinstance(pane, FaultsPane):
        pane.form.go.click()
    await shooter.shoot("faults", settle_s=4)
    window.commands.run("fault.heal")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="workbench.ui.screenshots", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--connect", metavar="HOST:PORT", help="pictures of this cluster instead of an embedded one")
    parser.add_argument("--size", default="1440x900", help="width x height of the window in logical pixels")
    parser.add_argument("--only", default="", help="names of pictures, separated by commas")
    parser.add_argument("--data-dir", type=Path, help="a folder whose clusters/local is started instead of a new one")
    parser.add_argument("--brokers", type=int, default=3, help="how many brokers a new cluster has")
    given = parser.parse_args(arguments)
    width, height = (int(part) for part in given.size.split("x"))
    only = [name for name in given.only.split(",") if name]
    return take_screenshots(
        given.directory,
        data_dir=given.data_dir,
        connect=given.connect,
        size=(width, height),
        only=only,
        brokers=given.brokers,
    )


if __name__ == "__main__":
    raise SystemExit(main())
