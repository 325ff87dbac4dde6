"""Frames that no client sends: garbage, absurd sizes, unknown APIs and versions, cut bodies, logins."""

from __future__ import annotations

import struct

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario
from tests.helpers import kafka_messages


def _framed(payload: bytes) -> bytes:
    return struct.pack(">i", len(payload)) + payload


def _alive(talk: Conversation) -> None:
    """The broker goes on for others."""
    other = talk.speaker("other")
    answer = other.setup("ApiVersions", 0)
    talk.note("the broker answers others", answer["error_code"] == 0)
    other.close()


@scenario
def sizes(talk: Conversation) -> None:
    """Sizes that are negative, zero, tiny or beyond 100 MiB."""
    for size in (-1, -(2**31), 0, 1, 2, 4, 100 * 1024 * 1024 + 1, 2**31 - 1):
        talk.send_bytes(
            f"a size of {size}, then as many zeros as fit in a hundred",
            struct.pack(">i", size) + bytes(max(0, min(size, 100))),
        )
        talk.expect_silence(2)
    _alive(talk)


@scenario
def garbage(talk: Conversation) -> None:
    """Texts of other protocols."""
    for what, data in (
        ("an HTTP request", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("the beginning of a TLS session", bytes.fromhex("16030100c8010000c40303") + b"\x11" * 194),
        ("a frame of 0xff", _framed(b"\xff" * 40)),
        ("a frame of zeros", _framed(bytes(40))),
    ):
        talk.send_bytes(what, data)
        talk.expect_silence(2)
    _alive(talk)


@scenario
def unknown_apis(talk: Conversation) -> None:
    """API keys that are not, and those that only controllers serve."""
    for key in (-1, 4, 5, 6, 7, 93, 999, 32767, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 82):
        talk.send_bytes(f"API {key} v0", _framed(struct.pack(">hhih", key, 0, 1, -1) + bytes(20)))
        talk.expect_silence(2)
    _alive(talk)


@scenario
def unknown_versions(talk: Conversation) -> None:
    """A version that is too old or too new closes the connection, but for ApiVersions."""
    for api, versions in (
        ("Metadata", (-1, 14)),
        ("Fetch", (3, 19)),
        ("ListOffsets", (0, 12)),
        ("OffsetCommit", (1, 11)),
        ("CreateTopics", (1, 8)),
    ):
        for version in versions:
            header = struct.pack(">hhih", kafka_messages.API_KEYS[api], version, 1, -1)
            talk.send_bytes(f"{api} v{version}", _framed(header + bytes(30)))
            talk.expect_silence(2)
    _alive(talk)


@scenario
def cut_bodies(talk: Conversation) -> None:
    """A body that ends too early closes the connection; bytes after its end do not matter."""
    name = talk.name("cut")
    for version in (4, 12):
        fields = {"topics": [{"name": name}], "allow_auto_topic_creation": False}
        whole = kafka_messages.encode_request("Metadata", version, fields, correlation_id=1, client_id="tester")
        for cut in (1, 3, len(name), len(whole) - 10):
            talk.send_bytes(f"Metadata v{version} cut by {cut} bytes", _framed(whole[:-cut]))
            talk.expect_silence(2)
        talk.send_bytes(f"Metadata v{version} with three bytes too many", _framed(whole + b"abc"))
        _, body = kafka_messages.decode_response("Metadata", version, talk.expect_frame())
        talk.note("answered", body["topics"])


@scenario
def impossible_counts(talk: Conversation) -> None:
    """Arrays and strings that claim more than the frame holds, and nulls where none may be."""
    header = struct.pack(">hhih", 3, 4, 1, -1)
    for what, body in (
        ("two thousand million topics", struct.pack(">i", 2_000_000_000)),
        ("-2 topics", struct.pack(">i", -2) + b"\0"),
        ("a topic name longer than the frame", struct.pack(">ih", 1, 30_000) + b"abc\0"),
        ("a topic name of null", struct.pack(">ih", 1, -1) + b"\0"),
        ("a topic name that is not UTF-8", struct.pack(">ih", 1, 2) + b"\xff\xfe\0"),
    ):
        talk.send_bytes(f"Metadata v4 with {what}", _framed(header + body))
        talk.expect_silence(2)
    _alive(talk)


@scenario
def tags(talk: Conversation) -> None:
    """Unknown, doubled and misordered tags are accepted, in the header and in the body; cut ones are not."""
    for what, header_tags, body_tags in (
        ("an unknown tag in the header", b"\x01\x63\x02ab", b"\0"),
        ("an unknown tag in the body", b"\0", b"\x01\x63\x02ab"),
        ("the same tag twice", b"\0", b"\x02\x63\x01a\x63\x01b"),
        ("tags in the wrong order", b"\0", b"\x02\x64\x01a\x63\x01b"),
        ("a tag longer than the frame", b"\0", b"\x01\x63\x7fa"),
    ):
        head = struct.pack(">hhih", 18, 3, 9, 6) + b"tester" + header_tags
        talk.send_bytes(f"ApiVersions v3 with {what}", _framed(head + b"\x07tester\x041.0" + body_tags))
        frame = talk.expect_frame()
        if frame:
            _, body = kafka_messages.decode_response("ApiVersions", 3, frame)
            talk.note("answered", {"error_code": body["error_code"]})


@scenario
def null_client_id(talk: Conversation) -> None:
    """A client may have no name, in old and in flexible headers, or an empty one."""
    for version, header_end in ((1, b""), (4, b"\0")):
        for name in (struct.pack(">h", -1), struct.pack(">h", 0)):
            body = b"" if version == 1 else b"\x01\0"
            head = struct.pack(">hhi", 16, version, 5) + name + header_end
            talk.send_bytes(f"ListGroups v{version}, client id {'null' if name[0] else 'empty'}", _framed(head + body))
            _, answer = kafka_messages.decode_response("ListGroups", version, talk.expect_frame())
            talk.note("answered", {"error_code": answer["error_code"]})


@scenario
def logins(talk: Conversation) -> None:
    """On a listener without logins a SASL request is told so, and the connection lives on."""
    for version in range(2):
        talk.ask("SaslHandshake", version, mechanism="PLAIN")
    talk.ask("SaslHandshake", 1, mechanism="NONSENSE")
    for version in range(3):
        talk.ask("SaslAuthenticate", version, auth_bytes=b"\0user\0secret")


@scenario
def pipelined(talk: Conversation) -> None:
    """Requests sent without waiting are answered in their order, also behind one that waits."""
    name = talk.create_topic("pipeline")
    part = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1000}
    talk.send_silently("Fetch", 12, max_wait=300, min_bytes=1, topics=[{"topic": name, "partitions": [part]}])
    talk.send_silently("Metadata", 5, topics=[{"name": name}])
    talk.send_silently("ListOffsets", 7, replica_id=-1, topics=[])
    for _ in range(3):
        talk.note("answered in order", sorted(talk.receive_silently())[:3])


@scenario
def in_pieces(talk: Conversation) -> None:
    """A frame that comes byte by byte, and two frames in one piece."""
    one = _framed(kafka_messages.encode_request("ApiVersions", 0, {}, correlation_id=77, client_id="tester"))
    for number in range(len(one)):
        talk.connection.send_raw(one[number : number + 1])
    correlation_id, body = kafka_messages.decode_response("ApiVersions", 0, talk.expect_frame())
    talk.note("byte by byte", {"correlation_id": correlation_id, "error_code": body["error_code"]})
    talk.connection.send_raw(one + one)
    for _ in range(2):
        correlation_id, body = kafka_messages.decode_response("ApiVersions", 0, talk.expect_frame())
        talk.note("two at once", {"correlation_id": correlation_id, "error_code": body["error_code"]})
