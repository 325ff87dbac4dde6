"""The main window: builds the frame, gives panes their context, shows plans, palette, toasts and errors.

Invariants: dialogs are opened, never executed; the window hides first and the embedded clusters stop after, so
that closing feels instant; layout and open documents are kept.
"""

from __future__ import annotations

import json

from PySide6.QtCore import QByteArray, QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QDialog, QDockWidget, QMainWindow, QMenu, QMenuBar, QWidget

from workbench.client.errors import ClientError
from workbench.system.known_error import KnownError
from workbench.ui import units
from workbench.ui.action import Action
from workbench.ui.actions import ACTIONS, MENUS
from workbench.ui.commands import Commands, title_of
from workbench.ui.documents import DocumentKey
from workbench.ui.frame.bottom_dock import BottomDock
from workbench.ui.frame.document_area import DocumentArea
from workbench.ui.frame.inspector import Inspector
from workbench.ui.frame.navigator import Navigator
from workbench.ui.frame.status_row import StatusBar, StatusRow
from workbench.ui.frame.top_row import TopRow
from workbench.ui.panes.pane import Inspected, PaneContext
from workbench.ui.theme import ThemeChoice, theme
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.plan import Plan, Work
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.layouts import column
from workbench.ui.widgets.menus import context_menu, round_menu
from workbench.ui.widgets.toast import Toast

NARROW_PX, NARROWER_PX = 1150, 880
LAYOUT_NAME = "window-1"


