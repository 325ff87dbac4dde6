"""Our messages in the clothes that kafka-python's connections expect."""

import struct

from workbench.client.envelope import Envelope, encode_request
from workbench.wire.messages import ApiVersionsRequest, MetadataRequest


class Buffer:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, size: int | None = None) -> bytes:
        part = self._data[self._at :] if size is None else self._data[self._at : self._at + size]
        self._at += len(part)
        return part


def test_the_frame() -> None:
    frame = encode_request(MetadataRequest(topics=[]), 12, 7, "me")
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert struct.unpack_from(">hhih", frame, 4) == (3, 12, 7, 2)
    assert frame[14:16] == b"me"
    assert frame[16] == 0, "the flexible header ends with no tags"
    assert frame[17:] == MetadataRequest(topics=[]).encode(12)
    old = encode_request(MetadataRequest(topics=[]), 1, 7, "me")
    assert old[16:] == MetadataRequest(topics=[]).encode(1)


def test_versions_are_ours_and_may_be_capped() -> None:
    envelope = Envelope(MetadataRequest())
    assert (envelope.min_version, envelope.max_version) == MetadataRequest.VERSIONS
    assert Envelope(MetadataRequest(), highest=9).max_version == 9
    assert Envelope(MetadataRequest(), highest=99).max_version == MetadataRequest.VERSIONS[1]


def test_the_answer_comes_undecoded_behind_its_header() -> None:
    envelope = Envelope(MetadataRequest())
    envelope.API_VERSION = 12
    envelope.with_header(correlation_id=5, client_id="me")
    assert envelope.header is not None
    buffer = Buffer(b"\x00\x00\x00\x05" + b"\x01\x07\x02ab" + b"body")
    assert envelope.header.parse_header(buffer).correlation_id == 5
    raw = envelope.header.get_response_class().decode(buffer)
    assert (raw.body, raw.version) == (b"body", 12)


def test_old_headers_and_those_of_api_versions_have_no_tags() -> None:
    for message, version in ((MetadataRequest(), 5), (ApiVersionsRequest(), 3)):
        envelope = Envelope(message)
        envelope.API_VERSION = version
        envelope.with_header(1, "me")
        assert envelope.header is not None
        buffer = Buffer(b"\x00\x00\x00\x01\x01body")
        envelope.header.parse_header(buffer)
        assert buffer.read() == b"\x01body"
