"""What it means for partitions that a broker goes, comes back, shuts down, or loses a directory.

Invariants: a broker that goes leaves every ISR, but the last in-sync replica stays known (as the ISR itself, or as
an eligible leader replica where those are on); partitions without a leader get one as soon as a broker that may lead
them is back; a broker that died uncleanly is nobody's eligible leader replica any more (KIP-966).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from workbench.embedded_broker.controller.partition_change import Election, PartitionChangeBuilder, without
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.metadata.image import TopicImage
from workbench.embedded_broker.metadata.partition_registration import NO_LEADER, PartitionRegistration
from workbench.embedded_broker.metadata.registrations import BrokerRegistration
from workbench.wire.messages import (
    BrokerRegistrationChangeRecord,
    PartitionChangeRecord,
    UnregisterBrokerRecord,
)

PartitionOf = tuple[TopicImage, int, PartitionRegistration]

FENCE = 1
UNFENCE = -1
ENTER_CONTROLLED_SHUTDOWN = 1


def partitions_with_in_isr(state: ControllerState, broker_id: int) -> list[PartitionOf]:
    return [found for found in state.image.topics.all_partitions() if broker_id in found[2].isr]


def partitions_with_in_elr(state: ControllerState, broker_id: int) -> list[PartitionOf]:
    return [found for found in state.image.topics.all_partitions() if broker_id in found[2].elr]


def partitions_without_leader(state: ControllerState) -> list[PartitionOf]:
    return [found for found in state.image.topics.all_partitions() if found[2].leader == NO_LEADER]


def has_leaderships(state: ControllerState, broker_id: int) -> bool:
    return any(partition.leader == broker_id for _, _, partition in state.image.topics.all_partitions())


class TopicFacts:
    """What elections ask about a topic, looked up once per topic within one decision."""

    def __init__(self, state: ControllerState) -> None:
        self._state = state
        self._min_isr: dict[str, int] = {}
        self._unclean: dict[str, bool] = {}

    def min_isr(self, topic: str) -> int:
        if topic not in self._min_isr:
            self._min_isr[topic] = self._state.effective_min_isr(topic)
        return self._min_isr[topic]

    def unclean(self, topic: str) -> bool:
        if topic not in self._unclean:
            self._unclean[topic] = self._state.unclean_election_enabled(topic)
        return self._unclean[topic]


def change_builder(
    state: ControllerState,
    topic: TopicImage,
    partition_id: int,
    partition: PartitionRegistration,
    facts: TopicFacts,
    is_acceptable: Callable[[int], bool] | None = None,
) -> PartitionChangeBuilder:
    """A builder with the topic's settings; the election is as ONLINE as its caller makes it."""
    return PartitionChangeBuilder(
        partition,
        topic.id,
        partition_id,
        is_acceptable_leader=state.acceptable_leader(partition, is_acceptable),
        metadata_version=state.metadata_version,
        min_isr=facts.min_isr(topic.name),
        elr_enabled=state.elr_enabled,
        default_directory=state.default_directory,
    )


def leader_and_isr_updates(
    state: ControllerState,
    partitions: Iterable[PartitionOf],
    *,
    remove: int = NO_LEADER,
    add: int = NO_LEADER,
    unclean_shutdown: int = NO_LEADER,
) -> list[PartitionChangeRecord]:
    """Takes `remove` and `unclean_shutdown` out of the ISRs and elects leaders anew, counting `add` as active."""

    def is_acceptable(broker_id: int) -> bool:
        if broker_id in (remove, unclean_shutdown):
            return False
        return broker_id == add or state.is_active(broker_id)

    facts = TopicFacts(state)
    records: list[PartitionChangeRecord] = []
    for topic, partition_id, partition in partitions:
        builder = change_builder(state, topic, partition_id, partition, facts, is_acceptable)
        if facts.unclean(topic.name):
            builder.election = Election.UNCLEAN
        if unclean_shutdown != NO_LEADER:
            builder.unclean_shutdown_replicas = frozenset({unclean_shutdown})
        builder.isr = without(partition.isr, remove, unclean_shutdown)
        record = builder.build()
        if record is not None:
            records.append(record)
    return records


