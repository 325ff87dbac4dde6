"""Listens to the quorum, keeps the newest committed image and tells publishers in order.

Invariants: publishers see images of growing offset, each exactly once, and a new publisher first gets everything as
one delta from the empty image; a metadata transaction (KIP-868) is published only when it ended, an aborted one
never; an error in a record is a bug or corruption and is raised, never skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE, MetadataImage
from workbench.embedded_broker.metadata.image_records import image_records
from workbench.wire.record_values import decode_metadata_record

if TYPE_CHECKING:
    from workbench.embedded_broker.quorum.contract import CommittedBatch, LeaderAndEpoch, LoadedSnapshot


class MetadataPublisher(Protocol):
    """Someone who follows the metadata; called on the event loop, must not block."""

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        """`image` is `delta` applied; `delta.image` is the image of the call before."""
        ...

    def on_controller_change(self, leader: LeaderAndEpoch) -> None: ...


class MetadataRecordError(Exception):
    """A committed record could not be decoded or contradicts what came before; names its offset."""


class MetadataLoader:
    """The node's QuorumListener; `image` is the newest committed picture."""

    def __init__(self) -> None:
        self.image: MetadataImage = EMPTY_IMAGE
        self.leader: LeaderAndEpoch | None = None
        self.bytes_since_snapshot = 0
        """Bytes of records committed after the newest snapshot, which decide when the next one is due."""
        self.at_batch_end = True
        """False only while publishers see what came before a transaction that begins within a batch."""
        self._publishers: list[MetadataPublisher] = []
        self._transaction: MetadataDelta | None = None
        self._last_offset = -1

    @property
    def last_applied_offset(self) -> int:
        """Offset of the last record that was seen, that of an open transaction included; -1 before the first."""
        return self._last_offset

    def add_publisher(self, publisher: MetadataPublisher) -> None:
        """Tells `publisher` everything so far at once, then each change."""
        self._publishers.append(publisher)
        if self._last_offset >= 0:
            delta = MetadataDelta(EMPTY_IMAGE, is_snapshot=True)
            for record in image_records(self.image):
                delta.replay(record)
            publisher.on_metadata_update(delta, self.image)
        if self.leader is not None:
            publisher.on_controller_change(self.leader)

    def remove_publisher(self, publisher: MetadataPublisher) -> None:
        self._publishers.remove(publisher)

    def handle_commit(self, batches: Sequence[CommittedBatch]) -> None:
        delta = self._transaction or MetadataDelta(self.image)
        for batch in batches:
            for index, value in enumerate(batch.values):
                offset = batch.base_offset + index
                try:
                    record, _ = decode_metadata_record(value)
                    name = record.NAME
                    if name == "BeginTransactionRecord":
                        delta = self._begin_transaction(delta, batch, offset)
                    elif name == "EndTransactionRecord":
                        self._end_transaction("EndTransactionRecord")
                    elif name == "AbortTransactionRecord":
                        self._end_transaction("AbortTransactionRecord")
                        delta = MetadataDelta(self.image)
                    else:
                        delta.replay(record)
                except MetadataRecordError:
                    raise
                except Exception as error:
                    raise MetadataRecordError(f"metadata record at offset {offset}: {error}") from error
                self.bytes_since_snapshot += len(value)
            self._last_offset = batch.last_offset
        if batches and self._transaction is None:
            last = batches[-1]
            self._publish(delta, last.last_offset, last.epoch, last.append_timestamp_ms)

    def handle_load_snapshot(self, snapshot: LoadedSnapshot) -> None:
        delta = MetadataDelta(self.image, is_snapshot=True)
        for index, value in enumerate(snapshot.values):
            try:
                record, _ = decode_metadata_record(value)
                delta.replay(record)
            except Exception as error:
                raise MetadataRecordError(f"record {index} of snapshot {snapshot.snapshot_id}: {error}") from error
        delta.finish_snapshot()
        self._transaction = None
        self.bytes_since_snapshot = 0
        self._last_offset = snapshot.snapshot_id.offset - 1
        self._publish(delta, self._last_offset, snapshot.snapshot_id.epoch, snapshot.last_contained_timestamp_ms)

    def handle_leader_change(self, leader: LeaderAndEpoch) -> None:
        self.leader = leader
        for publisher in self._publishers:
            publisher.on_controller_change(leader)

    def _begin_transaction(self, delta: MetadataDelta, batch: CommittedBatch, offset: int) -> MetadataDelta:
        if self._transaction is not None:
            raise MetadataRecordError(f"metadata record at offset {offset}: a transaction begins inside another")
        if offset > 0 and not delta.is_empty:
            # What came before the transaction stands on its own.
            self.at_batch_end = offset == batch.base_offset
            self._publish(delta, offset - 1, batch.epoch, batch.append_timestamp_ms)
            self.at_batch_end = True
        self._transaction = MetadataDelta(self.image)
        return self._transaction

    def _end_transaction(self, name: str) -> None:
        if self._transaction is None:
            raise MetadataRecordError(f"{name} without a transaction")
        self._transaction = None

    def _publish(self, delta: MetadataDelta, offset: int, epoch: int, append_timestamp_ms: int) -> None:
        self.image = delta.apply(offset, epoch, append_timestamp_ms)
        for publisher in self._publishers:
            publisher.on_metadata_update(delta, self.image)
