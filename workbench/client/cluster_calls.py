"""What is asked about the cluster as a whole: brokers, controller, metadata quorum, coordinators."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from workbench.client.errors import ClientError
from workbench.client.failures import check, error_of_code
from workbench.client.link import ClusterLink
from workbench.client.model import BrokerInfo, ClusterDescription, QuorumDescription, QuorumVoter
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import (
    DescribeClusterRequest,
    DescribeClusterResponse,
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
    MetadataRequest,
    MetadataResponse,
)
from workbench.wire.uuids import ZERO_UUID, uuid_to_text

GROUP_COORDINATOR, TRANSACTION_COORDINATOR, SHARE_COORDINATOR = 0, 1, 2

_METADATA_TOPIC = "__cluster_metadata"
QUORUM_TIMEOUT_S = 1.5


async def describe_cluster(link: ClusterLink, controller_link: ClusterLink) -> ClusterDescription:
    """With KRaft the controller is the quorum's leader: what Metadata names is any live broker.

    The quorum is asked over `controller_link`, which may wait for an election while `link` goes on.
    """
    metadata, fenced, leader = await asyncio.gather(
        link.send(MetadataRequest(topics=[], allow_auto_topic_creation=False), MetadataResponse),
        _fenced_brokers(link),
        _quorum_leader(link, controller_link),
    )
    controller_id = leader if leader is not None else metadata.controller_id
    known = {broker.node_id: broker for broker in fenced}
    for broker in metadata.brokers:
        known[broker.node_id] = BrokerInfo(broker.node_id, broker.host, broker.port, broker.rack)
    brokers = tuple(
        BrokerInfo(b.node_id, b.host, b.port, b.rack, b.node_id == controller_id, b.is_fenced)
        for b in sorted(known.values(), key=lambda broker: broker.node_id)
    )
    return ClusterDescription(metadata.cluster_id, controller_id if controller_id >= 0 else None, brokers)


async def _fenced_brokers(link: ClusterLink) -> Sequence[BrokerInfo]:
    """Brokers that are registered but not alive; only Kafka 4.0 and later tell (KIP-1073)."""
    if (await link.api_versions()).get(ApiKey.DESCRIBE_CLUSTER, (0, 0))[1] < 2:
        return ()
    answer = await link.send(DescribeClusterRequest(include_fenced_brokers=True), DescribeClusterResponse)
    if answer.error_code:
        return ()
    return [BrokerInfo(b.broker_id, b.host, b.port, b.rack, is_fenced=b.is_fenced) for b in answer.brokers]


async def _quorum_leader(link: ClusterLink, controller_link: ClusterLink) -> int | None:
    if ApiKey.DESCRIBE_QUORUM not in await link.api_versions():
        return None
    try:
        # Without a majority nobody answers this for long, and the brokers can be told without it.
        async with asyncio.timeout(QUORUM_TIMEOUT_S):
            return (await describe_quorum(controller_link)).leader_id
    except (ClientError, TimeoutError):
        return None


async def describe_quorum(link: ClusterLink) -> QuorumDescription:
    """The brokers pass the question on to the active controller."""
    request = DescribeQuorumRequest(
        topics=[
            DescribeQuorumRequest.TopicData(
                topic_name=_METADATA_TOPIC, partitions=[DescribeQuorumRequest.PartitionData(partition_index=0)]
            )
        ]
    )
    answer = await link.send(request, DescribeQuorumResponse)
    check(answer.error_code, answer.error_message, "The metadata quorum")
    if not answer.topics or not answer.topics[0].partitions:
        raise ClientError("The cluster told nothing of its metadata quorum.", "Try again.", "NO_QUORUM")
    partition = answer.topics[0].partitions[0]
    check(partition.error_code, partition.error_message, "The metadata quorum")

    def replica(state: DescribeQuorumResponse.ReplicaState, is_voter: bool) -> QuorumVoter:
        directory = state.replica_directory_id
        return QuorumVoter(
            state.replica_id,
            state.log_end_offset,
            state.last_fetch_timestamp if state.last_fetch_timestamp >= 0 else None,
            state.last_caught_up_timestamp if state.last_caught_up_timestamp >= 0 else None,
            is_voter,
            uuid_to_text(directory) if directory != ZERO_UUID else None,
        )

    replicas = [replica(state, True) for state in partition.current_voters]
    replicas += [replica(state, False) for state in partition.observers]
    return QuorumDescription(
        partition.leader_id, partition.leader_epoch, partition.high_watermark, tuple(sorted(replicas, key=_by_id))
    )


def _by_id(replica: QuorumVoter) -> int:
    return replica.node_id


async def find_coordinators(
    link: ClusterLink, keys: Sequence[str], key_type: int = GROUP_COORDINATOR
) -> Mapping[str, int]:
    """Broker of each group or transactional id; raises `ClientError` if one cannot be found."""
    if not keys:
        return {}
    if (await link.api_versions()).get(ApiKey.FIND_COORDINATOR, (0, 0))[1] < 4:
        return {key: await _find_one_coordinator(link, key, key_type) for key in keys}
    request = FindCoordinatorRequest(key_type=key_type, coordinator_keys=list(keys))
    for attempt in range(20):
        answer = await link.send(request, FindCoordinatorResponse)
        failed = [c for c in answer.coordinators if c.error_code]
        if not failed:
            return {coordinator.key: coordinator.node_id for coordinator in answer.coordinators}
        if not _passes(failed[0].error_code) or attempt == 19:
            raise error_of_code(failed[0].error_code, None, failed[0].key)
        await asyncio.sleep(0.25)
    raise AssertionError("unreachable")


async def _find_one_coordinator(link: ClusterLink, key: str, key_type: int) -> int:
    answer = await link.send(FindCoordinatorRequest(key=key, key_type=key_type), FindCoordinatorResponse, highest=3)
    check(answer.error_code, answer.error_message, key)
    return answer.node_id


def _passes(code: int) -> bool:
    """The coordinator's internal topic is being created just now, or its broker just started."""
    return code in (14, 15, 16)
