"""Plans for snapshots: what is copied, lost, started; nothing is done before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.cluster.copies import Copy
from workbench.cluster.plan import new_spec
from workbench.ui.view_models import snapshot_plans
from workbench.ui.view_models.data_plans import FolderSize

FOLDER = Path("/data/local")
COPY = Copy("good", FOLDER / "copies" / "good", 0, 2048, new_spec("local", 3, 9092, {}, lambda: "id"))
SIZES = [
    FolderSize("copies", FOLDER / "copies", 9, 9000),
    FolderSize("broker-1", FOLDER / "broker-1", 3, 1024),
    FolderSize("logs", FOLDER / "logs", 1, 50),
    FolderSize(".workbench.lock", FOLDER / ".workbench.lock", 1, 0),
]


async def _job(_progress: Any) -> None:
    return


def test_what_is_copied_leaves_snapshots_and_logs_out() -> None:
    plan = snapshot_plans.take("local", FOLDER, "new one", SIZES, 10_240, runs=True, job=_job)
    assert plan.difference == ("+ /data/local/copies/new one  1.0 KiB",)
    assert dict(plan.touches) == {"Files copied": "3", "Size": "1.0 KiB", "Free on the disk afterwards": "9.0 KiB"}
    assert plan.shell == "workbench cluster copy --data-dir /data/local 'new one'"
    assert plan.warning and not plan.needs_running and plan.job is _job
    assert not snapshot_plans.take("local", FOLDER, "n", SIZES, None, runs=False, job=_job).warning


def test_bringing_back_says_what_is_lost() -> None:
    plan = snapshot_plans.bring_back("local", FOLDER, COPY, SIZES, 4, runs=True, job=_job)
    assert plan.difference == ("- /data/local/broker-1  1.0 KiB", "+ /data/local/copies/good  2.0 KiB")
    assert plan.destructive and dict(plan.touches)["Topics that are replaced"] == "4"
    assert dict(plan.touches)["Brokers afterwards"] == "3" and "started again" in plan.summary
    assert "stays stopped" in snapshot_plans.bring_back("l", FOLDER, COPY, SIZES, 4, runs=False, job=_job).summary


def test_a_fork_names_its_ports() -> None:
    plan = snapshot_plans.fork(FOLDER, COPY, Path("/data/fork"), 9300, job=_job)
    assert plan.difference[1] == "+ broker 1  localhost:9300, controller localhost:9401" and len(plan.difference) == 4
    assert plan.shell.splitlines()[0].endswith("good /data/fork --port 9300")


async def test_a_deleted_snapshot() -> None:
    deleted: list[int] = []

    async def apply() -> None:
        deleted.append(1)

    plan = snapshot_plans.delete(COPY, apply)
    assert plan.difference == ("- /data/local/copies/good  2.0 KiB",) and plan.destructive and not deleted
