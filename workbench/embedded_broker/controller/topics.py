"""CreateTopics: names, configurations, placement, and what is answered about each topic.

Invariants: topics of one request succeed or fail one by one, but all records go out in one atomic batch; a name may
not collide with an existing one in '.' and '_'; nothing is created for a request that only validates.
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.embedded_broker.controller.configs import ConfigOperation, decide_alterations
from workbench.embedded_broker.controller.manual_assignment import (
    active_replicas,
    check_manual_assignment,
    new_partition,
    usable_brokers,
)
from workbench.embedded_broker.controller.placement import StripedReplicaPlacer
from workbench.embedded_broker.controller.result import ControllerResult, Records, api_error
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.image import ConfigResource, ConfigResourceType
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.metadata.topic_names import (
    CLUSTER_METADATA_TOPIC,
    has_collision_characters,
    invalid_topic_name_reason,
    unified_name,
)
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreateTopicsRequest, CreateTopicsResponse, TopicRecord

MAX_PARTITIONS_PER_REQUEST = 10_000

_Topic = CreateTopicsRequest.CreatableTopic
_Result = CreateTopicsResponse.CreatableTopicResult


def create_topics(
    state: ControllerState, request: CreateTopicsRequest, *, forwarded: bool = True
) -> ControllerResult[CreateTopicsResponse]:
    """Raises POLICY_VIOLATION where the request as a whole asks for too much."""
    seen: dict[str, int] = {}
    for topic in request.topics:
        seen[topic.name] = seen.get(topic.name, 0) + 1
    wanted = [t for t in request.topics if seen[t.name] == 1 and t.name != CLUSTER_METADATA_TOPIC]
    _check_total_partitions(state, wanted)
    collisions = _collision_names(state) if any(has_collision_characters(t.name) for t in wanted) else {}

    records = Records()
    results: list[_Result] = []
    for topic in wanted:
        before = len(records.records)
        try:
            results.append(_create_topic(state, topic, collisions, records, forwarded=forwarded))
        except Exception as error:
            failure = api_error(error)
            if len(records.records) > before and failure.code == ErrorCode.POLICY_VIOLATION:
                raise
            results.append(_Result(name=topic.name, error_code=failure.code, error_message=failure.message))
    for name, count in seen.items():
        if count > 1:
            results.append(
                _Result(name=name, error_code=ErrorCode.INVALID_REQUEST, error_message="Duplicate topic name.")
            )
        elif name == CLUSTER_METADATA_TOPIC:
            results.append(
                _Result(
                    name=name,
                    error_code=ErrorCode.INVALID_REQUEST,
                    error_message=f"Creation of internal topic {CLUSTER_METADATA_TOPIC} is prohibited.",
                )
            )
    result = ControllerResult(records.records, CreateTopicsResponse(topics=results))
    return result.without_records() if request.validate_only else result


def _check_total_partitions(state: ControllerState, topics: list[_Topic]) -> None:
    total = 0
    for topic in topics:
        if topic.assignments:
            total += len(topic.assignments)
        elif topic.num_partitions == -1:
            total += state.settings.num_partitions
        else:
            total += max(0, topic.num_partitions)
    if total > MAX_PARTITIONS_PER_REQUEST:
        raise BrokerError(ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.")


def _collision_names(state: ControllerState) -> Mapping[str, str]:
    return {unified_name(name): name for name in state.image.topics.by_name if has_collision_characters(name)}


def _create_topic(
    state: ControllerState, topic: _Topic, collisions: Mapping[str, str], records: Records, *, forwarded: bool
) -> _Result:
    _check_name(state, topic.name, collisions)
    null_configs = [config.name for config in topic.configs if config.value is None]
    if null_configs:
        raise BrokerError(
            ErrorCode.INVALID_CONFIG, "Null value not supported for topic configs: " + ",".join(null_configs)
        )
    configs = {config.name: config.value for config in topic.configs if config.value is not None}
    config_records = (
        decide_alterations(
            state,
            ConfigResource(ConfigResourceType.TOPIC, topic.name),
            {name: (ConfigOperation.SET, value) for name, value in configs.items()},
            newly_created=True,
            forwarded=forwarded,
        )
        if configs
        else []
    )
    partitions = _assigned(state, topic) if topic.assignments else _placed(state, topic)
    topic_id = state.new_topic_id()
    records.add(TopicRecord(name=topic.name, topic_id=topic_id), *config_records)
    records.add(*(partition.to_record(topic_id, index) for index, partition in sorted(partitions.items())))
    effective = sorted(state.config_layers.topic_configs(configs), key=lambda found: found[0].name)
    return _Result(
        name=topic.name,
        topic_id=topic_id,
        error_message=None,
        num_partitions=len(partitions),
        replication_factor=len(partitions[0].replicas),
        configs=[
            CreateTopicsResponse.CreatableTopicConfigs(
                name=config.name,
                value=None if definition.sensitive else config.value,
                read_only=False,
                config_source=int(config.source),
                is_sensitive=definition.sensitive,
            )
            for definition, config in effective
        ],
    )


def _check_name(state: ControllerState, name: str, collisions: Mapping[str, str]) -> None:
    if name in state.image.topics.by_name:
        raise BrokerError(ErrorCode.TOPIC_ALREADY_EXISTS, f"Topic '{name}' already exists.")
    if has_collision_characters(name):
        other = collisions.get(unified_name(name))
        if other is not None:
            raise BrokerError(
                ErrorCode.INVALID_TOPIC_EXCEPTION, f"Topic '{name}' collides with existing topic: {other}"
            )
    reason = invalid_topic_name_reason(name)
    if reason is not None:
        raise BrokerError(ErrorCode.INVALID_TOPIC_EXCEPTION, reason)


def _assigned(state: ControllerState, topic: _Topic) -> dict[int, PartitionRegistration]:
    """Partitions on the replicas that the request names."""
    if topic.replication_factor != -1:
        raise BrokerError(
            ErrorCode.INVALID_REQUEST,
            "A manual partition assignment was specified, but replication factor was not set to -1.",
        )
    if topic.num_partitions != -1:
        raise BrokerError(
            ErrorCode.INVALID_REQUEST,
            "A manual partition assignment was specified, but numPartitions was not set to -1.",
        )
    partitions: dict[int, PartitionRegistration] = {}
    replication_factor: int | None = None
    for assignment in topic.assignments:
        index = assignment.partition_index
        if index in partitions:
            raise BrokerError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"Found multiple manual partition assignments for partition {index}",
            )
        check_manual_assignment(state, assignment.broker_ids, replication_factor)
        replication_factor = len(assignment.broker_ids)
        isr = active_replicas(state, assignment.broker_ids)
        if not isr:
            raise BrokerError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"All brokers specified in the manual partition assignment for partition {index} are fenced or in "
                "controlled shutdown.",
            )
        partitions[index] = new_partition(state, assignment.broker_ids, isr)
    if set(partitions) != set(range(len(partitions))):
        raise BrokerError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT, "partitions should be a consecutive 0-based integer sequence"
        )
    return partitions


def _placed(state: ControllerState, topic: _Topic) -> dict[int, PartitionRegistration]:
    """Partitions where the placer puts them."""
    if topic.replication_factor < -1 or topic.replication_factor == 0:
        raise BrokerError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        )
    if topic.num_partitions < -1 or topic.num_partitions == 0:
        raise BrokerError(
            ErrorCode.INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value."
        )
    count = state.settings.num_partitions if topic.num_partitions == -1 else topic.num_partitions
    factor = state.settings.default_replication_factor if topic.replication_factor == -1 else topic.replication_factor
    prefix = f"Unable to replicate the partition {factor} time(s): "
    try:
        placements = StripedReplicaPlacer(usable_brokers(state), state.rng).place(count, factor)
    except BrokerError as error:
        raise BrokerError(error.code, f"{prefix}{error.message}") from error
    partitions: dict[int, PartitionRegistration] = {}
    for index, replicas in enumerate(placements):
        isr = active_replicas(state, replicas)
        if not isr:
            raise BrokerError(
                ErrorCode.INVALID_REPLICATION_FACTOR,
                f"{prefix}All brokers are currently fenced or in controlled shutdown.",
            )
        partitions[index] = new_partition(state, replicas, isr)
    return partitions
