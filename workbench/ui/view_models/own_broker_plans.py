"""Plans for the brokers of an embedded cluster: their description, the cluster's settings, one that leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from workbench.client.model import TopicInfo
from workbench.cluster.plan import log_directories, properties_path
from workbench.cluster.spec import BrokerSpec
from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.view_models.data_plans import FolderSize
from workbench.ui.view_models.plan import JobWork, Plan, shell_command, shell_word
from workbench.ui.view_models.reassignment import bytes_to_copy, reassignment_json
from workbench.ui.view_models.removal import Removal

translate = QCoreApplication.translate


def change_broker(
    folder: Path,
    before: BrokerSpec,
    after: BrokerSpec,
    own_before: Mapping[str, str],
    topics: Sequence[TopicInfo],
    *,
    runs: bool,
    job: JobWork,
) -> Plan:
    """One broker gets another description and, where it runs, is started anew with it."""
    node_id = before.node_id
    old, new = _described(folder, before, own_before), _described(folder, after, after.settings)
    path = properties_path(folder, before)
    lonely = _only_here(topics, node_id)
    touches = [(translate("own_broker_plans", "Brokers that restart"), str(node_id) if runs else "0")]
    if runs:
        led = sum(part.leader == node_id for topic in topics for part in topic.partitions)
        touches.append((translate("own_broker_plans", "Partitions that others lead meanwhile"), str(led - lonely)))
        touches.append((translate("own_broker_plans", "Partitions that wait for it"), units.number(lonely)))
    gone = [place for place in before.log_directories if place not in after.log_directories]
    if gone:
        touches.append((translate("own_broker_plans", "Directories that stay on disk, unused"), str(len(gone))))
    return Plan(
        title=translate("own_broker_plans", "Change broker {}").format(node_id),
        summary=translate("own_broker_plans", "Its server.properties changes, and it is stopped and started for it.")
        if runs
        else translate("own_broker_plans", "Its server.properties changes; it counts when the broker is started."),
        difference=_difference(old, new),
        touches=tuple(touches),
        shell=_by_hand(path, old, new, node_id if runs else None),
        python="",
        apply=None,
        job=job,
        needs_running=False,
        apply_label=translate("own_broker_plans", "Change and restart it")
        if runs
        else translate("own_broker_plans", "Change it"),
        done=translate("own_broker_plans", "Broker {} is changed").format(node_id),
        warning=_waiting(lonely) if runs else "",
        undo=translate(
            "own_broker_plans",
            "A broker that does not start with it gets back what it had. Later, change it back the same way.",
        ),
    )


def change_every_broker(
    name: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    running: Sequence[int],
    topics: Sequence[TopicInfo],
    *,
    job: JobWork,
) -> Plan:
    """The cluster's settings change; brokers that run are restarted, one after the other."""
    lonely = sum(_only_here(topics, node_id) for node_id in running)
    return Plan(
        title=translate("own_broker_plans", "Change every broker of {}").format(name),
        summary=translate(
            "own_broker_plans",
            "Each server.properties changes. Brokers restart one at a time, the controller last, each once every "
            "replica is in sync.",
        )
        if running
        else translate("own_broker_plans", "Each server.properties changes; it counts when the brokers are started."),
        difference=_difference(before, after),
        touches=(
            (
                translate("own_broker_plans", "Brokers that restart"),
                ", ".join(map(str, running)) or "0",
            ),
        ),
        shell="\n".join(["# in each broker's server.properties", *_changed_lines(before, after)]),
        python="",
        apply=None,
        job=job,
        needs_running=False,
        apply_label=translate("own_broker_plans", "Change and restart {}").format(counts.brokers(len(running)))
        if running
        else translate("own_broker_plans", "Change them"),
        done=translate("own_broker_plans", "Every broker of {} is changed").format(name),
        warning=_waiting(lonely) if running else "",
        undo=translate(
            "own_broker_plans",
            "If the first broker does not start with it, all keep what they had. Later, change it back the same way.",
        ),
    )


