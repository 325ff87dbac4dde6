"""Changes of topics and partitions between two images.

Invariants: `changed_topics` holds exactly the topics that exist afterwards and were touched; a topic that was in the
image and is gone stands in `deleted_topics` (also when its name was taken again by a new topic); one that came and
went within the delta leaves no trace. Untouched topics are shared with the image, never copied.
"""

from __future__ import annotations

from dataclasses import field

from workbench.embedded_broker.metadata.image import TopicImage, TopicsImage
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.system.quick_dataclass import dataclass
from workbench.wire.messages import (
    ClearElrRecord,
    PartitionChangeRecord,
    PartitionRecord,
    RemoveTopicRecord,
    TopicRecord,
)

TopicPartition = tuple[str, int]


@dataclass(slots=True)
class LocalReplicaChanges:
    """What a delta means for the replicas of one broker; values are (topic id, registration).

    `elected_leaders` is the part of `leaders` whose leader epoch changed; `deletes` are replicas that leave this
    broker, their topic id as value; `directories` are those whose assigned directory changed.
    """

    deletes: dict[TopicPartition, bytes] = field(default_factory=dict)
    elected_leaders: dict[TopicPartition, tuple[bytes, PartitionRegistration]] = field(default_factory=dict)
    leaders: dict[TopicPartition, tuple[bytes, PartitionRegistration]] = field(default_factory=dict)
    followers: dict[TopicPartition, tuple[bytes, PartitionRegistration]] = field(default_factory=dict)
    directories: dict[TopicPartition, tuple[bytes, bytes]] = field(default_factory=dict)


class TopicDelta:
    """What happens to one topic; `image` has no partitions if the topic is new."""

    __slots__ = ("changed_partitions", "image")

    def __init__(self, image: TopicImage) -> None:
        self.image = image
        self.changed_partitions: dict[int, PartitionRegistration] = {}

    @property
    def name(self) -> str:
        return self.image.name

    @property
    def id(self) -> bytes:
        return self.image.id

    def partition(self, partition_id: int) -> PartitionRegistration | None:
        return self.changed_partitions.get(partition_id) or self.image.partitions.get(partition_id)

    def put_partition(self, record: PartitionRecord) -> None:
        self.changed_partitions[record.partition_id] = PartitionRegistration.from_record(record)

    def change_partition(self, record: PartitionChangeRecord) -> None:
        partition = self.partition(record.partition_id)
        if partition is None:
            raise ValueError(f"unknown partition {self.name}-{record.partition_id} is changed")
        self.changed_partitions[record.partition_id] = partition.merge(record)

    def clear_elr(self) -> None:
        for partition_id in (*self.image.partitions, *self.changed_partitions):
            partition = self.partition(partition_id)
            if partition is not None and (partition.elr or partition.last_known_elr):
                self.change_partition(
                    PartitionChangeRecord(
                        partition_id=partition_id, topic_id=self.id, eligible_leader_replicas=[], last_known_elr=[]
                    )
                )

    def apply(self) -> TopicImage:
        if not self.changed_partitions:
            return self.image
        return TopicImage(self.image.id, self.image.name, {**self.image.partitions, **self.changed_partitions})


