"""ApiVersions: what is served, the features, and the one API that answers a version it does not know."""

from __future__ import annotations

import struct
from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario
from tests.helpers import kafka_messages

_API_NAMES = {key: name for name, key in kafka_messages.API_KEYS.items()}


def _listed(body: dict[str, Any]) -> dict[str, Any]:
    """The answer with one line per API, so that a difference names the API."""
    keys = sorted(body["api_keys"], key=lambda item: item["api_key"])
    return {
        **body,
        "api_keys": [
            f"{item['api_key']} {_API_NAMES.get(item['api_key'], '?')} {item['min_version']}-{item['max_version']}"
            for item in keys
        ],
    }


def _count(body: dict[str, Any]) -> dict[str, Any]:
    shown = {**body, "api_keys": "(as listed in v4)"}
    for name in ("supported_features", "finalized_features"):
        if body.get(name):
            shown[name] = "(some)"
    return shown


@scenario
def served(talk: Conversation) -> None:
    """The APIs and versions of a broker's listener, and its features."""
    software = {"client_software_name": "tester", "client_software_version": "1.0"}
    talk.ask("ApiVersions", 4, only=_listed, **software)
    talk.ask_each("ApiVersions", range(4), software, only=_count)


@scenario
def unknown_version(talk: Conversation) -> None:
    """An unknown version gets the v0 body with error 35, and the connection lives on."""
    for version in (5, 99, 32767):
        talk.send_bytes(f"ApiVersions v{version} with no body", _frame(18, version, b"\0"))
        _, body = kafka_messages.decode_response("ApiVersions", 0, talk.expect_frame())
        talk.note("answered as v0", _listed(body))
    talk.ask("ApiVersions", 0, only=_count)


@scenario
def negative_version(talk: Conversation) -> None:
    """A negative version of ApiVersions."""
    talk.send_bytes("ApiVersions v-1 with no body", _frame(18, -1))
    talk.note("answered as v0", talk.expect_frame())


@scenario
def without_header_tags(talk: Conversation) -> None:
    """An unknown version needs the flexible header: without its empty tags the frame is cut, the connection goes."""
    talk.send_bytes("ApiVersions v99 with the header of v2 and no body", _frame(18, 99))
    talk.expect_silence(5)


@scenario
def client_software(talk: Conversation) -> None:
    """From version 3 the client's name and version must be made of plain characters."""
    for name, version in (("tester", ""), ("", "1.0"), ("-tester", "1.0"), ("a b", "1.0"), ("tester", "1.0-rc.1")):
        talk.ask("ApiVersions", 3, only=_count, client_software_name=name, client_software_version=version)


@scenario
def asked_again(talk: Conversation) -> None:
    """A client may ask as often as it likes, and without having asked may go ahead."""
    talk.ask("ApiVersions", 0, only=_count)
    talk.ask("ApiVersions", 2, only=_count)
    other = talk.speaker("other")
    other.ask("ListGroups", 0, only=lambda body: {**body, "groups": "(not looked at)"})


def _frame(key: int, version: int, body: bytes = b"") -> bytes:
    payload = struct.pack(">hhih", key, version, 7, -1) + body
    return struct.pack(">i", len(payload)) + payload
