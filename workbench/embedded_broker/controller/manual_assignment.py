"""Checks replica lists that a client chose by hand, and makes new partitions from replica lists.

Invariant: a new partition's ISR is its active replicas in order, its leader the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.embedded_broker.controller.placement import UsableBroker
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.wire.error_codes import ErrorCode


def check_manual_assignment(state: ControllerState, replicas: Sequence[int], replication_factor: int | None) -> None:
    """Raises INVALID_REPLICA_ASSIGNMENT; `replication_factor` is that of the partitions before, None for the first."""
    if not replicas:
        raise BrokerError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT, "The manual partition assignment includes an empty replica list."
        )
    previous: int | None = None
    for broker_id in sorted(replicas):
        if broker_id not in state.image.cluster.brokers:
            raise BrokerError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"The manual partition assignment includes broker {broker_id}, but no such broker is registered.",
            )
        if broker_id == previous:
            raise BrokerError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"The manual partition assignment includes the broker {previous} more than once.",
            )
        previous = broker_id
    if replication_factor is not None and len(replicas) != replication_factor:
        raise BrokerError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            f"The manual partition assignment includes a partition with {len(replicas)} replica(s), but this is not "
            f"consistent with previous partitions, which have {replication_factor} replica(s).",
        )


def active_replicas(state: ControllerState, replicas: Sequence[int]) -> tuple[int, ...]:
    return tuple(replica for replica in replicas if state.is_active(replica))


def new_partition(state: ControllerState, replicas: Sequence[int], isr: Sequence[int]) -> PartitionRegistration:
    """A partition that begins on `replicas`; each goes to its broker's only directory, or is left to the broker."""
    return PartitionRegistration(
        replicas=tuple(replicas),
        directories=tuple(state.default_directory(replica) for replica in replicas),
        isr=tuple(isr),
        leader=isr[0],
    )


def usable_brokers(state: ControllerState) -> list[UsableBroker]:
    """Brokers that may get new replicas: not shutting down, with a directory that is not cordoned."""
    return [
        UsableBroker(broker.id, broker.rack, broker.fenced)
        for broker in state.image.cluster.brokers.values()
        if not state.heartbeats.session(broker.id).shutting_down
        and (
            not broker.cordoned_directories
            or not broker.directories
            or set(broker.directories) - set(broker.cordoned_directories)
        )
    ]
