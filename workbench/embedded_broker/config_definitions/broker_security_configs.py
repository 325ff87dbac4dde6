"""Broker configurations of TLS, SASL, authorisation and delegation tokens."""

from __future__ import annotations

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType, Importance, UpdateMode
from workbench.embedded_broker.config_definitions.validators import (
    CaseInsensitiveValidString,
    NonNull,
    Range,
    ValidList,
    ValidString,
)

BOOLEAN = ConfigType.BOOLEAN
CLASS = ConfigType.CLASS
DOUBLE = ConfigType.DOUBLE
INT = ConfigType.INT
LIST = ConfigType.LIST
LONG = ConfigType.LONG
PASSWORD = ConfigType.PASSWORD
SHORT = ConfigType.SHORT
STRING = ConfigType.STRING
HIGH = Importance.HIGH
LOW = Importance.LOW
PER_BROKER = UpdateMode.PER_BROKER

SECURITY_CONFIGS: tuple[ConfigDefinition, ...] = (
    ConfigDefinition("authorizer.class.name", STRING, "", NonNull(), importance=LOW),
    ConfigDefinition("connection.failed.authentication.delay.ms", INT, "100", Range(0), importance=LOW),
    ConfigDefinition("connections.max.reauth.ms", LONG, "0"),
    ConfigDefinition("delegation.token.expiry.check.interval.ms", LONG, "3600000", Range(1), importance=LOW),
    ConfigDefinition("delegation.token.expiry.time.ms", LONG, "86400000", Range(1)),
    ConfigDefinition("delegation.token.max.lifetime.ms", LONG, "604800000", Range(1)),
    ConfigDefinition("delegation.token.secret.key", PASSWORD, None),
    ConfigDefinition(
        "principal.builder.class",
        CLASS,
        "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
        update_mode=PER_BROKER,
    ),
    ConfigDefinition("sasl.client.callback.handler.class", CLASS, None),
    ConfigDefinition("sasl.enabled.mechanisms", LIST, "GSSAPI", ValidList(), update_mode=PER_BROKER),
    ConfigDefinition("sasl.jaas.config", PASSWORD, None, update_mode=PER_BROKER),
    ConfigDefinition("sasl.kerberos.kinit.cmd", STRING, "/usr/bin/kinit", update_mode=PER_BROKER),
    ConfigDefinition("sasl.kerberos.min.time.before.relogin", LONG, "60000", update_mode=PER_BROKER),
    ConfigDefinition("sasl.kerberos.principal.to.local.rules", LIST, "DEFAULT", ValidList(), update_mode=PER_BROKER),
    ConfigDefinition("sasl.kerberos.service.name", STRING, None, update_mode=PER_BROKER),
    ConfigDefinition("sasl.kerberos.ticket.renew.jitter", DOUBLE, "0.05", update_mode=PER_BROKER),
    ConfigDefinition("sasl.kerberos.ticket.renew.window.factor", DOUBLE, "0.8", update_mode=PER_BROKER),
    ConfigDefinition("sasl.login.callback.handler.class", CLASS, None),
    ConfigDefinition("sasl.login.class", CLASS, None),
    ConfigDefinition("sasl.login.connect.timeout.ms", INT, None, importance=LOW),
    ConfigDefinition("sasl.login.read.timeout.ms", INT, None, importance=LOW),
    ConfigDefinition("sasl.login.refresh.buffer.seconds", SHORT, "300", update_mode=PER_BROKER),
    ConfigDefinition("sasl.login.refresh.min.period.seconds", SHORT, "60", update_mode=PER_BROKER),
    ConfigDefinition("sasl.login.refresh.window.factor", DOUBLE, "0.8", update_mode=PER_BROKER),
    ConfigDefinition("sasl.login.refresh.window.jitter", DOUBLE, "0.05", update_mode=PER_BROKER),
    ConfigDefinition("sasl.login.retry.backoff.max.ms", LONG, "10000", importance=LOW),
    ConfigDefinition("sasl.login.retry.backoff.ms", LONG, "100", importance=LOW),
    ConfigDefinition("sasl.mechanism.controller.protocol", STRING, "GSSAPI", importance=HIGH),
    ConfigDefinition("sasl.mechanism.inter.broker.protocol", STRING, "GSSAPI", update_mode=PER_BROKER),
    ConfigDefinition(
        "sasl.oauthbearer.assertion.algorithm", STRING, "RS256", CaseInsensitiveValidString(("ES256", "RS256"))
    ),
    ConfigDefinition("sasl.oauthbearer.assertion.claim.aud", STRING, None),
    ConfigDefinition("sasl.oauthbearer.assertion.claim.exp.seconds", INT, "300", Range(0, 86400), importance=LOW),
    ConfigDefinition("sasl.oauthbearer.assertion.claim.iss", STRING, None),
    ConfigDefinition("sasl.oauthbearer.assertion.claim.jti.include", BOOLEAN, "false"),
    ConfigDefinition("sasl.oauthbearer.assertion.claim.nbf.seconds", INT, "60", Range(0, 3600), importance=LOW),
    ConfigDefinition("sasl.oauthbearer.assertion.claim.sub", STRING, None),
    ConfigDefinition("sasl.oauthbearer.assertion.file", STRING, None),
    ConfigDefinition("sasl.oauthbearer.assertion.private.key.file", STRING, None),
    ConfigDefinition("sasl.oauthbearer.assertion.private.key.passphrase", PASSWORD, None),
    ConfigDefinition("sasl.oauthbearer.assertion.template.file", STRING, None),
    ConfigDefinition("sasl.oauthbearer.client.credentials.client.id", STRING, None),
    ConfigDefinition("sasl.oauthbearer.client.credentials.client.secret", PASSWORD, None),
    ConfigDefinition("sasl.oauthbearer.clock.skew.seconds", INT, "30", importance=LOW),
    ConfigDefinition("sasl.oauthbearer.expected.audience", LIST, "", ValidList(), importance=HIGH),
    ConfigDefinition("sasl.oauthbearer.expected.issuer", STRING, None, importance=HIGH),
    ConfigDefinition("sasl.oauthbearer.jwks.endpoint.refresh.ms", LONG, "3600000", importance=LOW),
    ConfigDefinition("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", LONG, "10000", importance=LOW),
    ConfigDefinition("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", LONG, "100", importance=LOW),
    ConfigDefinition("sasl.oauthbearer.jwks.endpoint.url", STRING, None),
    ConfigDefinition(
        "sasl.oauthbearer.jwt.retriever.class",
        CLASS,
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever",
    ),
    ConfigDefinition(
        "sasl.oauthbearer.jwt.validator.class",
        CLASS,
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator",
    ),
    ConfigDefinition("sasl.oauthbearer.scope", STRING, None),
    ConfigDefinition("sasl.oauthbearer.scope.claim.name", STRING, "scope", importance=LOW),
    ConfigDefinition("sasl.oauthbearer.sub.claim.name", STRING, "sub", importance=LOW),
    ConfigDefinition("sasl.oauthbearer.token.endpoint.url", STRING, None),
    ConfigDefinition("sasl.server.callback.handler.class", CLASS, None),
    ConfigDefinition("sasl.server.max.receive.size", INT, "524288"),
    ConfigDefinition(
        "security.inter.broker.protocol",
        STRING,
        "PLAINTEXT",
        ValidString(("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")),
    ),
    ConfigDefinition("security.providers", STRING, None, importance=LOW),
    ConfigDefinition("ssl.allow.dn.changes", BOOLEAN, "false", importance=LOW),
    ConfigDefinition("ssl.allow.san.changes", BOOLEAN, "false", importance=LOW),
    ConfigDefinition("ssl.cipher.suites", LIST, "", ValidList(), update_mode=PER_BROKER),
    ConfigDefinition(
        "ssl.client.auth", STRING, "none", ValidString(("required", "requested", "none")), update_mode=PER_BROKER
    ),
    ConfigDefinition("ssl.enabled.protocols", LIST, "TLSv1.2,TLSv1.3", ValidList(), update_mode=PER_BROKER),
    ConfigDefinition("ssl.endpoint.identification.algorithm", STRING, "https", importance=LOW, update_mode=PER_BROKER),
    ConfigDefinition("ssl.engine.factory.class", CLASS, None, importance=LOW, update_mode=PER_BROKER),
    ConfigDefinition("ssl.key.password", PASSWORD, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.keymanager.algorithm", STRING, "SunX509", update_mode=PER_BROKER),
    ConfigDefinition("ssl.keystore.certificate.chain", PASSWORD, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.keystore.key", PASSWORD, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.keystore.location", STRING, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.keystore.password", PASSWORD, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.keystore.type", STRING, "JKS", update_mode=PER_BROKER),
    ConfigDefinition("ssl.principal.mapping.rules", STRING, "DEFAULT", importance=LOW),
    ConfigDefinition("ssl.protocol", STRING, "TLSv1.3", update_mode=PER_BROKER),
    ConfigDefinition("ssl.provider", STRING, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.secure.random.implementation", STRING, None, importance=LOW, update_mode=PER_BROKER),
    ConfigDefinition("ssl.trustmanager.algorithm", STRING, "PKIX", update_mode=PER_BROKER),
    ConfigDefinition("ssl.truststore.certificates", PASSWORD, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.truststore.location", STRING, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.truststore.password", PASSWORD, None, update_mode=PER_BROKER),
    ConfigDefinition("ssl.truststore.type", STRING, "JKS", update_mode=PER_BROKER),
)
