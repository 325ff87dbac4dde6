"""The hand-written Fetch response against the compiled codec."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from workbench.wire.fetch_response import encode_fetch_response
from workbench.wire.messages import FetchResponse


@dataclass
class Read:
    topic_name: str
    topic_id: bytes
    partition_index: int
    error: int = 0
    high_watermark: int = 7
    last_stable_offset: int = 6
    log_start_offset: int = 2
    aborted: list[tuple[int, int]] | None = None
    preferred_replica: int = -1
    buffers: list[bytes] = field(default_factory=list)
    diverging: tuple[int, int] | None = None
    leader_id: int = -1
    leader_epoch: int = -1

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.buffers))


READS = [
    Read("orders", b"o" * 16, 0, buffers=[b"abc", b"def" * 100]),
    Read("orders", b"o" * 16, 3, aborted=[(4000, 17), (4001, 18)]),
    Read("clicks", b"c" * 16, 1, error=6, leader_id=2, leader_epoch=9),
    Read("clicks", b"c" * 16, 2, aborted=[], diverging=(4, 100), preferred_replica=3),
]
ENDPOINTS = [(2, "localhost", 9093, None), (3, "localhost", 9094, "rack-a")]


@pytest.mark.parametrize("version", range(4, 19))
def test_the_compiled_decoder_reads_the_same(version: int) -> None:
    data = b"".join(encode_fetch_response(version, 0, 77, READS, ENDPOINTS))
    decoded, end = FetchResponse.decode(data, version)
    assert end == len(data)
    assert decoded.encode(version) == data
    assert [len(topic.partitions) for topic in decoded.responses] == [2, 2]
    first, second = decoded.responses[0].partitions
    assert bytes(first.records) == b"abc" + b"def" * 100
    assert first.aborted_transactions is None
    assert [(a.producer_id, a.first_offset) for a in second.aborted_transactions] == [(4000, 17), (4001, 18)]
    third, fourth = decoded.responses[1].partitions
    assert third.error_code == 6
    if version >= 7:
        assert decoded.session_id == 77
    if version >= 12:
        assert (fourth.diverging_epoch.epoch, fourth.diverging_epoch.end_offset) == (4, 100)
        assert (third.current_leader.leader_id, third.current_leader.leader_epoch) == (2, 9)
    if version >= 16:
        assert [(n.node_id, n.port, n.rack) for n in decoded.node_endpoints] == [(2, 9093, None), (3, 9094, "rack-a")]


def test_record_data_is_not_copied() -> None:
    buffers = encode_fetch_response(12, 0, 0, READS, [])
    assert any(buffer is READS[0].buffers[1] for buffer in buffers)


def test_an_error_at_the_top_has_no_partitions() -> None:
    decoded, _ = FetchResponse.decode(b"".join(encode_fetch_response(12, 70, 0, [], [])), 12)
    assert (decoded.error_code, decoded.responses) == (70, [])
