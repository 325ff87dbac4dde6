import pytest

from workbench.embedded_broker.config_definitions.properties_check import faults_of, known_settings


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("num.io.threads", "many", "Invalid value many for configuration num.io.threads: Not a number of type INT."),
        ("log.segment.bytes", "1", "Value must be at least 1048576."),
        ("log.cleanup.policy", "x", "String must be one of: compact, delete."),
        ("auto.create.topics.enable", "maybe", "either true or false."),
    ],
)
def test_a_value_is_refused_in_kafkas_words(key: str, value: str, sentence: str) -> None:
    (fault,) = faults_of({key: value})
    assert fault.refuses and fault.key == key and fault.sentence.endswith(sentence)


def test_an_unknown_name_is_told_with_the_one_that_was_meant() -> None:
    near, far = faults_of({"num.partitons": "3", "colour": "green"})
    assert not near.refuses and near.sentence.endswith("did you mean num.partitions?")
    assert not far.refuses and far.sentence.endswith("does not heed it.")


def test_what_is_right_has_no_fault() -> None:
    assert faults_of({"num.partitions": "3", "listener.name.plaintext.max.connections": "7"}) == []


def test_every_setting_is_listed_with_type_and_default() -> None:
    known = {setting.key: setting for setting in known_settings()}
    assert (known["num.partitions"].type, known["num.partitions"].default) == ("int", "1")
    assert len(known) > 300 and list(known) == sorted(known)