class MainWindow(QMainWindow):
    """`closed` once the user has closed it; the application then stops the clusters and ends."""

    closed = Signal()

    def __init__(self, model: WorkbenchModel) -> None:
        super().__init__()
        self.model = model
        self.setWindowTitle("Kafka Workbench")
        self.setDockNestingEnabled(False)
        self.commands = Commands(self)
        self.documents = DocumentArea(self._context_for, self._rank_for)
        self.navigator = Navigator(model, lambda: self.commands.run("cluster.add"))
        self.inspector = Inspector()
        self.dock = BottomDock(model, self.commands.run)
        self._menu_actions: list[tuple[QAction, Action]] = []
        self.top_row = TopRow(model, self._make_menus())
        self.setMenuWidget(self.top_row)
        self._docks: dict[str, QDockWidget] = {}
        self._build_docks()
        self.status = StatusRow(model)
        centre = QWidget()
        centre.setLayout(column(self.documents, gap=0))
        self.setCentralWidget(centre)
        self.setStatusBar(StatusBar(self.status))
        self._may_close = False
        self._narrow: set[str] = set()
        self._folded_by_size: set[str] = set()
        self._folded_by_cluster: set[str] = set()
        self._connect()
        self._fold_for_cluster()

    # -- building -------------------------------------------------------------------------------------------------

    def _build_docks(self) -> None:
        left, right, bottom = (
            Qt.DockWidgetArea.LeftDockWidgetArea,
            Qt.DockWidgetArea.RightDockWidgetArea,
            Qt.DockWidgetArea.BottomDockWidgetArea,
        )
        for name, title, widget, area in (
            ("navigator", self.tr("Navigator"), self.navigator, left),
            ("inspector", self.tr("Inspector"), self.inspector, right),
            ("dock", self.tr("Dock"), self.dock, bottom),
        ):
            dock = QDockWidget(title)
            dock.setObjectName(f"{name}Dock")
            dock.setTitleBarWidget(QWidget())
            dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
            dock.setWidget(widget)
            self.addDockWidget(area, dock)
            self._docks[name] = dock
        self.setCorner(Qt.Corner.BottomLeftCorner, left)
        self.setCorner(Qt.Corner.TopLeftCorner, left)
        self.setCorner(Qt.Corner.BottomRightCorner, right)
        self.setCorner(Qt.Corner.TopRightCorner, right)
        px = theme().px
        self.resizeDocks(
            [self._docks["navigator"], self._docks["inspector"]], [px(215), px(312)], Qt.Orientation.Horizontal
        )
        self.resizeDocks([self._docks["dock"]], [px(176)], Qt.Orientation.Vertical)
        self._docks["inspector"].hide()

    def _make_menus(self) -> QMenuBar:
        bar = QMenuBar()
        from PySide6.QtCore import QCoreApplication

        for menu_name in MENUS:
            menu = bar.addMenu(QCoreApplication.translate("actions", menu_name))
            round_menu(menu)
            group = 0
            for action in ACTIONS:
                if action.menu != menu_name:
                    continue
                if action.group != group:
                    menu.addSeparator()
                    group = action.group
                menu.addAction(self._make_action(action))
            menu.aboutToShow.connect(self._explain_actions)
        return bar

    def _make_action(self, action: Action) -> QAction:
        made = QAction(title_of(action.id), self)
        if action.keys:
            made.setShortcut(QKeySequence(action.keys))
            made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            self.addAction(made)
        made.setCheckable(action.checked is not None)
        made.triggered.connect(lambda _checked=False, name=action.id: self.commands.run(name))
        self._menu_actions.append((made, action))
        return made

    def _explain_actions(self) -> None:
        for made, action in self._menu_actions:
            refused = action.why_not(self.commands) if action.why_not is not None else None
            # Stays enabled for its keys, which then tell why not; only the open menu shows it disabled.
            made.setEnabled(refused is None)
            made.setToolTip(refused.reason if refused is not None else title_of(action.id))
            if action.icon:
                made.setIcon(theme().icon(action.icon, "t2"))
            if action.checked is not None:
                made.setChecked(action.checked(self.commands))

    def _enable_actions(self) -> None:
        for made, _action in self._menu_actions:
            made.setEnabled(True)

    def _connect(self) -> None:
        for menu in self.top_row.menu_bar.findChildren(QMenu):
            menu.aboutToHide.connect(self._enable_actions)
        self.top_row.palette_wanted.connect(lambda: self.commands.run("palette.open"))
        self.top_row.problems_wanted.connect(self._show_problems)
        self.top_row.jobs_wanted.connect(lambda: self.commands.run("dock.jobs"))
        self.top_row.layout_wanted.connect(self._toggle_layout)
        self.top_row.theme_wanted.connect(lambda: self.commands.run("view.theme"))
        self.navigator.open_wanted.connect(self.open_document)
        self.navigator.menu_wanted.connect(self._navigator_menu)
        self.dock.fold_wanted.connect(lambda: self.toggle_dock("dock"))
        self.documents.current_changed.connect(self._document_changed)
        self.model.done.connect(self._show_done)
        self.model.job_failed.connect(self.show_error)
        self.model.current_changed.connect(self._fold_for_cluster)
        self.model.clusters_changed.connect(self._close_what_is_gone)
        self.model.welcome_wanted.connect(self._open_welcome)
        self.model.bridge.failed.connect(self._task_failed)
        self.model.preferences.changed.connect(self._preference_changed)

    # -- documents ------------------------------------------------------------------------------------------------

    def open_document(self, key: DocumentKey) -> None:
        """Brings a document to the front."""
        if key.kind == "cluster":
            return
        if key.cluster:
            self.model.make_current(self.model.cluster(key.cluster))
        self.documents.open(key)

    def _close_what_is_gone(self) -> None:
        """A cluster that left the list takes its documents along."""
        self.documents.close_all_of(lambda key: bool(key.cluster) and self.model.cluster(key.cluster) is None)

    def _open_welcome(self) -> None:
        self.open_document(DocumentKey("welcome"))

    def _context_for(self, key: DocumentKey) -> PaneContext:
        return PaneContext(
            self.model,
            self.model.bridge,
            self.model.cluster(key.cluster) if key.cluster else None,
            self.commands.run,
            self.show_plan,
            self.open_document,
        )

    def _rank_for(self, key: DocumentKey) -> int | None:
        cluster = self.model.cluster(key.cluster) if key.cluster else None
        return cluster.rank if cluster is not None else None

    def _document_changed(self) -> None:
        key, pane = self.documents.current, self.documents.pane
        if key is not None:
            if key.cluster:
                self.model.make_current(self.model.cluster(key.cluster))
            self.navigator.show_place(key)
        self._fold_for_cluster()
        if pane is not None and not pane.property("followed"):
            pane.setProperty("followed", True)
            pane.inspector_changed.connect(self._show_inspected)
        self._show_inspected()

    def _show_inspected(self) -> None:
        pane = self.documents.pane
        inspected: Inspected | None = pane.inspected() if pane is not None else None
        self._docks["inspector"].setVisible(inspected is not None and "inspector" not in self._folded())
        if inspected is not None:
            self.inspector.show_content(inspected)

    def _navigator_menu(self, key: DocumentKey, place: QPoint) -> None:
        ids = {
            "topics": ("topic.create",),
            "topic": ("topic.produce", "topic.configuration", "topic.partitions", "topic.purge", "topic.delete"),
            "group": ("group.delete",),
            "overview": ("program.connect", "cluster.start", "cluster.stop", "data.location"),
        }.get(key.kind)
        if ids is None:
            return
        self.model.make_current(self.model.cluster(key.cluster))
        menu = context_menu(self)
        for name in ids:
            action = menu.addAction(title_of(name))
            action.triggered.connect(lambda _c=False, n=name: self.commands.run(n, key.subject))
        menu.popup(place)

    # -- docks ----------------------------------------------------------------------------------------------------

    def _folded(self) -> set[str]:
        return set(self.property("folded") or ()) | self._folded_by_size | self._folded_by_cluster

    def toggle_dock(self, name: str) -> None:
        """Folds or unfolds one dock; the choice stays."""
        folded = set(self.property("folded") or ())
        if self.is_dock_open(name):
            folded.add(name)
        else:
            folded.discard(name)
            self._folded_by_size.discard(name)
            self._folded_by_cluster.discard(name)
        self.setProperty("folded", sorted(folded))
        self._apply_folds()

    def is_dock_open(self, name: str) -> bool:
        """Whether a dock is unfolded."""
        return name not in self._folded()

    def show_dock(self, place: int) -> None:
        """Unfolds the bottom dock on one of its views."""
        if not self.is_dock_open("dock"):
            self.toggle_dock("dock")
        self.dock.show_view(place)

    def _show_problems(self) -> None:
        """The Overview with what is wrong beside it, also where the window is too narrow for it at first."""
        self.commands.run("overview.open")
        if not self.is_dock_open("inspector"):
            self.toggle_dock("inspector")

    def _fold_for_cluster(self) -> None:
        """A foreign cluster has no logs and rates to show here; the Faults pane has a timeline of its own."""
        key, current = self.documents.current, self.model.current
        empty = current is None or not current.embedded or (key is not None and key.kind in ("welcome", "faults"))
        self._folded_by_cluster = {"dock"} if empty else set()
        self._apply_folds()

    def _apply_folds(self) -> None:
        folded = self._folded()
        self._docks["navigator"].setVisible("navigator" not in folded)
        self._docks["dock"].setVisible("dock" not in folded)
        self._show_inspected()

    def _toggle_layout(self) -> None:
        names = {"navigator", "inspector", "dock"}
        self._folded_by_size.clear()
        self._folded_by_cluster.clear()
        self.setProperty("folded", [] if self._folded() else sorted(names))
        self._apply_folds()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window folds the inspector first, then the navigator."""
        super().resizeEvent(event)
        width, px = event.size().width(), theme().px
        narrow = {name for name, limit in (("inspector", NARROW_PX), ("navigator", NARROWER_PX)) if width < px(limit)}
        if narrow != self._narrow:  # what was unfolded in a narrow window stays so while it is narrow
            self._narrow = narrow
            self._folded_by_size = set(narrow)
            self._apply_folds()

    # -- saying ---------------------------------------------------------------------------------------------------

    def show_dialog(self, dialog: QDialog) -> None:
        """Opens a dialog over the window and forgets it when it is closed."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_plan(self, cluster: ClusterModel, plan: Plan) -> None:
        """Shows a plan; the dialog applies it if the user says so."""
        from workbench.ui.dialogs.plan_dialog import PlanDialog

        self.show_dialog(PlanDialog(self, self.model, cluster, plan))

    def show_palette(self) -> None:
        """Opens the palette."""
        from workbench.ui.widgets.command_palette import CommandPalette

        CommandPalette.open_over(self)

    def say(self, words: str, tone: str = "ok") -> None:
        """A toast for something done; a refusal comes as an inline dialog, which does not vanish."""
        if tone == "ok":
            Toast(self, words)
            return
        from workbench.ui.dialogs.message_dialog import MessageDialog

        self.show_dialog(MessageDialog(self, words, "", "", tone))

    def show_error(self, error: BaseException) -> None:
        """A known error with its remedy; anything else as a bug, with the way to report it."""
        from workbench.ui.dialogs.message_dialog import MessageDialog

        if isinstance(error, ClientError):
            dialog = MessageDialog(self, error.sentence, error.remedy, error.code, "err")
        elif isinstance(error, KnownError):
            dialog = MessageDialog(self, error.sentence, error.remedy, "", "err")
        else:
            words = self.tr("This is a bug in the workbench: {}").format(f"{type(error).__name__}: {error}")
            remedy = self.tr("The log file has the details; Tools, Copy diagnostics collects what a report needs.")
            dialog = MessageDialog(self, words, remedy, "", "err")
        self.show_dialog(dialog)

    def _task_failed(self, _name: str, error: BaseException) -> None:
        self.show_error(error)

    def run_undo(self, work: Work) -> None:
        """Takes a change back."""

        async def undo() -> None:
            await work()
            if self.model.current is not None:
                self.model.current.refresh()

        self.model.bridge.spawn(undo(), "undo", on_error=self.show_error)

    def _show_done(self, words: str, undo: tuple[str, Work] | None) -> None:
        offered = None
        if undo is not None:
            label, work = undo
            offered = (label, lambda: self.run_undo(work))
        Toast(self, words, offered)

    def _preference_changed(self, key: str) -> None:
        if key == "theme":
            theme().choose(ThemeChoice(self.model.preferences.get("theme")))
        elif key == "time_zone":
            units.set_time_zone(self.model.preferences.get("time_zone"))

    # -- life -----------------------------------------------------------------------------------------------------

    def keep_layout(self) -> None:
        """Writes down geometry, folds and open documents."""
        layout = {
            "geometry": bytes(self.saveGeometry().toBase64().data()).decode(),
            "state": bytes(self.saveState().toBase64().data()).decode(),
            "folded": list(self.property("folded") or ()),
            "documents": [key.as_text() for key in self.documents.keys if key.kind != "welcome"],
            "current": self.documents.current.as_text() if self.documents.current is not None else "",
        }
        self.model.layouts.put(LAYOUT_NAME, json.dumps(layout).encode())

    def restore_layout(self) -> bool:
        """Brings them back; False where there is nothing to bring back."""
        kept = self.model.layouts.get(LAYOUT_NAME)
        if kept is None:
            return False
        try:
            layout = json.loads(kept)
            self.restoreGeometry(QByteArray.fromBase64(layout["geometry"].encode()))
            self.restoreState(QByteArray.fromBase64(layout["state"].encode()))
            self.setProperty("folded", layout["folded"])
            keys = [DocumentKey.from_text(text) for text in layout["documents"]]
            current = DocumentKey.from_text(layout["current"])
        except (ValueError, KeyError, TypeError):
            return False
        known = [key for key in keys if key is not None and self.model.cluster(key.cluster) is not None]
        for key in known:
            self.documents.open(key, in_front=False)
        if current in known and current is not None:
            self.open_document(current)
        self._apply_folds()
        return bool(known)

    async def _ask_and_close(self) -> None:
        from workbench.ui.dialogs.quit_dialog import QuitDialog

        names: list[str] = []
        for cluster in self.model.clusters:
            if cluster.local is not None:
                names += await cluster.local.client_names()
        if names:
            self.show_dialog(QuitDialog(self, names, self._close_now))
        else:
            self._close_now()

    def _close_now(self) -> None:
        self._may_close = True
        self.close()

    def changeEvent(self, event: QEvent) -> None:
        """A minimised window polls less."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self.model.set_visible(not self.isMinimized())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks first if programs are connected to a cluster of ours; then the application stops the clusters."""
        if not self._may_close and any(cluster.local and cluster.local.any_process for cluster in self.model.clusters):
            asked = self.model.bridge.spawn(
                self._ask_and_close(), "ask before closing", on_error=lambda _error: self._close_now()
            )
            if asked is not None:
                event.ignore()
                return
        self.keep_layout()
        event.accept()
        self.hide()
        self.closed.emit()
