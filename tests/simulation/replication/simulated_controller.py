"""A controller that never fails, with the program's own decisions: what it writes is committed at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.helpers.metadata_doubles import CLUSTER_ID, directory_id, feature_records, partition, state_of, topic_records
from tests.simulation.replication.violation import Violation
from workbench.embedded_broker.controller.alter_partition import alter_partition
from workbench.embedded_broker.controller.brokers import broker_heartbeat, expired_session_records, register_broker
from workbench.embedded_broker.controller.elections import elect_leaders
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.metadata.record_versions import record_version
from workbench.embedded_broker.quorum.contract import CommittedBatch
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AlterPartitionRequest,
    AlterPartitionResponse,
    BrokerHeartbeatRequest,
    BrokerRegistrationRequest,
    ElectLeadersRequest,
)
from workbench.wire.record_values import encode_metadata_record

TOPIC = "orders"
SESSION_MS = 600
_VERSIONS = {"metadata.version": (7, 30), "kraft.version": (0, 1), "eligible.leader.replicas.version": (0, 1)}


class SimulatedController:
    """Knows `brokers`, all fenced, and one topic of which each partition has a replica on every broker."""

    def __init__(self, brokers: Sequence[int], partitions: int, *, min_isr: int, seed: int) -> None:
        self.state = state_of(brokers=(), seed=seed, session_timeout_ms=SESSION_MS)
        self.log: list[CommittedBatch] = []
        self._append(feature_records(), replay=False)
        self.brokers = tuple(brokers)
        self._partitions = partitions
        self._min_isr = min_isr

    def create_topic(self) -> None:
        """Once every broker is registered and unfenced."""
        registrations = []
        for index in range(self._partitions):
            order = [self.brokers[(index + place) % len(self.brokers)] for place in range(len(self.brokers))]
            registrations.append(partition(order))
        self._append(topic_records(TOPIC, 1, registrations, {"min.insync.replicas": str(self._min_isr)}))

    @property
    def end(self) -> int:
        return len(self.log)

    def _append(self, records: Sequence[Any], *, replay: bool = True) -> None:
        if not records:
            return
        offset = self.log[-1].last_offset + 1 if self.log else 0
        version = self.state.metadata_version
        values = tuple(encode_metadata_record(record, record_version(record, version)) for record in records)
        self.log.append(CommittedBatch(offset, offset + len(values) - 1, 1, 0, values))
        if replay:
            self.state.replay(records, offset, 1, 0)

    def registration_of(self, index: int) -> PartitionRegistration | None:
        return self.state.image.topics.partition(TOPIC, index)

    # What brokers ask

    def register(self, broker_id: int, incarnation: int, previous_epoch: int, now_ms: int) -> int | None:
        """The broker's epoch; None where it has to wait."""
        request = BrokerRegistrationRequest(
            broker_id=broker_id,
            cluster_id=CLUSTER_ID,
            incarnation_id=incarnation.to_bytes(16),
            listeners=[BrokerRegistrationRequest.Listener(name="PLAINTEXT", host="host", port=broker_id)],
            features=[
                BrokerRegistrationRequest.Feature(name=name, min_supported_version=low, max_supported_version=high)
                for name, (low, high) in _VERSIONS.items()
            ],
            log_dirs=[directory_id(broker_id)],
            previous_broker_epoch=previous_epoch,
        )
        try:
            result = register_broker(self.state, request, 4, next_offset=self.log[-1].last_offset + 1, now_ms=now_ms)
        except BrokerError:
            return None
        self._append(result.records)
        self.state.heartbeats.contact(broker_id, result.response.broker_epoch, now_ms)
        epoch: int = result.response.broker_epoch
        return epoch

    def heartbeat(self, request: BrokerHeartbeatRequest, now_ms: int) -> ErrorCode:
        """The answer's error; a broker that has none may lead once the metadata says that it is not fenced."""
        try:
            result = broker_heartbeat(self.state, request)
        except BrokerError as error:
            return error.code
        self.state.heartbeats.contact(request.broker_id, request.broker_epoch, now_ms)
        self._append(result.records)
        return ErrorCode.NONE

    def alter_partition(self, request: AlterPartitionRequest) -> AlterPartitionResponse:
        """Raises Violation where a change is taken that was asked for in other epochs than the partition's."""
        before = [self.registration_of(index) for index in range(self._partitions)]
        try:
            result = alter_partition(self.state, request, 3)
        except BrokerError as error:
            return AlterPartitionResponse(error_code=error.code)
        self._append(result.records)
        response: AlterPartitionResponse = result.response
        for asked, answered in zip(request.topics, response.topics, strict=True):
            for change, answer in zip(asked.partitions, answered.partitions, strict=True):
                known = before[change.partition_index]
                if answer.error_code == ErrorCode.NONE and (
                    known is None
                    or (change.leader_epoch, change.partition_epoch) != (known.leader_epoch, known.partition_epoch)
                ):
                    raise Violation(f"{change.partition_index}: {change} was taken, though it stood at {known}")
        return response

    # What it does by itself

    def fence_silent(self, now_ms: int) -> None:
        for broker_id, epoch in self.state.heartbeats.expired(now_ms):
            self._append(expired_session_records(self.state, broker_id, epoch))

    def elect_preferred(self) -> None:
        self._append(elect_leaders(self.state, ElectLeadersRequest(election_type=0, topic_partitions=None)).records)
