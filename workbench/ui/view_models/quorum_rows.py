"""The metadata quorum's replicas as rows, and what its state means (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from workbench.client.model import QuorumDescription, QuorumVoter

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class QuorumRow:
    """One replica; `lag` in records behind the leader, `fetched_ms_ago` None for the leader and for "never"."""

    voter: QuorumVoter
    rank: int
    role: str
    tone: str
    lag: int
    fetched_ms_ago: int | None
    caught_up_ms_ago: int | None
    is_down: bool


def quorum_rows(
    quorum: QuorumDescription, ranks: dict[int, int], down: frozenset[int], now_ms: int
) -> tuple[QuorumRow, ...]:
    """Leader first, then voters, then observers, by node id."""
    end = max((replica.log_end_offset for replica in quorum.replicas), default=0)
    rows = []
    for replica in quorum.replicas:
        is_leader = replica.node_id == quorum.leader_id
        if is_leader:
            role, tone = translate("quorum", "leader"), "accent"
        elif replica.is_voter:
            role, tone = translate("quorum", "voter"), "ok"
        else:
            role, tone = translate("quorum", "observer"), "off"
        rows.append(
            QuorumRow(
                replica,
                ranks.get(replica.node_id, replica.node_id),
                role,
                tone,
                max(0, end - max(0, replica.log_end_offset)),
                None if is_leader or replica.last_fetch_ms is None else max(0, now_ms - replica.last_fetch_ms),
                None if is_leader or replica.last_caught_up_ms is None else max(0, now_ms - replica.last_caught_up_ms),
                replica.node_id in down,
            )
        )
    order = {translate("quorum", "leader"): 0, translate("quorum", "voter"): 1}
    return tuple(sorted(rows, key=lambda row: (order.get(row.role, 2), row.voter.node_id)))


def majority_words(quorum: QuorumDescription, down: frozenset[int]) -> tuple[str, str]:
    """What the quorum can stand still, and the tone of that."""
    voters = [voter.node_id for voter in quorum.voters]
    alive = sum(1 for node in voters if node not in down)
    needed = len(voters) // 2 + 1
    spare = alive - needed
    if spare < 0:
        words = translate("quorum", "{} of {} voters: no majority. Nothing about topics or leaders can change.")
        return words.format(alive, len(voters)), "err"
    if spare == 0 and len(voters) > 1:
        words = translate("quorum", "{} of {} voters: one more loss, and topics, leaders and configs stand still.")
        return words.format(alive, len(voters)), "warn"
    if len(voters) == 1:
        return translate("quorum", "1 voter: when it stops, metadata stands still until it is back."), "info"
    if spare == 1:
        return translate("quorum", "{} of {} voters: one may be lost.").format(alive, len(voters)), "ok"
    return translate("quorum", "{} of {} voters: {} may be lost.").format(alive, len(voters), spare), "ok"
