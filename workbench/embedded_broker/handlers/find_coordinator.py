"""FindCoordinator 0-6: the leader of the partition that a group's, transaction's or share partition's key belongs to.

The internal topic is created when somebody asks for the first time; unlike Kafka, which always lets the client ask
again, the answer waits up to a second for it. Several keys at once from version 4 on, share partitions from 6 on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from workbench.embedded_broker.broker import Broker, NodeEndpoint
from workbench.embedded_broker.coordinators.placement import partition_for
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.internal_topics import creatable_internal_topic
from workbench.embedded_broker.metadata.topic_names import (
    GROUP_METADATA_TOPIC,
    SHARE_GROUP_STATE_TOPIC,
    TRANSACTION_STATE_TOPIC,
)
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreateTopicsRequest, FindCoordinatorRequest, FindCoordinatorResponse
from workbench.wire.uuids import uuid_from_text

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.delta import MetadataDelta
    from workbench.embedded_broker.metadata.image import MetadataImage
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch

log = logging.getLogger(__name__)

_FIRST_VERSION_WITH_KEYS = 4
_FIRST_VERSION_WITH_SHARE = 6
_CREATE_TOPICS_VERSION = 7
_CREATE_TIMEOUT_MS = 30_000
_WAIT_FOR_TOPIC_S = 1.0

_SHARE: Final = 2
_TOPICS: Final = {0: GROUP_METADATA_TOPIC, 1: TRANSACTION_STATE_TOPIC, _SHARE: SHARE_GROUP_STATE_TOPIC}

_MESSAGES: Final = {
    ErrorCode.NONE: "NONE",
    ErrorCode.COORDINATOR_NOT_AVAILABLE: "The coordinator is not available.",
    ErrorCode.INVALID_REQUEST: "This most likely occurs because of a request being malformed by the client library or "
    "the message was sent to an incompatible broker. See the broker logs for more details.",
}


@dataclass(frozen=True, slots=True)
class _Found:
    code: ErrorCode
    endpoint: NodeEndpoint | None = None

    @property
    def node_id(self) -> int:
        return -1 if self.endpoint is None else self.endpoint.node_id

    @property
    def host(self) -> str:
        return "" if self.endpoint is None else self.endpoint.host

    @property
    def port(self) -> int:
        return -1 if self.endpoint is None else self.endpoint.port


@serves(FindCoordinatorRequest, (0, 6))
async def find_coordinator(
    broker: Broker, context: RequestContext, request: FindCoordinatorRequest
) -> FindCoordinatorResponse:
    if context.api_version >= _FIRST_VERSION_WITH_KEYS:
        answers = []
        for key in request.coordinator_keys:
            found = await _find(broker, context, request.key_type, key)
            unknown_type = request.key_type not in _TOPICS
            answers.append(
                FindCoordinatorResponse.Coordinator(
                    key=key,
                    node_id=found.node_id,
                    host=found.host,
                    port=found.port,
                    error_code=found.code,
                    error_message=_MESSAGES[found.code] if unknown_type else "",
                )
            )
        return FindCoordinatorResponse(coordinators=answers)
    found = await _find(broker, context, request.key_type, request.key)
    return FindCoordinatorResponse(
        error_code=found.code,
        error_message=_MESSAGES[found.code],
        node_id=found.node_id,
        host=found.host,
        port=found.port,
    )


async def _find(broker: Broker, context: RequestContext, key_type: int, key: str) -> _Found:
    topic = _TOPICS.get(key_type)
    if topic is None:
        return _Found(ErrorCode.INVALID_REQUEST)
    if key_type == _SHARE and (context.api_version < _FIRST_VERSION_WITH_SHARE or not _is_share_key(key)):
        return _Found(ErrorCode.INVALID_REQUEST)
    if topic not in broker.image.topics.by_name:
        await _create(broker, context, topic)
    image = broker.image.topics.by_name.get(topic)
    if image is None or not image.partitions:
        return _Found(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    registration = image.partitions.get(partition_for(key, len(image.partitions)))
    endpoint = None
    if registration is not None and registration.has_leader:
        endpoint = broker.endpoint_of(registration.leader, context.connection.listener)
    return _Found(ErrorCode.COORDINATOR_NOT_AVAILABLE) if endpoint is None else _Found(ErrorCode.NONE, endpoint)


def _is_share_key(key: str) -> bool:
    """`group:topic id:partition` (KIP-932); a group id may hold colons itself."""
    parts = key.rsplit(":", 2)
    if len(parts) != 3 or not parts[0]:
        return False
    try:
        uuid_from_text(parts[1])
        return int(parts[2]) >= 0
    except ValueError:
        return False


class _TopicAwaited:
    """Follows the metadata until a topic is there."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self.appeared = asyncio.Event()

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        if self._topic in image.topics.by_name:
            self.appeared.set()

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        """Whoever leads, the topic will come."""


async def _create(broker: Broker, context: RequestContext, topic: str) -> None:
    """Asks for the topic and waits for it a little; what goes wrong is logged, for the client only asks again."""
    request = CreateTopicsRequest(
        topics=[creatable_internal_topic(broker.settings, topic)], timeout_ms=_CREATE_TIMEOUT_MS
    )
    awaited = _TopicAwaited(topic)
    broker.metadata.add_publisher(awaited)
    try:
        async with asyncio.timeout(_WAIT_FOR_TOPIC_S):
            response = await broker.forward(request, _CREATE_TOPICS_VERSION, context)
            (result,) = response.topics
            if result.error_code not in (ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS):
                log.warning(
                    "%s cannot be created: %s %s", topic, ErrorCode(result.error_code).name, result.error_message or ""
                )
                return
            await awaited.appeared.wait()
    except (BrokerError, TimeoutError) as error:
        log.warning("%s cannot be created yet: %s", topic, error or "no answer in time")
    finally:
        broker.metadata.remove_publisher(awaited)
