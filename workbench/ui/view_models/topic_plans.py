"""Plans for topics: create, add partitions, purge, delete (KIP-4, KIP-107, KIP-195)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from workbench.client.model import TopicInfo
from workbench.client.session import ClusterSession
from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.view_models.plan import Plan, shell_command, shell_word

translate = QCoreApplication.translate
_ADMIN = "from kafka import KafkaAdminClient\n"


def _admin(bootstrap: str) -> str:
    return f'admin = KafkaAdminClient(bootstrap_servers="{bootstrap}")\n'


def name_fault(name: str, existing: frozenset[str]) -> str:
    """Why a topic cannot have this name, or "" if it can (Kafka's rules: Topic.validate, and KAFKA-2337)."""
    if not name:
        return translate("topic_plans", "A topic needs a name.")
    if name in (".", ".."):
        return translate("topic_plans", "A topic cannot be called . or ..")
    if len(name) > 249:
        return translate("topic_plans", "The name has {} characters; Kafka takes 249 at most.").format(len(name))
    bad = sorted({letter for letter in name if not (letter.isascii() and (letter.isalnum() or letter in "._-"))})
    if bad:
        shown = " ".join("space" if letter == " " else letter for letter in bad)
        return translate("topic_plans", "Letters, digits, . _ and - only; not: {}").format(shown)
    if name in existing:
        return translate("topic_plans", "A topic with this name exists.")
    merged = name.replace(".", "_")
    for other in existing:
        if other.replace(".", "_") == merged:
            return translate("topic_plans", "Collides with {}: Kafka's metric names take . and _ as the same.").format(
                other
            )
    return ""


def create_topic(
    session: ClusterSession,
    bootstrap: str,
    name: str,
    partitions: int,
    replication: int,
    configs: Mapping[str, str],
) -> Plan:
    """Creates a topic; the cluster checks it first (validate only)."""
    config_options = [f"--config {shell_word(f'{key}={value}')}" for key, value in configs.items()]
    entry = f'"{name}": {{"num_partitions": {partitions}, "replication_factor": {replication}'
    if configs:
        entry += f', "configs": {json.dumps(dict(configs))}'
    entry += "}"
    return Plan(
        title=translate("topic_plans", "Create topic {}").format(name),
        summary=translate("topic_plans", "One topic is added; nothing that exists changes."),
        difference=(
            f"+ {name}",
            f"+   partitions {partitions}",
            f"+   replication {replication}",
            *(f"+   {key}={value}" for key, value in configs.items()),
        ),
        touches=((translate("topic_plans", "New replicas"), units.number(partitions * replication)),),
        shell=shell_command(
            "kafka-topics.sh",
            bootstrap,
            f"--create --topic {shell_word(name)}",
            f"--partitions {partitions} --replication-factor {replication}",
            *config_options,
        ),
        python=f"{_ADMIN}\n{_admin(bootstrap)}admin.create_topics({{{entry}}})",
        apply=lambda: session.create_topic(name, partitions, replication, configs),
        apply_label=translate("topic_plans", "Create topic"),
        done=translate("topic_plans", "Topic {} is created").format(name),
        undo=translate("topic_plans", "Undo deletes the topic again, with all that was written to it meanwhile."),
        undo_work=lambda: session.delete_topic(name),
        check=lambda: session.create_topic(name, partitions, replication, configs, validate_only=True),
    )


def add_partitions(session: ClusterSession, bootstrap: str, topic: TopicInfo, total: int) -> Plan:
    """Raises the number of partitions; keys move, which is told."""
    old = topic.partition_count
    return Plan(
        title=translate("topic_plans", "Add partitions to {}").format(topic.name),
        summary=counted(
            total - old,
            translate("topic_plans", "{} new partition, {} in all."),
            translate("topic_plans", "{} new partitions, {} in all."),
            units.number(total),
        ),
        difference=(f"  {topic.name}", f"-   partitions {old}", f"+   partitions {total}"),
        touches=(
            (translate("topic_plans", "New replicas"), units.number((total - old) * topic.replication_factor)),
            (translate("topic_plans", "Messages moved"), "0"),
        ),
        shell=shell_command(
            "kafka-topics.sh", bootstrap, f"--alter --topic {shell_word(topic.name)}", f"--partitions {total}"
        ),
        python=(f'{_ADMIN}\n{_admin(bootstrap)}admin.create_partitions({{"{topic.name}": {{"count": {total}}}}})'),
        apply=lambda: session.add_partitions(topic.name, total),
        apply_label=translate("topic_plans", "Add {}").format(counts.partitions(total - old)),
        done=translate("topic_plans", "{} has {}").format(topic.name, counts.partitions(total)),
        warning=translate(
            "topic_plans",
            "New messages of a key may go to another partition than its old ones: order by key holds within a "
            "partition only.",
        ),
        undo=translate("topic_plans", "Cannot be undone: Kafka never takes partitions away."),
        check=lambda: session.add_partitions(topic.name, total, validate_only=True),
    )


def purge(session: ClusterSession, bootstrap: str, topic: TopicInfo, before: Mapping[int, int] | None = None) -> Plan:
    """Deletes records below an offset per partition, all of them without `before` (DeleteRecords)."""
    rows = []
    gone = 0
    wanted: dict[int, int] = {}
    for part in topic.partitions:
        earliest, latest = part.earliest_offset, part.latest_offset
        if earliest is None or latest is None:
            continue
        target = latest if before is None else before.get(part.partition, earliest)
        if target <= earliest:
            continue
        wanted[part.partition] = target
        gone += target - earliest
        rows.append(f"- {topic.name}-{part.partition}  offsets {earliest:,} to {target - 1:,}")
    entries = [{"topic": topic.name, "partition": key, "offset": value} for key, value in wanted.items()]
    document = json.dumps({"version": 1, "partitions": entries})
    pairs = ", ".join(f'TopicPartition("{topic.name}", {key}): {value}' for key, value in wanted.items())
    return Plan(
        title=translate("topic_plans", "Purge {}").format(topic.name),
        summary=counted(
            gone,
            translate("topic_plans", "{} message is deleted in {}; the topic stays."),
            translate("topic_plans", "{} messages are deleted in {}; the topic stays."),
            counts.partitions(len(wanted)),
        ),
        difference=tuple(rows) or (translate("topic_plans", "  nothing to delete"),),
        touches=(
            (translate("topic_plans", "Messages deleted"), units.number(gone)),
            (translate("topic_plans", "Size now"), units.size(topic.size_bytes)),
        ),
        shell=(
            f"echo '{document}' > purge.json\n"
            + shell_command("kafka-delete-records.sh", bootstrap, "--offset-json-file purge.json")
        ),
        python=f"from kafka import KafkaAdminClient, TopicPartition\n\n{_admin(bootstrap)}"
        f"admin.delete_records({{{pairs}}})",
        apply=lambda: session.purge(topic.name, wanted),
        apply_label=translate("topic_plans", "Delete {}").format(counts.messages(gone)),
        done=translate("topic_plans", "{} is purged").format(topic.name),
        destructive=True,
        warning=translate(
            "topic_plans",
            "Consumers that have not read them get OFFSET_OUT_OF_RANGE and go on where auto.offset.reset says.",
        ),
        undo=translate("topic_plans", "Cannot be undone: deleted messages are gone."),
    )


def delete_topics(session: ClusterSession, bootstrap: str, topics: tuple[TopicInfo, ...]) -> Plan:
    """Deletes topics with all their records."""
    names = [topic.name for topic in topics]
    sizes = [topic.size_bytes for topic in topics]
    total = sum(topic.message_count or 0 for topic in topics)
    known_sizes = [value for value in sizes if value is not None]

    async def work() -> None:
        for name in names:
            await session.delete_topic(name)

    several = translate("topic_plans", "Delete {} topics")
    return Plan(
        title=translate("topic_plans", "Delete topic {}").format(names[0])
        if len(names) == 1
        else several.format(len(names)),
        summary=counted(
            len(names),
            translate("topic_plans", "The topic goes with its messages and its configuration."),
            translate("topic_plans", "The topics go with their messages and their configuration."),
        ),
        difference=tuple(f"- {topic.name}  {counts.partitions(topic.partition_count)}" for topic in topics),
        touches=(
            (translate("topic_plans", "Messages deleted"), units.number(total)),
            (
                translate("topic_plans", "Size on the leaders"),
                units.size(sum(known_sizes)) if known_sizes else units.no_data(),
            ),
        ),
        shell="\n".join(
            shell_command("kafka-topics.sh", bootstrap, f"--delete --topic {shell_word(name)}") for name in names
        ),
        python=f"{_ADMIN}\n{_admin(bootstrap)}admin.delete_topics({json.dumps(names)})",
        apply=work,
        apply_label=counted(len(names), translate("topic_plans", "Delete topic"), several),
        done=translate("topic_plans", "{} is deleted").format(names[0])
        if len(names) == 1
        else translate("topic_plans", "{} topics are deleted").format(len(names)),
        destructive=True,
        warning=translate(
            "topic_plans", "A program that still writes to it creates it anew, where auto.create.topics.enable is true."
        ),
        undo=translate("topic_plans", "Cannot be undone: deleted messages are gone."),
    )
