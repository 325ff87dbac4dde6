"""Jobs: begin, progress, end once, cancel."""

from __future__ import annotations

from workbench.ui.view_models.jobs import JobProgress, Jobs, JobState


def test_a_job_runs_and_ends_once() -> None:
    jobs = Jobs(lambda: 5)
    told: list[int] = []
    jobs.changed.connect(lambda: told.append(len(jobs.running)))
    number = jobs.begin("scan", total=200)
    jobs.progress(number, 50)
    assert jobs.all[0].fraction == 0.25
    jobs.end(number, JobState.FAILED, "disk full")
    jobs.end(number, JobState.DONE)
    jobs.progress(number, 100)
    assert jobs.all[0].state is JobState.FAILED and jobs.all[0].note == "disk full"
    assert told == [1, 1, 0]


def test_an_unknown_total_has_no_fraction() -> None:
    jobs = Jobs(lambda: 0)
    jobs.begin("tail")
    assert jobs.all[0].fraction is None


def test_cancel_calls_once_and_only_where_it_can() -> None:
    jobs = Jobs(lambda: 0)
    cancelled: list[str] = []
    first = jobs.begin("a", cancel=lambda: cancelled.append("a"))
    second = jobs.begin("b")
    jobs.cancel(first)
    jobs.cancel(first)
    jobs.cancel(second)
    assert cancelled == ["a"]
    assert [job.state for job in jobs.all] == [JobState.CANCELLED, JobState.RUNNING]
    jobs.forget_ended()
    assert [job.title for job in jobs.all] == ["b"]


def test_work_tells_its_job_how_far_it_is_and_from_when_it_goes_on() -> None:
    jobs = Jobs(lambda: 0)
    cancelled: list[int] = []
    number = jobs.begin("move", cancel=lambda: cancelled.append(1))
    progress = JobProgress(jobs, number)
    progress.show(1, 4, "a quarter")
    assert (jobs.all[0].fraction, jobs.all[0].note, jobs.all[0].cancellable) == (0.25, "a quarter", True)
    progress.cannot_be_cancelled()
    jobs.cancel(number)
    assert cancelled == [] and jobs.all[0].state is JobState.RUNNING and not jobs.all[0].cancellable
