"""A topic held in memory that answers as `ClusterReader` does: offsets by time, fetches of whole batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.browse.cluster_reader import EARLIEST, LATEST, Fetched
from workbench.client.errors import ClientError
from workbench.records import BatchView, NewRecord, build_batch, iterate_batches
from workbench.wire.api_keys import ApiKey
from workbench.wire.compiler import Message
from workbench.wire.messages import FetchResponse, ListOffsetsResponse, MetadataResponse


class FakePartitions:
    """`log` maps a partition to its batches' bytes; tests add batches and read as from a cluster."""

    def __init__(self, topic: str = "orders") -> None:
        self.topic = topic
        self.log: dict[int, bytearray] = {}
        self.starts: dict[int, int] = {}
        self.fetches: list[tuple[int, int, int]] = []
        self.aborted: dict[int, list[tuple[int, int]]] = {}

    def add(self, partition: int, records: Sequence[NewRecord], *, skip: int = 0, **batch: object) -> None:
        """Appends a batch `skip` offsets behind the end, as compaction leaves gaps."""
        log = self.log.setdefault(partition, bytearray())
        built = build_batch(list(records), base_offset=self.end(partition) + skip, **batch)  # type: ignore[arg-type]
        log += built

    def end(self, partition: int) -> int:
        """The offset behind the last record."""
        views = self._views(partition)
        return views[-1].next_offset if views else self.starts.get(partition, 0)

    def _views(self, partition: int) -> list[BatchView]:
        return list(iterate_batches(bytes(self.log.get(partition, b""))))

    # -- as ClusterReader ---------------------------------------------------------------------------------------

    def partitions(self) -> tuple[int, ...]:
        """Those with a log."""
        return tuple(sorted(self.log))

    def offsets(self, partitions: Iterable[int], timestamp: int, isolation_level: int = 0) -> dict[int, int | None]:
        """First offset at or after a time."""
        return self.offsets_at(partitions, [timestamp], isolation_level)[0]

    def offsets_at(
        self, partitions: Iterable[int], timestamps: Sequence[int], isolation_level: int = 0
    ) -> list[dict[int, int | None]]:
        """The same for several times."""
        wanted = tuple(partitions)
        return [{p: self._offset(p, timestamp) for p in wanted} for timestamp in timestamps]

    def _offset(self, partition: int, timestamp: int) -> int | None:
        start = self.starts.get(partition, 0)
        if timestamp == EARLIEST:
            return start
        if timestamp == LATEST:
            return self.end(partition)
        records = (record for view in self._views(partition) for record in view.records())
        return next((r.offset for r in records if r.timestamp >= timestamp and r.offset >= start), None)

    def fetch(
        self, partition: int, offset: int, max_bytes: int, *, max_wait_ms: int = 500, isolation_level: int = 0
    ) -> Fetched:
        """Batches from the one that holds `offset` on, the first one in any case."""
        self.fetches.append((partition, offset, max_bytes))
        if offset < self.starts.get(partition, 0) or offset > self.end(partition):
            raise ClientError("gone", "", "OFFSET_OUT_OF_RANGE")
        taken = bytearray()
        for view in self._views(partition):
            if view.last_offset < offset:
                continue
            whole = bytes(memoryview(view.buffer)[view.position : view.position + view.size_bytes])
            if taken and len(taken) + len(whole) > max_bytes:
                # The broker sends what still fits of the next batch as well.
                taken += whole[: max_bytes - len(taken)]
                break
            taken += whole
        aborted = tuple(self.aborted.get(partition, ())) if isolation_level else ()
        end = self.end(partition)
        return Fetched(memoryview(bytes(taken)), end, end, self.starts.get(partition, 0), aborted)

    def aborted_transactions(self, partition: int, offset: int, max_bytes: int) -> tuple[tuple[int, int], ...]:
        """As `fetch` tells them."""
        return self.fetch(partition, offset, max_bytes, isolation_level=1).aborted

    def fetch_ahead(self, partition: int, offset: int, max_bytes: int) -> None:
        """Nothing comes ahead in memory."""

    def fetch_news(self, offsets: Mapping[int, int], max_bytes: int, max_wait_ms: int) -> dict[int, Fetched]:
        """What lies behind the given offsets."""
        found = {partition: self.fetch(partition, offset, max_bytes) for partition, offset in offsets.items()}
        return {partition: fetched for partition, fetched in found.items() if fetched.records}

    def close(self) -> None:
        """Nothing is open."""


def serve(topic: FakePartitions, broker: TinyBroker) -> None:
    """Lets a broker on a socket answer for the topic."""

    def metadata(request: Any) -> Message:
        names = [wanted.name for wanted in request.topics or ()]
        answer = broker.metadata({topic.topic: dict.fromkeys(topic.partitions(), broker.node_id)})
        assert isinstance(answer, MetadataResponse)
        if names and topic.topic not in names:
            answer.topics = [MetadataResponse.MetadataResponseTopic(name=names[0], error_code=3)]
        return answer

    def offsets(request: Any) -> Message:
        found = []
        for part in request.topics[0].partitions:
            offset = topic.offsets([part.partition_index], part.timestamp)[part.partition_index]
            found.append(
                ListOffsetsResponse.ListOffsetsPartitionResponse(
                    partition_index=part.partition_index, timestamp=-1, offset=-1 if offset is None else offset
                )
            )
        return ListOffsetsResponse(
            topics=[ListOffsetsResponse.ListOffsetsTopicResponse(name=topic.topic, partitions=found)]
        )

    def fetch(request: Any) -> Message:
        wanted = request.topics[0]
        found = []
        for part in wanted.partitions:
            data = FetchResponse.PartitionData(partition_index=part.partition, aborted_transactions=[])
            try:
                fetched = topic.fetch(part.partition, part.fetch_offset, part.partition_max_bytes)
            except ClientError:
                data.error_code = 1
            else:
                data.records = bytes(fetched.records)
                data.high_watermark = data.last_stable_offset = fetched.high_watermark
                data.log_start_offset = fetched.log_start_offset
            found.append(data)
        return FetchResponse(
            responses=[
                FetchResponse.FetchableTopicResponse(topic=wanted.topic, topic_id=wanted.topic_id, partitions=found)
            ]
        )

    broker.on(ApiKey.METADATA, metadata)
    broker.on(ApiKey.LIST_OFFSETS, offsets)
    broker.on(ApiKey.FETCH, fetch)
