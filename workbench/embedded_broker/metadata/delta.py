"""Replays metadata records on an image and yields the next one.

Invariants: nothing but `replay` and `finish_snapshot` changes a delta, and nothing changes its image; a part that no
record touched stays None, so that a publisher can skip it. This is the only place that gives records their meaning,
for brokers and for the controller alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.embedded_broker.metadata.cluster_delta import ClusterDelta
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.table_deltas import (
    ClientQuotasDelta,
    ConfigurationsDelta,
    FeaturesDelta,
    TableDelta,
)
from workbench.embedded_broker.metadata.topics_delta import TopicsDelta
from workbench.wire.messages import (
    AccessControlEntryRecord,
    DelegationTokenRecord,
    RemoveTopicRecord,
    UserScramCredentialRecord,
)


class MetadataDelta:
    """Changes since `image`; `is_snapshot` says that the records replayed were a whole snapshot."""

    def __init__(self, image: MetadataImage, *, is_snapshot: bool = False) -> None:
        self.image = image
        self.is_snapshot = is_snapshot
        self.features: FeaturesDelta | None = None
        self.cluster: ClusterDelta | None = None
        self.topics: TopicsDelta | None = None
        self.configs: ConfigurationsDelta | None = None
        self.client_quotas: ClientQuotasDelta | None = None
        self.next_producer_id: int | None = None
        self.acls: TableDelta[bytes, AccessControlEntryRecord] | None = None
        self.scram: TableDelta[tuple[int, str], UserScramCredentialRecord] | None = None
        self.delegation_tokens: TableDelta[str, DelegationTokenRecord] | None = None

    @property
    def is_empty(self) -> bool:
        return self.next_producer_id is None and not any(
            (
                self.features,
                self.cluster,
                self.topics,
                self.configs,
                self.client_quotas,
                self.acls,
                self.scram,
                self.delegation_tokens,
            )
        )

    def features_delta(self) -> FeaturesDelta:
        if self.features is None:
            self.features = FeaturesDelta(self.image.features)
        return self.features

    def cluster_delta(self) -> ClusterDelta:
        if self.cluster is None:
            self.cluster = ClusterDelta(self.image.cluster)
        return self.cluster

    def topics_delta(self) -> TopicsDelta:
        if self.topics is None:
            self.topics = TopicsDelta(self.image.topics)
        return self.topics

    def configs_delta(self) -> ConfigurationsDelta:
        if self.configs is None:
            self.configs = ConfigurationsDelta(self.image.configs.resources)
        return self.configs

    def client_quotas_delta(self) -> ClientQuotasDelta:
        if self.client_quotas is None:
            self.client_quotas = ClientQuotasDelta(self.image.client_quotas)
        return self.client_quotas

    def acls_delta(self) -> TableDelta[bytes, AccessControlEntryRecord]:
        if self.acls is None:
            self.acls = TableDelta(self.image.acls)
        return self.acls

    def scram_delta(self) -> TableDelta[tuple[int, str], UserScramCredentialRecord]:
        if self.scram is None:
            self.scram = TableDelta(self.image.scram)
        return self.scram

    def delegation_tokens_delta(self) -> TableDelta[str, DelegationTokenRecord]:
        if self.delegation_tokens is None:
            self.delegation_tokens = TableDelta(self.image.delegation_tokens)
        return self.delegation_tokens

    def replay(self, record: Any) -> None:
        """Takes over one metadata record; raises ValueError for one that contradicts the image or is unknown."""
        replay = _REPLAY.get(record.NAME)
        if replay is None:
            raise ValueError(f"unknown metadata record {record.NAME}")
        replay(self, record)

    def finish_snapshot(self) -> None:
        """After all records of a snapshot: what the image held and the snapshot did not name is gone."""
        for delta in (
            self.features_delta(),
            self.cluster_delta(),
            self.topics_delta(),
            self.configs_delta(),
            self.client_quotas_delta(),
            self.acls_delta(),
            self.scram_delta(),
            self.delegation_tokens_delta(),
        ):
            delta.finish_snapshot()

    def apply(self, offset: int, epoch: int, append_timestamp_ms: int) -> MetadataImage:
        """The image as of `offset`, that of the last record replayed."""
        image = self.image
        return MetadataImage(
            offset=offset,
            epoch=epoch,
            append_timestamp_ms=append_timestamp_ms,
            features=image.features if self.features is None else self.features.apply(),
            cluster=image.cluster if self.cluster is None else self.cluster.apply(),
            topics=image.topics if self.topics is None else self.topics.apply(),
            configs=image.configs if self.configs is None else self.configs.apply_image(),
            client_quotas=image.client_quotas if self.client_quotas is None else self.client_quotas.apply(),
            next_producer_id=image.next_producer_id if self.next_producer_id is None else self.next_producer_id,
            acls=image.acls if self.acls is None else self.acls.apply(),
            scram=image.scram if self.scram is None else self.scram.apply(),
            delegation_tokens=(
                image.delegation_tokens if self.delegation_tokens is None else self.delegation_tokens.apply()
            ),
        )

    def _remove_topic(self, record: RemoveTopicRecord) -> None:
        name = self.topics_delta().remove_topic(record)
        self.configs_delta().remove_topic(name)

    def _set_producer_ids(self, next_producer_id: int) -> None:
        self.next_producer_id = next_producer_id


_REPLAY: dict[str, Callable[[MetadataDelta, Any], None]] = {
    "RegisterBrokerRecord": lambda d, r: d.cluster_delta().register_broker(r),
    "UnregisterBrokerRecord": lambda d, r: d.cluster_delta().unregister_broker(r),
    "BrokerRegistrationChangeRecord": lambda d, r: d.cluster_delta().change_broker(r),
    "FenceBrokerRecord": lambda d, r: d.cluster_delta().set_fenced(r.id, r.epoch, True),
    "UnfenceBrokerRecord": lambda d, r: d.cluster_delta().set_fenced(r.id, r.epoch, False),
    "RegisterControllerRecord": lambda d, r: d.cluster_delta().register_controller(r),
    "TopicRecord": lambda d, r: d.topics_delta().create_topic(r),
    "PartitionRecord": lambda d, r: d.topics_delta().put_partition(r),
    "PartitionChangeRecord": lambda d, r: d.topics_delta().change_partition(r),
    "RemoveTopicRecord": lambda d, r: d._remove_topic(r),
    "ClearElrRecord": lambda d, r: d.topics_delta().clear_elr(r),
    "ConfigRecord": lambda d, r: d.configs_delta().set_config(r),
    "FeatureLevelRecord": lambda d, r: d.features_delta().set_level(r),
    "ClientQuotaRecord": lambda d, r: d.client_quotas_delta().set_quota(r),
    "ProducerIdsRecord": lambda d, r: d._set_producer_ids(r.next_producer_id),
    "AccessControlEntryRecord": lambda d, r: d.acls_delta().put(bytes(r.id), r),
    "RemoveAccessControlEntryRecord": lambda d, r: d.acls_delta().remove(bytes(r.id)),
    "UserScramCredentialRecord": lambda d, r: d.scram_delta().put((r.mechanism, r.name), r),
    "RemoveUserScramCredentialRecord": lambda d, r: d.scram_delta().remove((r.mechanism, r.name)),
    "DelegationTokenRecord": lambda d, r: d.delegation_tokens_delta().put(r.token_id, r),
    "RemoveDelegationTokenRecord": lambda d, r: d.delegation_tokens_delta().remove(r.token_id),
    "NoOpRecord": lambda d, r: None,
    # Clusters that once migrated from ZooKeeper still have it; it means nothing since 4.0.
    "ZkMigrationStateRecord": lambda d, r: None,
}
