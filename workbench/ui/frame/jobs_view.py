"""Long work and what was written: how far, since when, what came of it, cancel."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.ui import units
from workbench.ui.bridge import Throttle
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.view_models.jobs import Job, JobState
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.table import Table

_ICONS = {
    JobState.RUNNING: ("job", "accent"),
    JobState.DONE: ("ok", "ok"),
    JobState.FAILED: ("error", "err"),
    JobState.CANCELLED: ("off", "off"),
}


class JobsView(QWidget):
    """A table of jobs, newest first."""

    def __init__(self, model: WorkbenchModel) -> None:
        super().__init__()
        self._jobs = model.jobs
        columns = (
            Column(self.tr("Job"), _title, 340),
            Column(self.tr("Progress"), _progress, 190),
            Column[Job](self.tr("Started"), lambda job: Cell(units.clock(job.started_ms), "t2"), 90),
            Column[Job](self.tr("Result"), lambda job: Cell(job.note, "t2")),
        )
        self.table = Table(TableModel(columns, lambda job: job.number), self.tr("Jobs"), sortable=False)
        self._cancel = Button(self.tr("Cancel job"), "close", small=True, on_click=self._cancel_chosen)
        self._clear = Button(self.tr("Forget ended jobs"), small=True, quiet=True, on_click=self._jobs.forget_ended)
        nothing = EmptyState("job", self.tr("No jobs"), self.tr("Scans, exports and writes stand here while they run."))
        nothing.setObjectName("frame")
        foot = panel(row(self._cancel, self._clear, None, margins=(12, 4, 12, 4)))
        full = panel(column(self.table, foot, gap=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(nothing)
        self._stack.addWidget(full)
        self.setLayout(column(self._stack, gap=0))
        self._jobs.changed.connect(Throttle(200, self._show, self).ask)
        self.table.chosen.connect(lambda _row: self._explain())
        self._show()

    def _show(self) -> None:
        jobs = tuple(reversed(self._jobs.all))
        self.table.table_model.set_rows(jobs)
        self._stack.setCurrentIndex(1 if jobs else 0)
        self._explain()

    def _explain(self) -> None:
        chosen = self.table.current_row()
        reason = ""
        if chosen is None:
            reason = self.tr("Choose a job first.")
        elif not chosen.cancellable:
            reason = self.tr("This job cannot be cancelled, or has ended.")
        self._cancel.explain(reason)

    def _cancel_chosen(self) -> None:
        for job in self.table.selected_rows():
            self._jobs.cancel(job.number)


def _title(job: Job) -> Cell:
    icon, tone = _ICONS[job.state]
    return Cell(job.title, icon=icon, icon_tone=tone)


def _progress(job: Job) -> Cell:
    if job.fraction is None:
        return Cell(units.number(job.done) if job.done else job.state.value, "t2")
    return Cell(f"{job.fraction:.0%}", "t2", bar=job.fraction, icon_tone="accent")
