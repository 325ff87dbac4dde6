"""Every api key has its request and its response."""

from __future__ import annotations

import pytest

from workbench.wire import messages
from workbench.wire.api_keys import ApiKey
from workbench.wire.compiler import Message
from workbench.wire.schema import message_blocks, schema_of


def _class(key: ApiKey, kind: str) -> type[Message]:
    name = "".join(part.capitalize() for part in key.name.split("_"))
    made: type[Message] = getattr(messages, name + kind)
    return made


@pytest.mark.parametrize("key", ApiKey, ids=lambda key: key.name)
def test_request_and_response_carry_the_key_and_the_same_versions(key: ApiKey) -> None:
    request, response = _class(key, "Request"), _class(key, "Response")
    assert request.API_KEY == response.API_KEY == key
    assert request.VERSIONS == response.VERSIONS
    assert request.FLEXIBLE == response.FLEXIBLE


def test_no_request_is_without_a_key() -> None:
    named = {schema_of(name).key for name in message_blocks() if schema_of(name).kind == "request"}
    assert named == set(ApiKey)