def take_out(
    name: str,
    bootstrap: str,
    found: Removal,
    address: str,
    directories: Sequence[FolderSize],
    *,
    delete: bool,
    refused: Sequence[str],
    job: JobWork,
) -> Plan:
    """A broker leaves the cluster: replicas, vote, registration; its `directories` stay or are deleted."""
    node_id = found.node_id
    lines = [f"- broker {node_id}  {address}"]
    for voter in found.voters_before:
        if voter not in found.voters_after:
            lines.append(f"- quorum voter {voter}")
    lines += [f"+ quorum voter {voter}" for voter in found.voters_after if voter not in found.voters_before]
    for move in found.moves:
        lines.append(f"- {move.topic}-{move.partition}  replicas {_list(move.before)}")
        lines.append(f"+ {move.topic}-{move.partition}  replicas {_list(move.after)}")
    mark, words = ("-", "") if delete else (" ", translate("own_broker_plans", ", kept"))
    lines += [f"{mark} {place.path}  {units.size(place.size_bytes)}{words}" for place in directories]
    copies = sum(len(move.added) for move in found.moves)
    restarts = sorted((set(found.voters_before) ^ set(found.voters_after)) - {node_id})
    warnings = []
    if refused:
        warnings.append(
            translate(
                "own_broker_plans", "Writes with acks=all to {} will be refused: min.insync.replicas asks for more."
            ).format(", ".join(refused))
        )
    return Plan(
        title=translate("own_broker_plans", "Take broker {} out of {}").format(node_id, name),
        summary=translate(
            "own_broker_plans",
            "Its replicas are copied to the others and its leaders move; then it gives its vote back, stops, and is "
            "unregistered. Clients go on meanwhile.",
        ),
        difference=tuple(lines),
        touches=(
            (translate("own_broker_plans", "Replicas to copy"), units.number(copies)),
            (translate("own_broker_plans", "Data to copy"), units.size(bytes_to_copy(found.moves))),
            (translate("own_broker_plans", "Leaders that move"), units.number(found.led)),
            (translate("own_broker_plans", "Voters afterwards"), _list(found.voters_after)),
            (translate("own_broker_plans", "Others that restart for their role"), _list(restarts) or "0"),
        ),
        shell=_out_by_hand(bootstrap, found),
        python="",
        apply=None,
        job=job,
        apply_label=translate("own_broker_plans", "Take broker {} out").format(node_id),
        done=translate("own_broker_plans", "Broker {} is out of {}").format(node_id, name),
        destructive=True,
        warning=" ".join(warnings),
        undo=translate(
            "own_broker_plans",
            "While replicas are on their way, the job can be cancelled. Later: add a broker and move replicas to it.",
        ),
    )


def _out_by_hand(bootstrap: str, found: Removal) -> str:
    lines = []
    if found.moves:
        lines.append(f"echo '{reassignment_json(found.moves)}' > reassign.json")
        options = ("--reassignment-json-file reassign.json --execute",)
        lines.append(shell_command("kafka-reassign-partitions.sh", bootstrap, *options))
    for voter in found.voters_before:
        if voter not in found.voters_after:
            option = f"remove-controller --controller-id {voter} --controller-directory-id ID"
            lines.append(shell_command("kafka-metadata-quorum.sh", bootstrap, option))
    lines.append(f"kafka-server-stop.sh --node-id={found.node_id}")
    lines.append(f"kafka-cluster.sh unregister --bootstrap-server {bootstrap} --id {found.node_id}")
    return "\n".join(lines)


def _list(nodes: Iterable[int]) -> str:
    return ", ".join(map(str, nodes))


def _described(folder: Path, broker: BrokerSpec, own: Mapping[str, str]) -> dict[str, str]:
    described = {
        "listeners": f"PLAINTEXT://localhost:{broker.port}",
        "log.dirs": ",".join(place.as_posix() for place in log_directories(folder, broker)),
    }
    if broker.rack is not None:
        described["broker.rack"] = broker.rack
    return {**described, **own}


def _difference(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    lines = []
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) == new.get(key):
            continue
        if key in old:
            lines.append(f"- {key}={old[key]}")
        if key in new:
            lines.append(f"+ {key}={new[key]}")
    return tuple(lines)


def _changed_lines(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[str]:
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            yield f"# without {key}"
        elif old.get(key) != new[key]:
            yield f"{key}={new[key]}"


def _by_hand(path: Path, old: Mapping[str, str], new: Mapping[str, str], node_id: int | None) -> str:
    lines = [f"# in {path}", *_changed_lines(old, new)]
    if node_id is not None:
        lines = [
            f"kafka-server-stop.sh --node-id={node_id}",
            *lines,
            f"kafka-server-start.sh {shell_word(str(path))}",
        ]
    return "\n".join(lines)


def _only_here(topics: Sequence[TopicInfo], node_id: int) -> int:
    """Partitions that nobody else can lead."""
    return sum(part.leader == node_id and set(part.isr) <= {node_id} for topic in topics for part in topic.partitions)


def _waiting(lonely: int) -> str:
    if not lonely:
        return ""
    return counted(
        lonely,
        translate(
            "own_broker_plans",
            "{} partition has no other replica in sync: it cannot be written or read while its broker restarts.",
        ),
        translate(
            "own_broker_plans",
            "{} partitions have no other replica in sync: they cannot be written or read while their broker restarts.",
        ),
    )
