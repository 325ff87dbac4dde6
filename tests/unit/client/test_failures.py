"""Every failure that a user can meet is a sentence, a remedy and a code."""

import ssl

import kafka.errors
import pytest

from workbench.client.errors import ClientError
from workbench.client.failures import as_client_error, check, error_of_code, is_disconnection
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import UnsupportedFieldError, WireError


def test_codes_have_names_even_unknown_ones() -> None:
    assert error_of_code(36).code == "TOPIC_ALREADY_EXISTS"
    assert error_of_code(-1).code == "UNKNOWN_SERVER_ERROR"
    assert error_of_code(30_000).code == "ERROR_30000"
    for code in ErrorCode:
        error = error_of_code(code)
        assert error.sentence.endswith(".")
        assert error.code == code.name


def test_the_brokers_words_come_before_ours_and_the_subject_before_both() -> None:
    error = error_of_code(40, "Invalid value x", "orders")
    assert error.sentence == "orders: Invalid value x."
    assert error.remedy == "Correct the value."
    assert error_of_code(69, "Group g not found.", "Group g").sentence == "Group g not found."


def test_check() -> None:
    check(0)
    with pytest.raises(ClientError):
        check(3)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (kafka.errors.KafkaConnectionError("x"), "NO_BROKER"),
        (kafka.errors.KafkaTimeoutError("x"), "NO_BROKER"),
        (kafka.errors.NodeNotReadyError(1), "NO_BROKER"),
        (OSError("x"), "NO_BROKER"),
        (kafka.errors.RequestTimedOutError("x"), "REQUEST_TIMED_OUT"),
        (kafka.errors.SaslAuthenticationFailedError("x"), "SASL_AUTHENTICATION_FAILED"),
        (kafka.errors.UnsupportedSaslMechanismError("x"), "UNSUPPORTED_SASL_MECHANISM"),
        (kafka.errors.IncompatibleBrokerVersion("x"), "UNSUPPORTED_VERSION"),
        (UnsupportedFieldError("x"), "UNSUPPORTED_VERSION"),
        (WireError("x"), "WIRE"),
        (ssl.SSLError("x"), "SSL"),
        (kafka.errors.KafkaError("x"), "KafkaError"),
    ],
)
def test_failures_on_the_way(error: BaseException, code: str) -> None:
    found = as_client_error(error, "host:9092", "MetadataRequest")
    assert found.code == code
    assert found.sentence


def test_our_own_errors_pass_and_bugs_stay_bugs() -> None:
    ours = ClientError("a", "b", "C")
    assert as_client_error(ours, "host") is ours
    with pytest.raises(ZeroDivisionError):
        as_client_error(ZeroDivisionError(), "host")
    assert repr(ours) == "ClientError('a', 'b', 'C')"


def test_what_may_be_better_elsewhere() -> None:
    assert is_disconnection(kafka.errors.NodeNotReadyError(1))
    assert not is_disconnection(kafka.errors.RequestTimedOutError())
