"""Turns failures of kafka-python and error codes of brokers into sentences with a remedy.

Codes need no kafka-python, which is imported by the functions that meet its failures: the browsing process, which
speaks to brokers itself, starts the sooner without it.
"""

from __future__ import annotations

import ssl
from functools import cache

from workbench.client.errors import ClientError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import UnsupportedFieldError, WireError

_REMEDIES: dict[str, tuple[str, str]] = {
    "TOPIC_ALREADY_EXISTS": ("A topic of that name exists already.", "Choose another name, or open the existing one."),
    "UNKNOWN_TOPIC_OR_PARTITION": ("There is no such topic or partition.", "Refresh the list; it may be deleted."),
    "UNKNOWN_TOPIC_ID": ("The topic was deleted, perhaps created anew.", "Refresh the list."),
    "INVALID_TOPIC_EXCEPTION": (
        "That is not a valid topic name.",
        "Use letters, digits, '.', '_' and '-', at most 249 of them.",
    ),
    "INVALID_PARTITIONS": ("That number of partitions is not possible.", "A topic can only grow; give a higher one."),
    "INVALID_REPLICATION_FACTOR": (
        "There are fewer brokers than replicas asked for.",
        "Lower the replication factor or start more brokers.",
    ),
    "INVALID_CONFIG": ("A config value is not valid.", "Correct the value."),
    "POLICY_VIOLATION": ("The cluster's policy forbids it.", "Ask who runs the cluster."),
    "TOPIC_DELETION_DISABLED": ("Deleting topics is switched off.", "Set delete.topic.enable=true on the brokers."),
    "TOPIC_AUTHORIZATION_FAILED": ("This user may not do that with the topic.", "Ask for the ACL on the topic."),
    "GROUP_AUTHORIZATION_FAILED": ("This user may not do that with the group.", "Ask for the ACL on the group."),
    "CLUSTER_AUTHORIZATION_FAILED": ("This user may not do that with the cluster.", "Ask for the ACL on the cluster."),
    "SASL_AUTHENTICATION_FAILED": ("The cluster refused user or password.", "Correct them in the connection."),
    "GROUP_ID_NOT_FOUND": ("There is no such group.", "Refresh the list."),
    "NON_EMPTY_GROUP": ("The group still has members.", "Stop its consumers first."),
    "UNKNOWN_MEMBER_ID": ("The group has members, so only they may commit.", "Stop its consumers first."),
    "COORDINATOR_NOT_AVAILABLE": ("The group's coordinator is not available.", "Try again in a moment."),
    "COORDINATOR_LOAD_IN_PROGRESS": ("The group's coordinator is still loading.", "Try again in a moment."),
    "NOT_COORDINATOR": ("The group has just moved to another broker.", "Try again."),
    "LEADER_NOT_AVAILABLE": ("The partition has no leader just now.", "Start the broker that holds it."),
    "NOT_LEADER_OR_FOLLOWER": ("The partition has just moved to another broker.", "Try again."),
    "OFFSET_OUT_OF_RANGE": ("That offset is not in the partition.", "Choose one between earliest and latest."),
    "MESSAGE_TOO_LARGE": (
        "The record is larger than the topic allows.",
        "Raise max.message.bytes of the topic, or compress.",
    ),
    "RECORD_LIST_TOO_LARGE": ("The batch is larger than a segment.", "Raise segment.bytes of the topic."),
    "INVALID_RECORD": (
        "The broker refused the record.",
        "A compacted topic needs a key; see the broker's log for others.",
    ),
    "INVALID_TIMESTAMP": ("The timestamp is too far from the broker's clock.", "Give a nearer one, or none."),
    "NOT_ENOUGH_REPLICAS": (
        "Fewer replicas are in sync than min.insync.replicas asks for.",
        "Start the missing brokers, or produce with acks=1.",
    ),
    "NOT_ENOUGH_REPLICAS_AFTER_APPEND": (
        "The record is written, but fewer replicas than min.insync.replicas have it.",
        "Start the missing brokers.",
    ),
    "UNSUPPORTED_VERSION": ("This cluster is too old for that.", "It needs a newer Kafka."),
    "REQUEST_TIMED_OUT": ("The brokers did not finish in time.", "Try again; see whether every broker is up."),
    "UNSTABLE_OFFSET_COMMIT": ("A transaction holds these offsets.", "Try again when it has ended."),
    "SECURITY_DISABLED": ("The cluster has no authorizer.", "Set authorizer.class.name on the brokers."),
}


