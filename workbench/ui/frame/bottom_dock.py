"""The dock under the documents: timeline, broker logs, jobs, rates; imported when first unfolded."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from workbench.ui.documents import LOGS, TIMELINE
from workbench.ui.frame.broker_log_view import BrokerLogView
from workbench.ui.frame.jobs_view import JobsView
from workbench.ui.frame.rates_view import RatesView
from workbench.ui.frame.timeline_view import RunAction, TimelineView
from workbench.ui.theme import theme
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import IconButton
from workbench.ui.widgets.layouts import column, panel, row


class BottomDock(QWidget):
    """Four views under inner tabs."""

    fold_wanted = Signal()

    def __init__(self, model: WorkbenchModel, run_action: RunAction | None = None) -> None:
        super().__init__()
        self.setObjectName("dock")
        self.timeline = TimelineView(model, run_action)
        self.logs = BrokerLogView(model)
        self.jobs = JobsView(model)
        self.rates = RatesView(model)
        self.tabs = QTabBar()
        self.tabs.setProperty("inner", True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("Dock"))
        for title in (self.tr("Timeline"), self.tr("Broker logs"), self.tr("Jobs"), self.tr("Rates")):
            self.tabs.addTab(title)
        self.stack = QStackedWidget()
        for view in (self.timeline, self.logs, self.jobs, self.rates):
            self.stack.addWidget(view)
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        fold = IconButton("down", self.tr("Fold the dock"), on_click=self.fold_wanted.emit)
        head = panel(
            row(self.tabs, None, self.timeline.tools, self.logs.tools, fold, margins=(0, 0, 8, 0), gap=8), height=30
        )
        self.tabs.currentChanged.connect(self._show_tools)
        self._show_tools(TIMELINE)
        self.setLayout(column(head, self.stack, gap=0))
        self.setMinimumHeight(theme().px(90))

    def _show_tools(self, place: int) -> None:
        self.timeline.tools.setVisible(place == TIMELINE)
        self.logs.tools.setVisible(place == LOGS)

    def show_view(self, place: int) -> None:
        """Brings TIMELINE, LOGS, JOBS or RATES to the front."""
        self.tabs.setCurrentIndex(place)
