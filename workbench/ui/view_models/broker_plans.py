"""Plans that move leaders and replicas (KIP-460, KIP-455)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from workbench.client.session import ClusterSession
from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.view_models.plan import Plan, shell_command
from workbench.ui.view_models.reassignment import AwayLeader, Move, bytes_to_copy, reassignment_json

translate = QCoreApplication.translate


def elect_preferred(session: ClusterSession, bootstrap: str, away: Sequence[AwayLeader]) -> Plan:
    """Brings leaders home; only those whose preferred replica is in sync."""
    able = [part for part in away if part.can_return]
    waiting = [part for part in away if not part.can_return]
    wanted: dict[str, list[int]] = {}
    for part in able:
        wanted.setdefault(part.topic, []).append(part.partition)
    lines = []
    for part in able:
        lines.append(f"- {part.topic}-{part.partition}  leader {part.leader}")
        lines.append(f"+ {part.topic}-{part.partition}  leader {part.home}")
    lines += [f"  {part.topic}-{part.partition}  stays: broker {part.home} is not in sync" for part in waiting]
    return Plan(
        title=translate("broker_plans", "Elect preferred leaders"),
        summary=counted(
            len(able),
            translate("broker_plans", "{} partition is led by its preferred broker again."),
            translate("broker_plans", "{} partitions are led by their preferred broker again."),
        ),
        difference=tuple(lines) or (translate("broker_plans", "  nothing to elect"),),
        touches=(
            (translate("broker_plans", "Leaders that move"), units.number(len(able))),
            (translate("broker_plans", "Data that moves"), "0 B"),
        ),
        shell=shell_command(
            "kafka-leader-election.sh", bootstrap, "--election-type preferred", "--all-topic-partitions"
        ),
        python=(
            "from kafka import KafkaAdminClient\n\n"
            f'admin = KafkaAdminClient(bootstrap_servers="{bootstrap}")\n'
            f"admin.elect_leaders(0, {json.dumps(wanted)})  # 0: preferred"
        ),
        apply=lambda: session.elect_preferred_leaders(wanted),
        apply_label=counted(
            len(able), translate("broker_plans", "Elect {} leader"), translate("broker_plans", "Elect {} leaders")
        ),
        done=counted(
            len(able), translate("broker_plans", "{} leader is home"), translate("broker_plans", "{} leaders are home")
        ),
        warning=translate(
            "broker_plans", "Clients of these partitions ask for the new leader once: a few milliseconds."
        ),
        undo=translate("broker_plans", "Needs no undo: nothing is lost by it."),
    )


def reassign(session: ClusterSession, bootstrap: str, moves: Sequence[Move]) -> Plan:
    """Gives partitions other replicas; Undo puts the old ones back."""
    topics = sorted({move.topic for move in moves})
    lines = []
    for move in moves:
        lines.append(f"- {move.topic}-{move.partition}  replicas {_list(move.before)}")
        lines.append(f"+ {move.topic}-{move.partition}  replicas {_list(move.after)}")
    document = reassignment_json(moves)
    after = {(move.topic, move.partition): move.after for move in moves}
    before = {(move.topic, move.partition): move.before for move in moves}
    copies = sum(len(move.added) for move in moves)
    pairs = ", ".join(f'TopicPartition("{m.topic}", {m.partition}): {list(m.after)}' for m in moves)
    return Plan(
        title=translate("broker_plans", "Move replicas of {}").format(", ".join(topics)),
        summary=counted(
            len(moves),
            translate("broker_plans", "{} partition gets other replicas; clients go on meanwhile."),
            translate("broker_plans", "{} partitions get other replicas; clients go on meanwhile."),
        ),
        difference=tuple(lines) or (translate("broker_plans", "  nothing changes"),),
        touches=(
            (translate("broker_plans", "Replicas to copy"), units.number(copies)),
            (translate("broker_plans", "Data to copy"), units.size(bytes_to_copy(moves))),
        ),
        shell=(
            f"echo '{document}' > reassign.json\n"
            + shell_command(
                "kafka-reassign-partitions.sh", bootstrap, "--reassignment-json-file reassign.json --execute"
            )
        ),
        python=(
            "from kafka import KafkaAdminClient, TopicPartition\n\n"
            f'admin = KafkaAdminClient(bootstrap_servers="{bootstrap}")\n'
            f"admin.alter_partition_reassignments({{{pairs}}})"
        ),
        apply=lambda: session.reassign(after),
        apply_label=translate("broker_plans", "Move {}").format(counts.partitions(len(moves))),
        done=translate("broker_plans", "The replicas of {} are on their way").format(", ".join(topics)),
        undo=translate("broker_plans", "Undo gives them their old replicas again, which are copied if they are gone."),
        undo_work=lambda: session.reassign(before),
    )


def _list(nodes: Sequence[int]) -> str:
    return ", ".join(map(str, nodes))
