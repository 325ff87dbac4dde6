"""AssignReplicasToDirs: a broker tells in which directory it placed its replicas (KIP-858).

Invariant: a replica told to lie in a directory that is offline counts as lost at once.
"""

from __future__ import annotations

from workbench.embedded_broker.controller.leader_updates import (
    PartitionOf,
    TopicFacts,
    change_builder,
    leader_and_isr_updates,
)
from workbench.embedded_broker.controller.result import ControllerResult
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AssignReplicasToDirsRequest,
    AssignReplicasToDirsResponse,
    PartitionChangeRecord,
)

_DIRECTORIES_SINCE = 17
_Directory = AssignReplicasToDirsResponse.DirectoryData
_Topic = AssignReplicasToDirsResponse.TopicData
_Partition = AssignReplicasToDirsResponse.PartitionData


def assign_replicas_to_directories(
    state: ControllerState, request: AssignReplicasToDirsRequest
) -> ControllerResult[AssignReplicasToDirsResponse]:
    """Raises STALE_BROKER_EPOCH, and UNSUPPORTED_VERSION below metadata.version 17."""
    if state.metadata_version < _DIRECTORIES_SINCE:
        raise BrokerError(ErrorCode.UNSUPPORTED_VERSION, "Directory assignment is not supported yet.")
    state.check_broker_epoch(request.broker_id, request.broker_epoch)
    broker = state.image.cluster.brokers[request.broker_id]
    records: list[PartitionChangeRecord] = []
    lost: list[PartitionOf] = []
    facts = TopicFacts(state)
    response = AssignReplicasToDirsResponse()
    for directory in request.directories:
        directory_id = bytes(directory.id)
        offline = not broker.has_online_directory(directory_id)
        topics: list[_Topic] = []
        response.directories.append(_Directory(id=directory_id, topics=topics))
        for topic_data in directory.topics:
            topic = state.image.topics.by_id.get(bytes(topic_data.topic_id))
            answers: list[_Partition] = []
            topics.append(_Topic(topic_id=topic_data.topic_id, partitions=answers))
            for partition_data in topic_data.partitions:
                index = partition_data.partition_index
                error = ErrorCode.NONE
                partition = topic.partitions.get(index) if topic is not None else None
                if topic is None:
                    error = ErrorCode.UNKNOWN_TOPIC_ID
                elif partition is None:
                    error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                elif broker.id not in partition.replicas:
                    error = ErrorCode.NOT_LEADER_OR_FOLLOWER
                else:
                    builder = change_builder(state, topic, index, partition, facts)
                    builder.set_directory(broker.id, directory_id)
                    record = builder.build()
                    if record is not None:
                        records.append(record)
                    if offline:
                        lost.append((topic, index, partition))
                answers.append(_Partition(partition_index=index, error_code=error))
    records.extend(leader_and_isr_updates(state, lost, remove=broker.id))
    return ControllerResult(list(records), response)