def broker_fenced_records(
    state: ControllerState, broker: BrokerRegistration
) -> list[PartitionChangeRecord | BrokerRegistrationChangeRecord]:
    return [
        *leader_and_isr_updates(state, partitions_with_in_isr(state, broker.id), remove=broker.id),
        BrokerRegistrationChangeRecord(broker_id=broker.id, broker_epoch=broker.epoch, fenced=FENCE),
    ]


def broker_unfenced_records(
    state: ControllerState, broker: BrokerRegistration
) -> list[PartitionChangeRecord | BrokerRegistrationChangeRecord]:
    return [
        BrokerRegistrationChangeRecord(broker_id=broker.id, broker_epoch=broker.epoch, fenced=UNFENCE),
        *leader_and_isr_updates(state, partitions_without_leader(state), add=broker.id),
    ]


def controlled_shutdown_records(
    state: ControllerState, broker: BrokerRegistration
) -> list[PartitionChangeRecord | BrokerRegistrationChangeRecord]:
    records: list[PartitionChangeRecord | BrokerRegistrationChangeRecord] = []
    if not broker.in_controlled_shutdown:
        records.append(
            BrokerRegistrationChangeRecord(
                broker_id=broker.id,
                broker_epoch=broker.epoch,
                in_controlled_shutdown=ENTER_CONTROLLED_SHUTDOWN,
            )
        )
    records.extend(leader_and_isr_updates(state, partitions_with_in_isr(state, broker.id), remove=broker.id))
    return records


def broker_unregistered_records(
    state: ControllerState, broker: BrokerRegistration
) -> list[PartitionChangeRecord | UnregisterBrokerRecord]:
    return [
        *leader_and_isr_updates(state, partitions_with_in_isr(state, broker.id), remove=broker.id),
        *leader_and_isr_updates(state, partitions_with_in_elr(state, broker.id), remove=broker.id),
        UnregisterBrokerRecord(broker_id=broker.id, broker_epoch=broker.epoch),
    ]


def previous_process_gone_records(
    state: ControllerState, broker_id: int, *, clean: bool
) -> list[PartitionChangeRecord]:
    """A new process of the broker registers: what its former one left behind."""
    if state.elr_enabled and not clean:
        return [
            *leader_and_isr_updates(state, partitions_with_in_isr(state, broker_id), unclean_shutdown=broker_id),
            *leader_and_isr_updates(state, partitions_with_in_elr(state, broker_id), unclean_shutdown=broker_id),
        ]
    return leader_and_isr_updates(state, partitions_with_in_isr(state, broker_id), remove=broker_id)


def directories_offline_records(
    state: ControllerState, broker: BrokerRegistration, offline: Sequence[bytes]
) -> list[PartitionChangeRecord | BrokerRegistrationChangeRecord]:
    """The broker says that directories failed: their replicas go as if the broker had gone for them (KIP-858)."""
    newly_offline = [directory for directory in broker.directories if directory in offline]
    if not newly_offline:
        return []
    lost = [found for found in state.image.topics.all_partitions() if found[2].directory(broker.id) in newly_offline]
    return [
        *leader_and_isr_updates(state, lost, remove=broker.id),
        BrokerRegistrationChangeRecord(
            broker_id=broker.id,
            broker_epoch=broker.epoch,
            log_dirs=[directory for directory in broker.directories if directory not in newly_offline],
        ),
    ]


def directories_cordoned_records(
    broker: BrokerRegistration, cordoned: Sequence[bytes] | None
) -> list[BrokerRegistrationChangeRecord]:
    """The broker says which of its directories take no new replicas; None says nothing."""
    if cordoned is None or tuple(sorted(cordoned)) == broker.cordoned_directories:
        return []
    return [
        BrokerRegistrationChangeRecord(broker_id=broker.id, broker_epoch=broker.epoch, cordoned_log_dirs=list(cordoned))
    ]
