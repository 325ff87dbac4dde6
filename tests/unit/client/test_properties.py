"""Kafka's client properties, as pasted from elsewhere."""

import pytest

from workbench.client.errors import ClientError
from workbench.client.properties import connection_settings


def test_what_confluent_and_others_hand_out() -> None:
    settings = connection_settings(
        {
            "bootstrap.servers": "x:9092",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
            'username="me" password="se\\"cret";',
            "ssl.truststore.location": "/ca.pem",
            "ssl.endpoint.identification.algorithm": "",
            "request.timeout.ms": "4000",
            "acks": "all",
        }
    )
    assert settings == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "me",
        "sasl_plain_password": 'se"cret',
        "ssl_cafile": "/ca.pem",
        "ssl_check_hostname": False,
        "request_timeout_ms": 4000,
    }


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ({"sasl.oauthbearer.token.endpoint.url": "x"}, "sasl.oauthbearer.token.endpoint.url"),
        ({"request.timeout.ms": "soon"}, "soon"),
        ({"ssl.truststore.location": "/trust.jks"}, "Java key store"),
        ({"ssl.keystore.location": "/key.P12"}, "Java key store"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(properties: dict[str, str], word: str) -> None:
    with pytest.raises(ClientError) as caught:
        connection_settings(properties)
    assert word in caught.value.sentence
    assert caught.value.code == "INVALID_CONFIG"
