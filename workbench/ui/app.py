"""Starts the window: arguments, one instance, application, event loop, clusters after the first paint.

Invariants: nothing that talks to Kafka is imported before the window is shown; the process ends only after every
embedded broker has; a second start raises the first window instead of opening another.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench.system.directories import user_data_directory
from workbench.system.garbage import pause_collection

CHARTS_AFTER_S = 2.0
"""When the embedded brokers have usually started."""


def run(arguments: Sequence[str]) -> int:
    """Opens the window for `arguments` and gives the exit code when it is closed."""
    given = _parser().parse_args(list(arguments))
    return run_window(
        theme=given.theme,
        data_dir=Path(given.data_dir) if given.data_dir else None,
        connect=given.connect,
        screenshots=Path(given.screenshot) if given.screenshot else None,
    )


def run_window(
    theme: str | None = None,
    data_dir: Path | None = None,
    connect: str | None = None,
    screenshots: Path | None = None,
) -> int:
    """As `run`, with the arguments already parsed."""
    if screenshots is not None:
        from workbench.ui.screenshots import take_screenshots

        return take_screenshots(screenshots, data_dir=data_dir, connect=connect)
    from workbench.ui.data_folder import chosen_data_dir

    return _Program(data_dir or chosen_data_dir(user_data_directory()), theme, connect).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workbench", description="Opens the window.")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="how the window looks, for this run")
    parser.add_argument("--data-dir", metavar="DIR", help="where everything is kept (default: the platform's place)")
    parser.add_argument("--connect", metavar="HOST:PORT", help="shows this cluster and starts none")
    parser.add_argument("--screenshot", metavar="DIR", help="writes pictures of every pane into DIR and ends")
    return parser


class _Program:
    def __init__(self, data_dir: Path, theme_name: str | None, connect: str | None) -> None:
        self._data_dir, self._theme_name, self._connect = data_dir, theme_name, connect

    def run(self) -> int:
        # The window's collector goes on with it; until then there is nothing but what stays.
        pause_collection()
        os.environ.setdefault("QT_API", "pyside6")
        from PySide6.QtWidgets import QApplication

        from workbench.ui.single_instance import SingleInstance

        application = QApplication(sys.argv[:1])
        application.setApplicationName("Kafka Workbench")
        application.setApplicationDisplayName("Kafka Workbench")
        application.setDesktopFileName("kafka-workbench")
        application.setQuitOnLastWindowClosed(False)
        instance = SingleInstance(self._data_dir)
        if instance.raise_first():
            print("Kafka Workbench runs already; its window was brought to the front.")
            return 0
        return self._run_first(application, instance)

    def _run_first(self, application: object, instance: object) -> int:
        import qasync
        from PySide6.QtWidgets import QApplication

        from workbench.storage.workspace.database import WorkspaceDatabase
        from workbench.system.known_error import KnownError
        from workbench.ui import units
        from workbench.ui.bridge import Bridge
        from workbench.ui.garbage import WindowThreadCollector
        from workbench.ui.log_file import begin_log
        from workbench.ui.main_window import MainWindow
        from workbench.ui.resource_files import application_icon
        from workbench.ui.single_instance import SingleInstance
        from workbench.ui.start_times import StartTimes
        from workbench.ui.theme import ThemeChoice, theme
        from workbench.ui.view_models.workbench_model import WorkbenchModel

        assert isinstance(application, QApplication) and isinstance(instance, SingleInstance)
        begin_log(self._data_dir)
        try:
            database = WorkspaceDatabase.open(self._data_dir)
        except KnownError as error:
            print(f"{error.sentence} {error.remedy}".strip(), file=sys.stderr)
            return 1
        loop = qasync.QEventLoop(application)
        asyncio.set_event_loop(loop)
        bridge = Bridge()
        model = WorkbenchModel(bridge, database, self._data_dir)
        theme().install(ThemeChoice(self._theme_name or model.preferences.get("theme")))
        units.set_time_zone(model.preferences.get("time_zone"))
        application.setWindowIcon(application_icon())
        window = MainWindow(model)
        window.resize(1440, 900)
        collector = WindowThreadCollector(window)
        StartTimes.watch_if_asked(window, model)
        instance.raise_wanted.connect(lambda: _to_front(window))
        ended = asyncio.Event()
        window.closed.connect(ended.set)
        instance.listen()
        window.show()

        async def main() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: ended.set())
            bridge.begin()
            # One turn of the loop first: the frame is painted before anything is imported or started.
            await asyncio.sleep(0.02)
            self._open_clusters(model, window)
            charts = asyncio.create_task(load_charts())
            await ended.wait()
            charts.cancel()
            window.hide()
            await model.close()

        with loop:
            loop.run_until_complete(main())
        collector.stop()
        instance.close()
        return 0

    def _open_clusters(self, model: object, window: object) -> None:
        from workbench.ui.documents import DocumentKey
        from workbench.ui.main_window import MainWindow
        from workbench.ui.view_models.workbench_model import WorkbenchModel

        assert isinstance(model, WorkbenchModel) and isinstance(window, MainWindow)
        if self._connect:
            cluster = model.add_remote("connected", self._connect, read_only=False, rank=4, keep=False)
            window.open_document(DocumentKey("overview", cluster.name))
            return
        model.open_known()
        if not window.restore_layout() and model.clusters:
            window.open_document(DocumentKey("overview", model.clusters[0].name))


async def load_charts() -> None:
    """Imports pyqtgraph beside the running window: on its own thread it would stand still for a third of a second."""
    await asyncio.sleep(CHARTS_AFTER_S)
    await asyncio.to_thread(importlib.import_module, "pyqtgraph")


def _to_front(window: object) -> None:
    from PySide6.QtWidgets import QMainWindow

    assert isinstance(window, QMainWindow)
    if window.isMinimized():
        window.showNormal()
    window.show()
    window.raise_()
    window.activateWindow()
