"""A node starts with the settings with which Apache Kafka starts, and with no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.compatibility.refused_settings import ACCEPTED, RIGHT, changed, recorded
from workbench.broker_contract.setting_faults import SettingFault
from workbench.embedded_broker.settings_check import checked_settings, file_faults, refuse
from workbench.system.known_error import KnownError

FILE = Path("server.properties")
JAVA_CLASSES = {"principal.builder.class", "create.topic.policy.class.name", "group.consumer.assignors"}
"""Whether a class can be loaded only Java knows; here it would not be used."""
READ_LATER = {
    "listener.name.plaintext.max.connections=abc",
    "listener.name.plaintext.num.network.threads=0",
    "listeners=PLAINTEXT://localhost:-1,CONTROLLER://localhost:9193",
    "listeners=PLAINTEXT://localhost:99999,CONTROLLER://localhost:9193",
    "advertised.listeners=PLAINTEXT://localhost:99999",
}
"""What Kafka's class for settings leaves unread, and its broker then ends over."""
NOT_SERVED = "listener.security.protocol.map=PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"


def _refusal(properties: dict[str, str]) -> str:
    try:
        checked_settings(properties, FILE)
    except KnownError as error:
        assert error.remedy
        return error.sentence
    return ""


@pytest.mark.parametrize(("change", "answer"), recorded().items())
def test_is_refused_where_kafka_refuses(change: str, answer: str) -> None:
    said = _refusal(changed(change))
    name = change.partition("=")[0]
    if name in JAVA_CLASSES and answer != ACCEPTED and "empty" not in answer:
        assert not said
    elif change in READ_LATER or change == NOT_SERVED:
        assert said
    else:
        assert bool(said) == (answer != ACCEPTED), said or answer


@pytest.mark.parametrize(
    ("change", "answer"),
    [one for one in recorded().items() if re.match(r"Invalid value .*:|[\w.]+ (must be [gl]|should always)", one[1])],
)
def test_a_value_is_refused_in_kafkas_words(change: str, answer: str) -> None:
    if change.partition("=")[0] not in JAVA_CLASSES:
        said = re.sub(r"\s+", " ", _refusal(changed(change)))
        assert answer.replace("configuration broker.id", "configuration node.id") in said


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(KnownError) as caught:
        checked_settings({**RIGHT, "num.io.threads": "0", "log.segment.bytes": "abc", "log.roll.ms": "0"}, FILE)
    assert caught.value.sentence.count(".") >= 6 and "log.roll.ms must be" in caught.value.sentence
    assert (
        caught.value.remedy
        == "Correct num.io.threads, log.segment.bytes and log.roll.ms; it stands in server.properties."
    )


def test_a_whole_file_is_judged_with_the_place_of_the_node() -> None:
    assert file_faults(RIGHT, FILE) == []
    assert [fault.key for fault in file_faults({**RIGHT, "broker.id": "2"}, FILE)] == ["broker.id"]
    nobody = {key: value for key, value in RIGHT.items() if key != "controller.quorum.bootstrap.servers"}
    assert [fault.refuses for fault in file_faults(nobody, FILE)] == [True]
    assert file_faults({"num.partitions": "3"}, FILE) == [], "a part of a file has no node to place"


def test_what_nobody_heeds_refuses_nothing() -> None:
    refuse([SettingFault("colour", "Kafka has no broker setting colour.", refuses=False)], "")
