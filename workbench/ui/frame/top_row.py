"""The row at the top: menu bar, the palette's button, counts of problems and jobs, layout and theme."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QMenuBar, QPushButton, QSizePolicy

from workbench.system.counting import counted
from workbench.ui import counts
from workbench.ui.bridge import Throttle
from workbench.ui.theme import theme
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import Button, IconButton
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, row


class SearchButton(QPushButton):
    """Looks like a field; opens the palette."""

    def __init__(self, words: str, keys: str) -> None:
        super().__init__(words)
        self.setProperty("search", True)
        self.setAccessibleName(words)
        self.setAutoDefault(False)
        keys_label = label(keys, "dim")
        keys_label.setObjectName("keys")
        self.setLayout(row(None, keys_label, margins=(0, 0, 8, 0)))
        self.setMinimumWidth(theme().px(240))
        self.setMaximumWidth(theme().px(400))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(theme().px(15) + theme().px(3), theme().px(15)))
        self._draw()
        theme().changed.connect(self._draw)

    def _draw(self) -> None:
        self.setIcon(theme().button_icon("search", "t3", 15))


class TopRow(QFrame):
    """Set as the main window's menu widget. The counts follow the current cluster."""

    palette_wanted = Signal()
    problems_wanted = Signal()
    jobs_wanted = Signal()
    layout_wanted = Signal()
    theme_wanted = Signal()

    def __init__(self, model: WorkbenchModel, menu_bar: QMenuBar) -> None:
        super().__init__()
        self.setObjectName("topRow")
        self.setFixedHeight(theme().px(36))
        self._model = model
        self._followed: ClusterModel | None = None
        self.menu_bar = menu_bar
        menu_bar.setNativeMenuBar(False)
        menu_bar.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.search = SearchButton(self.tr("Search actions, topics, groups, settings"), "Ctrl K")
        self.search.clicked.connect(self.palette_wanted)
        self.problems = Button("", "ok", quiet=True, small=True, on_click=self.problems_wanted.emit)
        self.jobs = Button("", "job", quiet=True, small=True, on_click=self.jobs_wanted.emit)
        self.layout_button = IconButton("layout", self.tr("Fold or unfold the docks"), on_click=self.layout_wanted.emit)
        self.theme_button = IconButton("dark", self.tr("Dark or light"), on_click=self.theme_wanted.emit)
        left = QFrame()
        left.setLayout(row(menu_bar, None, gap=0))
        menu_bar.setFixedHeight(theme().px(30))
        menu_bar.setMinimumWidth(menu_bar.sizeHint().width() + theme().px(8))
        right = QFrame()
        right.setLayout(row(None, self.problems, self.jobs, self.layout_button, self.theme_button, gap=4))
        box = row(gap=0, margins=(6, 0, 8, 0))
        box.addWidget(left, 1)
        box.addWidget(self.search, 2)
        box.addWidget(right, 1)
        self.setLayout(column(box, gap=0))
        self._refresh = Throttle(200, self.refresh, self)
        model.current_changed.connect(self._follow)
        model.jobs.changed.connect(self._refresh.ask)
        theme().changed.connect(self.refresh)
        self._follow()

    def _follow(self) -> None:
        if self._followed is not None:
            self._followed.changed.disconnect(self._refresh.ask)
            self._followed.state_changed.disconnect(self._refresh.ask)
        self._followed = self._model.current
        if self._followed is not None:
            self._followed.changed.connect(self._refresh.ask)
            self._followed.state_changed.connect(self._refresh.ask)
        self.refresh()

    def refresh(self) -> None:
        """Shows the counts as they are now."""
        self.theme_button.set_icon_name("light" if theme().is_dark else "dark")
        cluster = self._followed
        self.problems.setVisible(cluster is not None)
        if cluster is not None:
            self._show_problems(cluster)
        running = self._model.jobs.running
        self.jobs.setVisible(bool(running))
        if running:
            known = [job.fraction for job in running if job.fraction is not None]
            count = counted(len(running), self.tr("{} job"), self.tr("{} jobs"))
            words = self.tr("{}, {:.0f} %").format(count, 100 * sum(known) / len(known)) if known else count
            self.jobs.setText(words)
            self.jobs.setAccessibleName(words)

    def _show_problems(self, cluster: ClusterModel) -> None:
        if cluster.state in (ClusterState.STARTING, ClusterState.CONNECTING):
            words, icon, tone = self.tr(cluster.state.value), "starting", "accent"
        else:
            errors, warnings = cluster.problem_counts()
            if cluster.state is ClusterState.FAILED:
                errors = max(errors, 1)
            words = counts.problems(errors, warnings) or self.tr("No problems")
            icon, tone = ("error", "err") if errors else ("warning", "warn") if warnings else ("ok", "ok")
            if cluster.state is ClusterState.STOPPED and not errors:
                words, icon, tone = self.tr("stopped"), "off", "off"
        self.problems.setText(words)
        self.problems.setAccessibleName(words)
        self.problems.set_icon_name(icon, tone)