class TopicsDelta:
    """What happens to the topics of `image`."""

    __slots__ = ("changed_topics", "created", "deleted_topics", "image")

    def __init__(self, image: TopicsImage) -> None:
        self.image = image
        self.changed_topics: dict[bytes, TopicDelta] = {}
        self.deleted_topics: dict[bytes, TopicImage] = {}
        self.created: dict[str, bytes] = {}

    def topic_id(self, name: str) -> bytes | None:
        """Id of the topic that bears `name` after what was replayed so far."""
        topic_id = self.created.get(name)
        if topic_id is not None:
            return topic_id
        topic = self.image.by_name.get(name)
        return None if topic is None or topic.id in self.deleted_topics else topic.id

    def topic(self, topic_id: bytes) -> TopicDelta:
        """The delta of a topic that exists; raises ValueError for any other."""
        delta = self.changed_topics.get(topic_id)
        if delta is None:
            image = self.image.by_id.get(topic_id)
            if image is None or topic_id in self.deleted_topics:
                raise ValueError(f"unknown topic id {topic_id.hex()}")
            delta = self.changed_topics[topic_id] = TopicDelta(image)
        return delta

    def create_topic(self, record: TopicRecord) -> None:
        topic_id = bytes(record.topic_id)
        self.changed_topics[topic_id] = TopicDelta(TopicImage(topic_id, record.name))
        self.created[record.name] = topic_id

    def put_partition(self, record: PartitionRecord) -> None:
        self.topic(bytes(record.topic_id)).put_partition(record)

    def change_partition(self, record: PartitionChangeRecord) -> None:
        self.topic(bytes(record.topic_id)).change_partition(record)

    def remove_topic(self, record: RemoveTopicRecord) -> str:
        """Removes the topic and returns its name."""
        topic_id = bytes(record.topic_id)
        name = self.topic(topic_id).name
        del self.changed_topics[topic_id]
        if self.created.get(name) == topic_id:
            del self.created[name]
        image = self.image.by_id.get(topic_id)
        if image is not None:
            self.deleted_topics[topic_id] = image
        return name

    def clear_elr(self, record: ClearElrRecord) -> None:
        if record.topic_name:
            topic_id = self.topic_id(record.topic_name)
            if topic_id is None:
                raise ValueError(f"eligible leader replicas of unknown topic {record.topic_name} are cleared")
            self.topic(topic_id).clear_elr()
            return
        for topic in self.image.by_id.values():
            delta = self.changed_topics.get(topic.id)
            if delta is not None:
                delta.clear_elr()
            elif topic.id not in self.deleted_topics and any(
                p.elr or p.last_known_elr for p in topic.partitions.values()
            ):
                self.topic(topic.id).clear_elr()
        for topic_id in self.created.values():
            self.changed_topics[topic_id].clear_elr()

    def finish_snapshot(self) -> None:
        """After a whole snapshot was replayed: what it did not name is gone."""
        for topic_id, image in self.image.by_id.items():
            if topic_id not in self.changed_topics:
                self.deleted_topics[topic_id] = image

    def apply(self) -> TopicsImage:
        by_name = dict(self.image.by_name)
        by_id = dict(self.image.by_id)
        for topic_id, topic in self.deleted_topics.items():
            by_id.pop(topic_id, None)
            # A topic of the same name made later in this delta overwrites the entry below.
            by_name.pop(topic.name, None)
        for topic_id, delta in self.changed_topics.items():
            topic = delta.apply()
            by_id[topic_id] = topic
            by_name[topic.name] = topic
        return TopicsImage(by_name, by_id)

    def local_changes(self, broker_id: int) -> LocalReplicaChanges:
        """What `broker_id` has to do: which replicas to lead, follow, move or drop."""
        changes = LocalReplicaChanges()
        for topic in self.deleted_topics.values():
            for partition_id, partition in topic.partitions.items():
                if broker_id in partition.replicas:
                    changes.deletes[topic.name, partition_id] = topic.id
        for delta in self.changed_topics.values():
            # In a snapshot the topic stands as new though it may be known: compare with what the image held.
            before_topic = self.image.by_id.get(delta.id)
            for partition_id, partition in delta.changed_partitions.items():
                before = before_topic.partitions.get(partition_id) if before_topic is not None else None
                _add_local_change(changes, broker_id, delta, partition_id, before, partition)
            if before_topic is not None and before_topic is not delta.image:
                for partition_id, before in before_topic.partitions.items():
                    if delta.partition(partition_id) is None and broker_id in before.replicas:
                        changes.deletes[delta.name, partition_id] = delta.id
        return changes


def _add_local_change(
    changes: LocalReplicaChanges,
    broker_id: int,
    topic: TopicDelta,
    partition_id: int,
    before: PartitionRegistration | None,
    after: PartitionRegistration,
) -> None:
    key = (topic.name, partition_id)
    if broker_id not in after.replicas:
        if before is not None and broker_id in before.replicas:
            changes.deletes[key] = topic.id
        return
    if before is None or before.partition_epoch != after.partition_epoch:
        entry = (topic.id, after)
        if after.leader == broker_id:
            changes.leaders[key] = entry
            if before is None or before.leader_epoch != after.leader_epoch:
                changes.elected_leaders[key] = entry
        else:
            changes.followers[key] = entry
    directory = after.directory(broker_id)
    if directory is not None and (before is None or before.directory(broker_id) != directory):
        changes.directories[key] = (topic.id, directory)
