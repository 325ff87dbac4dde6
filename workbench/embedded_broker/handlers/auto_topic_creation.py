"""Creates the topics that a Metadata request names and that do not exist (KIP-590).

Invariants: a topic is asked for once at a time; nobody waits for it: the client is told that the topic is unknown
and asks again. Source: kafka.server.AutoTopicCreationManager.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.internal_topics import creatable_internal_topic
from workbench.embedded_broker.metadata.topic_names import is_internal_topic
from workbench.embedded_broker.requests import RequestContext
from workbench.system.tasks import TaskKeeper
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreateTopicsRequest

log = logging.getLogger(__name__)

_CREATE_TOPICS_VERSION = 7
_USE_DEFAULT = -1


class AutoTopicCreation:
    """One broker's creations under way."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._in_flight: set[str] = set()
        self._tasks = TaskKeeper()

    def create(self, names: Sequence[str], context: RequestContext) -> None:
        """Begins to create those of `names` that are not under way; their names are valid."""
        fresh = [name for name in names if name not in self._in_flight]
        if not fresh:
            return
        self._in_flight.update(fresh)
        self._tasks.spawn(self._create(fresh, context), "auto-topic-creation")

    async def _create(self, names: Sequence[str], context: RequestContext) -> None:
        request = CreateTopicsRequest(topics=[self._topic(name) for name in names], timeout_ms=30_000)
        try:
            response: Any = await self._broker.forward(request, _CREATE_TOPICS_VERSION, context)
        except BrokerError as error:
            log.warning("Topics %s could not be created automatically: %s", ", ".join(names), error)
        else:
            for result in response.topics:
                if result.error_code not in (ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS):
                    log.warning(
                        "Topic %s could not be created automatically: %s (%s)",
                        result.name,
                        ErrorCode(result.error_code).name,
                        result.error_message,
                    )
        finally:
            self._in_flight.difference_update(names)

    def _topic(self, name: str) -> CreateTopicsRequest.CreatableTopic:
        settings = self._broker.settings
        if is_internal_topic(name):
            return creatable_internal_topic(settings, name)
        properties = settings.properties
        # Only what the file sets is asked for; otherwise the controller's own defaults hold.
        partitions, replicas = properties.get("num.partitions"), properties.get("default.replication.factor")
        return CreateTopicsRequest.CreatableTopic(
            name=name,
            num_partitions=_USE_DEFAULT if partitions is None else int(partitions),
            replication_factor=_USE_DEFAULT if replicas is None else int(replicas),
        )


_BY_BROKER: WeakKeyDictionary[Broker, AutoTopicCreation] = WeakKeyDictionary()


def auto_topic_creation(broker: Broker) -> AutoTopicCreation:
    """The broker's own, made when first needed."""
    creation = _BY_BROKER.get(broker)
    if creation is None:
        creation = _BY_BROKER[broker] = AutoTopicCreation(broker)
    return creation
