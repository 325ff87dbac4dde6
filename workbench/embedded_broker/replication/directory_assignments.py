"""Tells the controller in which log directory this broker put a replica, where it could not know (KIP-858); no I/O.

A broker of several directories chooses for itself; unless the controller knows, it cannot tell which replicas are lost
with a directory. Invariant: the newest place of a replica is told until the controller has it, or the replica is gone.

Source: org.apache.kafka.server.AssignmentsManager.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.metadata.registrations import is_reserved_directory
from workbench.embedded_broker.replication.controller_asker import Ask, ControllerAsker
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AssignReplicasToDirsRequest, AssignReplicasToDirsResponse

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.image import MetadataImage

log = logging.getLogger(__name__)

ASSIGN_REPLICAS_VERSION = 0
MOST_AT_ONCE = 2_250
"""Replicas in one request, as in Kafka."""

_Replica = tuple[bytes, int]
"""Topic id and partition."""
_Directory = AssignReplicasToDirsRequest.DirectoryData
_Topic = AssignReplicasToDirsRequest.TopicData
_Partition = AssignReplicasToDirsRequest.PartitionData


class DirectoryAssignments:
    """What one broker has to tell."""

    def __init__(self, node_id: int, *, broker_epoch: Callable[[], int], image: Callable[[], MetadataImage]) -> None:
        self._node_id = node_id
        self._broker_epoch = broker_epoch
        self._image = image
        self._waiting: dict[_Replica, bytes] = {}
        self._asked: dict[_Replica, bytes] = {}

    def placed(self, topic_id: bytes, index: int, directory_id: bytes) -> bool:
        """A replica lies in `directory_id`; whether the controller has to be told."""
        if is_reserved_directory(directory_id) or not self._must_tell((topic_id, index), directory_id):
            return False
        self._waiting[topic_id, index] = directory_id
        return True

    def _must_tell(self, replica: _Replica, directory_id: bytes) -> bool:
        """The metadata has a replica of ours there, and elsewhere."""
        topic = self._image().topics.by_id.get(replica[0])
        registration = None if topic is None else topic.partitions.get(replica[1])
        if registration is None or self._node_id not in registration.replicas:
            return False
        return registration.directory(self._node_id) != directory_id

    def next_request(self) -> AssignReplicasToDirsRequest | None:
        self._waiting = {
            replica: directory for replica, directory in self._waiting.items() if self._must_tell(replica, directory)
        }
        self._asked = dict(list(self._waiting.items())[:MOST_AT_ONCE])
        if not self._asked:
            return None
        directories: dict[bytes, dict[bytes, list[int]]] = {}
        for (topic_id, index), directory_id in self._asked.items():
            del self._waiting[topic_id, index]
            directories.setdefault(directory_id, {}).setdefault(topic_id, []).append(index)
        return AssignReplicasToDirsRequest(
            broker_id=self._node_id,
            broker_epoch=self._broker_epoch(),
            directories=[
                _Directory(
                    id=directory_id,
                    topics=[
                        _Topic(topic_id=topic_id, partitions=[_Partition(partition_index=index) for index in indexes])
                        for topic_id, indexes in topics.items()
                    ],
                )
                for directory_id, topics in directories.items()
            ],
        )

    def failed(self) -> None:
        self._waiting = {**self._asked, **self._waiting}
        self._asked = {}

    def answered(self, response: AssignReplicasToDirsResponse) -> bool:
        asked, self._asked = self._asked, {}
        for directory in response.directories:
            for topic in directory.topics:
                for answer in topic.partitions:
                    replica = (bytes(topic.topic_id), answer.partition_index)
                    if replica not in asked:
                        continue
                    if answer.error_code == ErrorCode.NONE:
                        del asked[replica]
                    else:
                        log.info("The controller did not note a replica's directory: %s", answer.error_code)
        self._waiting = {**asked, **self._waiting}
        return bool(asked)


class DirectoryAssignmentSender:
    """The way of one broker's assignments to the controller."""

    def __init__(self, assignments: DirectoryAssignments, ask: Ask) -> None:
        self._assignments = assignments
        self._asker = ControllerAsker(
            assignments, ask, version=ASSIGN_REPLICAS_VERSION, subject="the directories of replicas"
        )

    def placed(self, topic_id: bytes, index: int, directory_id: bytes) -> None:
        if self._assignments.placed(topic_id, index, directory_id):
            self._asker.wake()

    async def stop(self) -> None:
        await self._asker.stop()
