"""The table of APIs."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.requests import (
    APIS,
    BOTH,
    BROKER,
    CONTROLLER,
    ConnectionContext,
    ConnectionId,
    RequestContext,
    Role,
    serves,
)
from workbench.wire.messages import VoteRequest


@pytest.fixture(autouse=True)
def _own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.embedded_broker.requests.APIS", {})


def _table() -> dict[int, object]:
    from workbench.embedded_broker import requests

    return dict(requests.APIS)


def test_a_handler_registers_itself_with_what_its_request_is() -> None:
    from workbench.embedded_broker import requests

    @serves(VoteRequest, (1, 2), CONTROLLER, advertised_from=0, pipelines=True)
    def handle(*_: object) -> None: ...

    api = requests.APIS[VoteRequest.API_KEY]
    assert (api.name, api.lowest_version, api.highest_version, api.advertised_from) == ("Vote", 1, 2, 0)
    assert api.handle is handle and api.roles is CONTROLLER and api.pipelines
    assert api.flexible_from == VoteRequest.FLEXIBLE


def test_an_api_has_one_handler() -> None:
    @serves(VoteRequest, (0, 0))
    def handle(*_: object) -> None: ...

    def other(*_: object) -> None: ...

    other.__module__ = "somewhere.else"
    with pytest.raises(ValueError, match="two handlers"):
        serves(VoteRequest, (0, 0))(other)
    assert len(_table()) == 1
    serves(VoteRequest, (0, 1))(handle)


def test_roles_are_kinds_of_listeners() -> None:
    assert Role.BROKER in BOTH and Role.CONTROLLER in BOTH
    assert Role.CONTROLLER not in BROKER
    assert isinstance(APIS, dict)


def test_a_request_acts_for_its_connections_principal() -> None:
    connection = ConnectionContext(ConnectionId("1"), "PLAINTEXT", BROKER, "127.0.0.1", "User:alice")
    assert RequestContext(3, 12, 1, "app", connection).principal == "User:alice"
