from __future__ import annotations

import pytest

from workbench.wire.errors import WireError
from workbench.wire.frames import (
    begin_response,
    encode_request_header,
    finish_frame,
    parse_request_header,
    response_header_is_flexible,
)


@pytest.mark.parametrize("flexible", [False, True])
def test_request_header_round_trip(flexible: bool) -> None:
    data = encode_request_header(3, 9, 41, "né", flexible) + b"body"
    header = parse_request_header(data, 9 if flexible else 10)
    assert (header.api_key, header.api_version, header.correlation_id, header.client_id) == (3, 9, 41, "né")
    assert data[header.body_offset :] == b"body"


def test_null_client_id() -> None:
    header = parse_request_header(b"\0\3\0\1\0\0\0\7\xff\xff", None)
    assert header.client_id is None
    assert header.body_offset == 10


def test_tagged_fields_are_skipped() -> None:
    data = b"\0\3\0\x0c\0\0\0\7\0\1a" + b"\2\x05\3xyz\x07\0" + b"B"
    assert parse_request_header(data, 9).body_offset == len(data) - 1


@pytest.mark.parametrize("cut", range(1, 17))
def test_a_cut_header_is_refused(cut: int) -> None:
    whole = b"\0\3\0\x0c\0\0\0\7\0\1a" + b"\2\x05\3xyz\x07\0"
    if cut < len(whole):
        with pytest.raises(WireError):
            parse_request_header(whole[:cut], 9)


def test_response_headers() -> None:
    assert not response_header_is_flexible(18, 4, 3)
    assert response_header_is_flexible(3, 9, 9)
    frame = begin_response(5, flexible=True) + b"abc"
    assert bytes(finish_frame(frame)) == b"\0\0\0\x08\0\0\0\5\0abc"