@cache
def _disconnections() -> tuple[type[BaseException], ...]:
    import kafka.errors

    return (
        kafka.errors.KafkaConnectionError,
        kafka.errors.NodeNotReadyError,
        kafka.errors.UnknownBrokerIdError,
        kafka.errors.Cancelled,
        ConnectionError,
    )


def is_disconnection(error: BaseException) -> bool:
    """Whether asking again, perhaps elsewhere, may help."""
    return isinstance(error, _disconnections())


def error_of_code(code: int, broker_message: str | None = None, subject: str = "") -> ClientError:
    """What a broker's error code means; the broker's own words, when there are some, are the better sentence."""
    try:
        name = ErrorCode(code).name
    except ValueError:
        name = f"ERROR_{code}"
    sentence, remedy = _REMEDIES.get(name, (f"The broker answered {name}.", ""))
    if broker_message:
        sentence = broker_message.strip()
        sentence += "" if sentence.endswith((".", "!", "?")) else "."
    if subject and subject not in sentence:
        sentence = f"{subject}: {sentence}"
    return ClientError(sentence, remedy, name)


def check(code: int, broker_message: str | None = None, subject: str = "") -> None:
    """Raises what a non-zero code means."""
    if code:
        raise error_of_code(code, broker_message, subject)


def as_client_error(error: BaseException, where: str, what: str = "") -> ClientError:
    """Any failure of the way to the broker as a `ClientError`; `where` names the bootstrap servers."""
    if isinstance(error, ClientError):
        return error
    import kafka.errors

    if isinstance(error, kafka.errors.IncompatibleBrokerVersion):
        return ClientError(
            f"The brokers do not speak {what.removesuffix('Request') or 'this protocol'}.",
            "They are too old, or the address is that of a controller rather than a broker.",
            "UNSUPPORTED_VERSION",
        )
    if isinstance(error, (kafka.errors.SaslAuthenticationFailedError, kafka.errors.AuthorizationError)):
        return ClientError(
            f"{where} refused the login: {error}", "Correct user and password.", "SASL_AUTHENTICATION_FAILED"
        )
    if isinstance(error, kafka.errors.UnsupportedSaslMechanismError):
        return ClientError(str(error), "Choose a mechanism that the broker offers.", "UNSUPPORTED_SASL_MECHANISM")
    if isinstance(error, (kafka.errors.RequestTimedOutError,)):
        return ClientError(
            f"{where} did not answer {what} in time.", "See whether the broker is busy.", "REQUEST_TIMED_OUT"
        )
    if isinstance(error, ssl.SSLError):
        return ClientError(f"TLS with {where} failed: {error}", "Check the CA file and the host name.", "SSL")
    if is_disconnection(error) or isinstance(error, (kafka.errors.KafkaTimeoutError, OSError)):
        return ClientError(
            f"No broker answers at {where}.",
            "Start the cluster, or correct the address and the security settings.",
            "NO_BROKER",
        )
    if isinstance(error, UnsupportedFieldError):
        return ClientError(f"The brokers are too old: {error}.", "It needs a newer Kafka.", "UNSUPPORTED_VERSION")
    if isinstance(error, WireError):
        return ClientError(
            f"The broker's answer cannot be read: {error}.", "Report it, with the broker's version.", "WIRE"
        )
    if isinstance(error, kafka.errors.KafkaError):
        return ClientError(f"{where}: {error}", "", type(error).__name__)
    raise error
