"""The thin handlers of the metadata quorum: who may ask what where, and that the quorum itself answers.

workbench.embedded_broker.handlers.vote, workbench.embedded_broker.handlers.begin_quorum_epoch,
workbench.embedded_broker.handlers.end_quorum_epoch, workbench.embedded_broker.handlers.fetch_snapshot,
workbench.embedded_broker.handlers.update_raft_voter, workbench.embedded_broker.handlers.describe_quorum,
workbench.embedded_broker.handlers.add_raft_voter, workbench.embedded_broker.handlers.remove_raft_voter.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.helpers.handler_doubles import context
from tests.unit.embedded_broker.quorum.drivers import Drivers
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import APIS, BOTH, CONTROLLER, Role
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AddRaftVoterRequest,
    BeginQuorumEpochRequest,
    DescribeQuorumRequest,
    EndQuorumEpochRequest,
    FetchSnapshotRequest,
    RemoveRaftVoterRequest,
    UpdateRaftVoterRequest,
    VoteRequest,
)

CLUSTER = "cluster"
HANDLERS: dict[str, tuple[type[Message], Role]] = {
    "vote": (VoteRequest, CONTROLLER),
    "begin_quorum_epoch": (BeginQuorumEpochRequest, CONTROLLER),
    "end_quorum_epoch": (EndQuorumEpochRequest, CONTROLLER),
    "fetch_snapshot": (FetchSnapshotRequest, CONTROLLER),
    "update_raft_voter": (UpdateRaftVoterRequest, CONTROLLER),
    "describe_quorum": (DescribeQuorumRequest, BOTH),
    "add_raft_voter": (AddRaftVoterRequest, BOTH),
    "remove_raft_voter": (RemoveRaftVoterRequest, BOTH),
}


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Any]:
    """What the handlers need of a broker, around a real quorum of one."""
    drivers = Drivers(tmp_path, 1)
    quorum = await drivers.start(1)
    settings = SimpleNamespace(controller_listener_names=["CONTROLLER"])
    made = SimpleNamespace(quorum=quorum, cluster_id=CLUSTER, node_id=1, settings=settings)
    made.ask_quorum = lambda asked, request: Broker.ask_quorum(made, asked, request)  # type: ignore[arg-type]
    yield made
    await drivers.stop_all()


def handler(name: str) -> Any:
    return importlib.import_module(f"workbench.embedded_broker.handlers.{name}").handle


@pytest.mark.parametrize("name", HANDLERS)
def test_each_is_registered_for_its_listeners_and_all_of_its_versions(name: str) -> None:
    handler(name)
    request_class, roles = HANDLERS[name]
    api = APIS[request_class.API_KEY]
    assert api.roles == roles and (api.lowest_version, api.highest_version) == request_class.VERSIONS


@pytest.mark.parametrize("name", [name for name in HANDLERS if name != "describe_quorum"])
async def test_another_cluster_is_turned_away(broker: Any, name: str) -> None:
    request_class, _ = HANDLERS[name]
    version = request_class.VERSIONS[1]
    request: Any = request_class()
    request.cluster_id = "another"
    response = await handler(name)(broker, context(version, role=Role.CONTROLLER), request)
    assert response.error_code == ErrorCode.INCONSISTENT_CLUSTER_ID
    assert response.encode(version)


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("role", [Role.BROKER, Role.CONTROLLER])
async def test_the_quorum_is_described_on_both_listeners(broker: Any, version: int, role: Role) -> None:
    topic = DescribeQuorumRequest.TopicData(
        topic_name="__cluster_metadata", partitions=[DescribeQuorumRequest.PartitionData(partition_index=0)]
    )
    response = await handler("describe_quorum")(
        broker, context(version, role=role), DescribeQuorumRequest(topics=[topic])
    )
    part = response.topics[0].partitions[0]
    assert (part.error_code, part.leader_id, [one.replica_id for one in part.current_voters]) == (0, 1, [1])
    assert response.encode(version)
