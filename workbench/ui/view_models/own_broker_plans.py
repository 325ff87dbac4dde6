"""Plans for the brokers of an embedded cluster: their description, the cluster's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from workbench.client.model import TopicInfo
from workbench.cluster.plan import log_directories, properties_path
from workbench.cluster.spec import BrokerSpec
from workbench.ui import units
from workbench.ui.view_models.plan import JobWork, Plan, shell_word

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
        apply_label=translate("own_broker_plans", "Change and restart {} brokers").format(len(running))
        if running
        else translate("own_broker_plans", "Change them"),
        done=translate("own_broker_plans", "Every broker of {} is changed").format(name),
        warning=_waiting(lonely) if running else "",
        undo=translate(
            "own_broker_plans",
            "If the first broker does not start with it, all keep what they had. Later, change it back the same way.",
        ),
    )


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
    return translate(
        "own_broker_plans",
        "{} partitions have no other replica in sync: they cannot be written or read while their broker restarts.",
    ).format(units.number(lonely))
