"""Plans for snapshots of a whole embedded cluster: take one, bring it back, make it a cluster of its own, delete it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from workbench.cluster.copies import COPIES_FOLDER, Copy
from workbench.cluster.plan import readdressed, voters
from workbench.ui import units
from workbench.ui.view_models.data_plans import FolderSize
from workbench.ui.view_models.plan import JobWork, Plan, Work, shell_word

translate = QCoreApplication.translate


def content_of(sizes: Sequence[FolderSize]) -> list[FolderSize]:
    """What belongs to the cluster as it is now: neither its snapshots nor the lines that its brokers logged."""
    left_out = (COPIES_FOLDER, "logs", "running.json")
    return [line for line in sizes if line.name not in left_out and not line.name.startswith(".")]


def take(
    cluster: str, folder: Path, name: str, sizes: Sequence[FolderSize], free: int | None, *, runs: bool, job: JobWork
) -> Plan:
    """Stops the brokers, copies what they hold, starts them again."""
    content = content_of(sizes)
    total = sum(line.size_bytes for line in content)
    return Plan(
        title=translate("snapshot_plans", "Take a snapshot of {}").format(cluster),
        summary=translate(
            "snapshot_plans", "Its brokers are stopped, everything they hold is copied, and they are started again."
        )
        if runs
        else translate("snapshot_plans", "Everything that its brokers hold is copied; they stay stopped."),
        difference=(f"+ {folder / COPIES_FOLDER / name}  {units.size(total)}",),
        touches=(
            (translate("snapshot_plans", "Files copied"), units.number(sum(line.files for line in content))),
            (translate("snapshot_plans", "Size"), units.size(total)),
            (
                translate("snapshot_plans", "Free on the disk afterwards"),
                units.size(None if free is None else max(0, free - total)),
            ),
        ),
        shell=f"workbench cluster copy --data-dir {shell_word(str(folder))} {shell_word(name)}",
        python="",
        apply=None,
        job=job,
        needs_running=False,
        apply_label=translate("snapshot_plans", "Take the snapshot"),
        done=translate("snapshot_plans", "Snapshot “{}” is taken").format(name),
        warning=translate(
            "snapshot_plans", "Programs that are connected wait until the brokers are back: seconds, if it is not much."
        )
        if runs
        else "",
        undo=translate("snapshot_plans", "Delete the snapshot to undo it."),
    )


def bring_back(
    cluster: str, folder: Path, copy: Copy, sizes: Sequence[FolderSize], topics: int, *, runs: bool, job: JobWork
) -> Plan:
    """The cluster becomes again what the snapshot holds."""
    content = content_of(sizes)
    lines = [f"- {line.path}  {units.size(line.size_bytes)}" for line in content]
    lines.append(f"+ {copy.path}  {units.size(copy.size_bytes)}")
    return Plan(
        title=translate("snapshot_plans", "Bring back “{}”").format(copy.name),
        summary=translate(
            "snapshot_plans", "{} is stopped, what it holds is replaced by the snapshot, and it is started again."
        ).format(cluster)
        if runs
        else translate("snapshot_plans", "What {} holds is replaced by the snapshot; it stays stopped.").format(
            cluster
        ),
        difference=tuple(lines),
        touches=(
            (
                translate("snapshot_plans", "Lost: everything written since"),
                units.moment(copy.made_ms),
            ),
            (translate("snapshot_plans", "Topics that are replaced"), units.number(topics)),
            (translate("snapshot_plans", "Replaced"), units.size(sum(line.size_bytes for line in content))),
            (translate("snapshot_plans", "Brokers afterwards"), units.number(len(copy.spec.brokers))),
        ),
        shell=f"workbench cluster bring-back --data-dir {shell_word(str(folder))} {shell_word(copy.name)}",
        python="",
        apply=None,
        job=job,
        needs_running=False,
        apply_label=translate("snapshot_plans", "Bring it back"),
        done=translate("snapshot_plans", "{} holds what “{}” held").format(cluster, copy.name),
        destructive=True,
        warning=translate(
            "snapshot_plans",
            "Messages, topics and committed offsets go back to that time. Programs lose their connection.",
        ),
        undo=translate(
            "snapshot_plans", "Cannot be undone, unless you take a snapshot of the present state first. This one stays."
        ),
    )


def fork(folder: Path, copy: Copy, new_folder: Path, port: int, *, job: JobWork) -> Plan:
    """A snapshot becomes a cluster of its own, beside this one."""
    spec = readdressed(copy.spec, port)
    votes = voters(spec)
    lines = [f"+ {new_folder}  {units.size(copy.size_bytes)}"]
    for broker in spec.brokers:
        role = f", controller localhost:{broker.controller_port}" if broker in votes else ""
        lines.append(f"+ broker {broker.node_id}  localhost:{broker.port}{role}")
    options = f"--data-dir {shell_word(str(folder))} {shell_word(copy.name)} {shell_word(str(new_folder))}"
    return Plan(
        title=translate("snapshot_plans", "Fork “{}” as {}").format(copy.name, new_folder.name),
        summary=translate(
            "snapshot_plans",
            "What the snapshot holds is copied into a new cluster with an id and ports of its own, which starts beside "
            "this one. Neither sees the other.",
        ),
        difference=tuple(lines),
        touches=(
            (translate("snapshot_plans", "Brokers started"), units.number(len(spec.brokers))),
            (translate("snapshot_plans", "Size"), units.size(copy.size_bytes)),
        ),
        shell=f"workbench cluster fork {options} --port {port}\n"
        f"workbench cluster start --data-dir {shell_word(str(new_folder))}",
        python="",
        apply=None,
        job=job,
        needs_running=False,
        apply_label=translate("snapshot_plans", "Fork and start it"),
        done=translate("snapshot_plans", "{} is a cluster of its own").format(new_folder.name),
    )


def delete(copy: Copy, apply: Work) -> Plan:
    """A snapshot goes; the cluster and its forks stay."""
    return Plan(
        title=translate("snapshot_plans", "Delete the snapshot “{}”").format(copy.name),
        summary=translate("snapshot_plans", "The cluster, other snapshots and forks made of it are not touched."),
        difference=(f"- {copy.path}  {units.size(copy.size_bytes)}",),
        touches=((translate("snapshot_plans", "Freed"), units.size(copy.size_bytes)),),
        shell=f"rm -r {shell_word(str(copy.path))}",
        python="",
        apply=apply,
        needs_running=False,
        apply_label=translate("snapshot_plans", "Delete {}").format(units.size(copy.size_bytes)),
        done=translate("snapshot_plans", "Snapshot “{}” is deleted").format(copy.name),
        destructive=True,
        undo=translate("snapshot_plans", "Cannot be undone."),
    )
