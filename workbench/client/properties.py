"""Kafka's client properties as kafka-python names them.

A user pastes what his cluster's page gives him (`security.protocol=SASL_SSL`, a JAAS line, PEM files). What has no
meaning here is refused by name rather than ignored: a forgotten security setting must not pass silently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.client.errors import ClientError

_RENAMED = {
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "sasl.kerberos.service.name": "sasl_kerberos_service_name",
    "ssl.truststore.location": "ssl_cafile",
    "ssl.ca.location": "ssl_cafile",
    "ssl.certificate.location": "ssl_certfile",
    "ssl.keystore.location": "ssl_certfile",
    "ssl.key.location": "ssl_keyfile",
    "ssl.key.password": "ssl_password",
    "client.dns.lookup": "client_dns_lookup",
}
_MILLISECONDS = {
    "request.timeout.ms": "request_timeout_ms",
    "connections.max.idle.ms": "connections_max_idle_ms",
    "reconnect.backoff.ms": "reconnect_backoff_ms",
    "reconnect.backoff.max.ms": "reconnect_backoff_max_ms",
    "metadata.max.age.ms": "metadata_max_age_ms",
    "socket.connection.setup.timeout.ms": "socket_connection_setup_timeout_ms",
}
_HARMLESS = {
    "bootstrap.servers", "client.id", "acks", "key.serializer", "value.serializer", "key.deserializer",
    "value.deserializer", "ssl.truststore.type", "ssl.keystore.type", "ssl.truststore.password",
    "ssl.keystore.password", "group.id", "auto.offset.reset", "enable.auto.commit",
}  # fmt: skip
_JAAS = re.compile(r"(username|password)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")


def connection_settings(properties: Mapping[str, str]) -> dict[str, object]:
    """Keyword arguments for kafka-python's connection manager; raises `ClientError` for what it cannot honour."""
    settings: dict[str, object] = {}
    for name, value in properties.items():
        if name in _RENAMED:
            settings[_RENAMED[name]] = value
        elif name in _MILLISECONDS:
            settings[_MILLISECONDS[name]] = _milliseconds(name, value)
        elif name == "sasl.jaas.config":
            for part, text in _JAAS.findall(value):
                settings[f"sasl_plain_{part}"] = re.sub(r"\\(.)", r"\1", text)
        elif name == "ssl.endpoint.identification.algorithm":
            settings["ssl_check_hostname"] = value.strip().lower() == "https"
        elif name not in _HARMLESS:
            raise ClientError(
                f"The property {name} is not understood here.",
                "Remove it, or name the setting differently.",
                "INVALID_CONFIG",
            )
    _check_stores(properties)
    return settings


def _milliseconds(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ClientError(f"{name} is {value}, not a whole number.", "Give milliseconds.", "INVALID_CONFIG") from None


def _check_stores(properties: Mapping[str, str]) -> None:
    for name in ("ssl.truststore.location", "ssl.keystore.location"):
        value = properties.get(name, "")
        if value.lower().endswith((".jks", ".p12", ".pfx")):
            raise ClientError(
                f"{name} points to a Java key store, which cannot be read here.",
                "Export it as PEM (keytool -exportcert -rfc, or openssl pkcs12) and name that file.",
                "INVALID_CONFIG",
            )
