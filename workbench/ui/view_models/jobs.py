"""Long work that the window shows: title, how far, cancel; a job outlives the tab that began it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from workbench.system.quick_dataclass import dataclass


class JobState(StrEnum):
    """How a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """One job; `total` is None where it is unknown, `note` what came of it or where it is."""

    number: int
    title: str
    started_ms: int
    state: JobState = JobState.RUNNING
    done: int = 0
    total: int | None = None
    note: str = ""
    ended_ms: int | None = None
    cancellable: bool = False

    @property
    def fraction(self) -> float | None:
        """0 to 1, None where it is unknown."""
        if self.state is JobState.DONE:
            return 1.0
        return None if not self.total else min(1.0, self.done / self.total)


class JobProgress:
    """Hands the progress of work on to its job."""

    def __init__(self, jobs: Jobs, number: int) -> None:
        self._jobs, self._number = jobs, number

    def show(self, done: int, total: int | None = None, note: str = "") -> None:
        """How far it is."""
        self._jobs.progress(self._number, done, total, note)

    def cannot_be_cancelled(self) -> None:
        """The job loses its way to be cancelled."""
        self._jobs.keep_going(self._number)


class Jobs(QObject):
    """All jobs of this run of the window, newest last; `changed` after any of them did."""

    changed = Signal()

    def __init__(self, now_ms: Callable[[], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now_ms = now_ms
        self._numbers = itertools.count(1)
        self._jobs: dict[int, Job] = {}
        self._cancels: dict[int, Callable[[], object]] = {}

    @property
    def all(self) -> tuple[Job, ...]:
        """Every job, oldest first."""
        return tuple(self._jobs.values())

    @property
    def running(self) -> tuple[Job, ...]:
        """Those under way."""
        return tuple(job for job in self._jobs.values() if job.state is JobState.RUNNING)

    def begin(self, title: str, *, total: int | None = None, cancel: Callable[[], object] | None = None) -> int:
        """A new job; returns its number."""
        number = next(self._numbers)
        self._jobs[number] = Job(number, title, self._now_ms(), total=total, cancellable=cancel is not None)
        if cancel is not None:
            self._cancels[number] = cancel
        self.changed.emit()
        return number

    def progress(self, number: int, done: int, total: int | None = None, note: str = "") -> None:
        """How far it is."""
        job = self._jobs.get(number)
        if job is None or job.state is not JobState.RUNNING:
            return
        self._jobs[number] = replace(job, done=done, total=total if total is not None else job.total, note=note)
        self.changed.emit()

    def end(self, number: int, state: JobState = JobState.DONE, note: str = "") -> None:
        """It has ended; a second end is ignored."""
        job = self._jobs.get(number)
        if job is None or job.state is not JobState.RUNNING:
            return
        self._jobs[number] = replace(job, state=state, note=note, ended_ms=self._now_ms(), cancellable=False)
        self._cancels.pop(number, None)
        self.changed.emit()

    def keep_going(self, number: int) -> None:
        """From here on it cannot be cancelled."""
        job = self._jobs.get(number)
        if job is not None and self._cancels.pop(number, None) is not None:
            self._jobs[number] = replace(job, cancellable=False)
            self.changed.emit()

    def cancel(self, number: int) -> None:
        """Asks a job to stop and counts it as cancelled."""
        cancel = self._cancels.get(number)
        if cancel is not None:
            cancel()
            self.end(number, JobState.CANCELLED)

    def forget_ended(self) -> None:
        """Drops those that have ended."""
        self._jobs = {number: job for number, job in self._jobs.items() if job.state is JobState.RUNNING}
        self.changed.emit()
