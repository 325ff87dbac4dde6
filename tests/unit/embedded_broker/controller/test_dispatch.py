"""Each request of the controller's finds its decision."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import CLUSTER_ID, directory_id, state_of
from workbench.embedded_broker.controller.dispatch import DECISIONS, DecisionContext
from workbench.wire import messages
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import (
    AllocateProducerIdsRequest,
    AssignReplicasToDirsRequest,
    BrokerRegistrationRequest,
    UnregisterBrokerRequest,
)

CONTEXT = DecisionContext(version=3, next_offset=99, now_ms=0, forwarded=True)
WITH_CONTENT = {
    AllocateProducerIdsRequest.API_KEY: AllocateProducerIdsRequest(broker_id=1, broker_epoch=101),
    AssignReplicasToDirsRequest.API_KEY: AssignReplicasToDirsRequest(broker_id=1, broker_epoch=101),
    UnregisterBrokerRequest.API_KEY: UnregisterBrokerRequest(broker_id=1),
    BrokerRegistrationRequest.API_KEY: BrokerRegistrationRequest(
        broker_id=9,
        cluster_id=CLUSTER_ID,
        log_dirs=[directory_id(9)],
        features=[
            BrokerRegistrationRequest.Feature(name=name, min_supported_version=0, max_supported_version=99)
            for name in ("metadata.version", "eligible.leader.replicas.version")
        ],
    ),
}


@pytest.mark.parametrize("api_key", sorted(DECISIONS))
def test_a_request_is_answered_with_its_own_response(api_key: int) -> None:
    name = "".join(part.capitalize() for part in ApiKey(api_key).name.split("_"))
    request = WITH_CONTENT.get(api_key) or getattr(messages, f"{name}Request")()
    state = state_of()
    before = state.image
    result = DECISIONS[api_key](state, request, CONTEXT)
    assert f"{name}Response" == result.response.NAME
    assert state.image is before
