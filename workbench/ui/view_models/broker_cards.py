"""What a broker's card says (pure): from the cluster's description and, if the broker is ours, from its process."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication

from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.reassignment import leaders_away
from workbench.ui.view_models.replica_rows import disk_bytes, leaders_and_replicas

translate = QCoreApplication.translate
SPARK_SECONDS = 60
_TONES = {
    "running": ("ok", "ok"),
    "starting": ("accent", "starting"),
    "waiting to restart": ("warn", "starting"),
    "paused": ("warn", "pause"),
    "stopping": ("off", "starting"),
    "killing": ("err", "kill"),
    "killed": ("err", "error"),
    "failed": ("err", "error"),
    "stopped": ("off", "off"),
}


@dataclass(frozen=True, slots=True)
class BrokerCardData:
    """One card; `lines` are rich text with <b> for figures. `alarm` frames it in err."""

    node_id: int
    rank: int
    state: str
    tone: str
    icon: str
    is_controller: bool
    lines: tuple[str, ...]
    foot: str
    spark: tuple[float | None, ...]
    embedded: bool
    has_process: bool
    paused: bool
    alarm: bool


def broker_cards(cluster: ClusterModel) -> tuple[BrokerCardData, ...]:
    """One card for each node id known, in order."""
    return tuple(_card(cluster, node, rank) for rank, node in enumerate(cluster.node_ids))


def _card(cluster: ClusterModel, node: int, rank: int) -> BrokerCardData:
    now_ms = time.time_ns() // 1_000_000
    leader = cluster.quorum.leader_id if cluster.quorum is not None else None
    if leader is None and cluster.description is not None:
        leader = cluster.description.controller_id
    handle = cluster.local.handles.get(node) if cluster.local is not None else None
    broker = cluster.description.broker(node) if cluster.description is not None else None
    if handle is not None:
        state = handle.phase.value
        lines = _own_lines(cluster, node) if handle.phase.value in ("running", "paused") else _down_lines(cluster, node)
        foot = translate("cards", "port {}").format(handle.spec.port)
        sample = handle.last_sample
        if state == "running" and sample is not None:
            foot = translate("cards", "{}, up {}").format(foot, units.span(sample.uptime_ms / 1000))
        alive = handle.phase.has_process
        spark = cluster.rates.recent(node, "bytes_in", SPARK_SECONDS, now_ms) if alive and state != "paused" else ()
    else:
        state = "running" if broker is not None and not broker.is_fenced else "gone"
        lines = (_replica_line(cluster, node), *_address_lines(cluster, node))
        foot = translate("cards", "port {}").format(broker.port) if broker is not None else ""
        spark = ()
    tone, icon = _TONES.get(state, ("err", "error"))
    return BrokerCardData(
        node_id=node,
        rank=rank,
        state=translate("cards", state),
        tone=tone,
        icon=icon,
        is_controller=node == leader and state == "running",
        lines=lines,
        foot=foot,
        spark=spark if any(value is not None for value in spark) else (),
        embedded=handle is not None,
        has_process=handle is not None and handle.phase.has_process,
        paused=state == "paused",
        alarm=tone == "err",
    )


def _replica_line(cluster: ClusterModel, node: int) -> str:
    led, synced, whole = leaders_and_replicas(cluster.topics, node)
    away = sum(1 for part in leaders_away(cluster.topics) if part.leader == node)
    leaders = counted(led, translate("cards", "<b>{}</b> leader"), translate("cards", "<b>{}</b> leaders"))
    if away:
        leaders = translate("cards", "<b>{}</b> <i>+{}</i> leaders").format(led - away, away)
    return translate("cards", "{}, <b>{}</b> of {} in sync").format(leaders, synced, whole)


def _address_lines(cluster: ClusterModel, node: int) -> tuple[str, ...]:
    broker = cluster.description.broker(node) if cluster.description is not None else None
    if broker is None:
        return (translate("cards", "Named as a replica, not registered"),)
    lines = [broker.address + (translate("cards", ", rack {}").format(broker.rack) if broker.rack else "")]
    disk = disk_bytes(cluster.topics, node)
    known = translate("cards", "disk {}").format(units.size(disk)) if disk is not None else ""
    lines.append(known)
    return tuple(line for line in lines if line)


def _own_lines(cluster: ClusterModel, node: int) -> tuple[str, ...]:
    handle = cluster.local.handles[node] if cluster.local is not None else None
    lines = [_replica_line(cluster, node)]
    if handle is not None and handle.phase.value == "paused":
        # Its last figures are none of now.
        ago = units.span(max(0, time.time() - handle.phase_since_ms / 1000))
        lines.append(translate("cards", "Stands still for <b>{}</b> (SIGSTOP)").format(ago))
        return (*lines, _fenced_line(cluster, node, handle.phase_since_ms))
    sample = handle.last_sample if handle is not None else None
    if handle is None or sample is None:
        return (*lines, translate("cards", "rates come within a second"))
    rates = handle.rates
    lines.append(
        translate("cards", "in <b>{}</b>, out <b>{}</b>").format(
            units.byte_rate(rates.bytes_in), units.byte_rate(rates.bytes_out)
        )
    )
    lines.append(
        translate("cards", "CPU {:.0f} %, {}, disk {}").format(
            rates.cpu * 100, units.size(sample.memory_bytes), units.size(sample.log_size_bytes)
        )
    )
    return tuple(lines)


def _down_lines(cluster: ClusterModel, node: int) -> tuple[str, ...]:
    assert cluster.local is not None
    handle = cluster.local.handles[node]
    ago = units.span(max(0, time.time() - handle.phase_since_ms / 1000))
    state = handle.phase.value
    if state == "starting":
        progress = f" {handle.progress:.0%}" if handle.progress is not None else ""
        doing = (
            handle.reported_state.value if handle.reported_state is not None else translate("cards", "process starts")
        )
        return (f"{doing}{progress}", translate("cards", "for {}").format(ago))
    if state == "waiting to restart":
        first = translate("cards", "Ended <b>{}</b> ago, restarts by itself").format(ago)
    else:
        first = translate("cards", "{} <b>{}</b> ago").format(translate("cards", state).capitalize(), ago)
    pid = cluster.local.last_pids.get(node)
    if state == "killed" and pid is not None:
        first = translate("cards", "{} (SIGKILL, pid {})").format(first, pid)
    failure = handle.failure
    second = failure.sentence if failure is not None else _fenced_line(cluster, node, handle.phase_since_ms)
    sample = handle.last_sample
    size = units.size(sample.log_size_bytes) if sample is not None else ""
    third = translate("cards", "Its log, {}, is kept on disk").format(size) if size else ""
    third = third or translate("cards", "Its log is kept on disk")
    return tuple(line for line in (first, second, third) if line)


def _fenced_line(cluster: ClusterModel, node: int, since_ms: int) -> str:
    """Whether the controller has noticed."""
    assert cluster.local is not None
    if len(cluster.local.handles) < 2:
        return ""
    if cluster.local.handles[node].phase.value == "stopped":
        return translate("cards", "It gave its leaders away and left")
    fenced_ms = cluster.local.timeline.fenced_ms(node, since_ms - 1_000)
    if fenced_ms is not None:
        waited = units.span(max(0.0, (fenced_ms - since_ms) / 1000))
        return translate("cards", "Fenced at {}, {} later").format(units.clock(fenced_ms), waited)
    _led, synced, _whole = leaders_and_replicas(cluster.topics, node)
    if synced:
        return counted(
            synced,
            translate("cards", "Not fenced yet: still in {} ISR"),
            translate("cards", "Not fenced yet: still in {} ISRs"),
        )
    return translate("cards", "In no ISR any more")
