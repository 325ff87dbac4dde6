"""One connection: versions, answers in order, what is said of strangers."""

import socket
import threading

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.browse.broker_socket import BrokerSocket
from workbench.client.errors import ClientError
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import (
    FetchRequest,
    FetchResponse,
    MetadataRequest,
    MetadataResponse,
    SaslAuthenticateRequest,
    SaslAuthenticateResponse,
    SaslHandshakeResponse,
)


def test_the_highest_version_of_both_is_spoken() -> None:
    with TinyBroker() as broker:
        broker.on(ApiKey.METADATA, lambda request: broker.metadata({"a": {0: 1}}), highest=5)
        connection = BrokerSocket("127.0.0.1", broker.port, {}, "test")
        answer = connection.call(MetadataRequest(topics=None), MetadataResponse)
        assert [topic.name for topic in answer.topics] == ["a"]
        assert broker.requests[-1][1] == 5
        connection.call(MetadataRequest(topics=None), MetadataResponse, highest=1)
        assert broker.requests[-1][1] == 1
        connection.close()


def test_answers_come_in_the_order_of_the_requests() -> None:
    with TinyBroker() as broker:
        names = iter(["first", "second", "third"])
        broker.on(ApiKey.METADATA, lambda request: _named(broker, next(names)))
        connection = BrokerSocket("127.0.0.1", broker.port, {}, "test")
        for _ in range(3):
            connection.send(MetadataRequest(topics=[]), MetadataResponse)
        assert connection.waiting == 3
        assert [connection.receive().cluster_id for _ in range(3)] == ["first", "second", "third"]
        connection.close()


def _named(broker: TinyBroker, name: str) -> MetadataResponse:
    answer = broker.metadata()
    assert isinstance(answer, MetadataResponse)
    answer.cluster_id = name
    return answer


def test_an_old_broker_answers_api_versions_in_version_0() -> None:
    with TinyBroker(old_api_versions=True) as broker:
        connection = BrokerSocket("127.0.0.1", broker.port, {}, "test")
        assert ApiKey.METADATA in connection.versions
        connection.close()


def test_an_api_that_the_broker_lacks_is_told() -> None:
    with TinyBroker() as broker:
        connection = BrokerSocket("127.0.0.1", broker.port, {}, "test")
        with pytest.raises(ClientError) as caught:
            connection.send(FetchRequest(), FetchResponse)
        assert caught.value.code == "UNSUPPORTED_VERSION"
        connection.close()


def test_a_broker_that_goes_away_is_a_connection_error() -> None:
    with TinyBroker() as broker:
        broker.on(ApiKey.METADATA, lambda request: None)
        connection = BrokerSocket("127.0.0.1", broker.port, {}, "test")
        with pytest.raises(ConnectionError):
            connection.call(MetadataRequest(topics=[]), MetadataResponse)
        connection.close()


def test_what_is_no_broker_is_told() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer_like_a_web_server() -> None:
        connection, _ = listener.accept()
        connection.recv(1_000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=answer_like_a_web_server)
    thread.start()
    with pytest.raises((ClientError, ConnectionError)):
        BrokerSocket("127.0.0.1", listener.getsockname()[1], {}, "test")
    thread.join(5)
    listener.close()


def test_nobody_listens() -> None:
    with pytest.raises(OSError):
        BrokerSocket("127.0.0.1", 1, {}, "test", timeout_s=1)


def test_logging_in_with_a_password() -> None:
    with TinyBroker() as broker:
        tokens: list[bytes] = []

        def authenticate(request: SaslAuthenticateRequest) -> SaslAuthenticateResponse:
            tokens.append(request.auth_bytes)
            wrong = not request.auth_bytes.endswith(b"secret")
            return SaslAuthenticateResponse(error_code=58 if wrong else 0, error_message="no" if wrong else None)

        broker.on(ApiKey.SASL_HANDSHAKE, lambda request: SaslHandshakeResponse(mechanisms=["PLAIN"]))
        broker.on(ApiKey.SASL_AUTHENTICATE, authenticate)
        properties = {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": "me",
            "sasl.password": "secret",
        }
        connection = BrokerSocket("127.0.0.1", broker.port, properties, "test")
        assert connection.call(MetadataRequest(topics=[]), MetadataResponse).cluster_id == "tiny"
        assert tokens == [b"me\x00me\x00secret"]
        connection.close()
        with pytest.raises(ClientError) as caught:
            BrokerSocket("127.0.0.1", broker.port, properties | {"sasl.password": "guess"}, "test")
        assert caught.value.code == "SASL_AUTHENTICATION_FAILED"
