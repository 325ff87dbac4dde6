from dataclasses import fields, is_dataclass

import pytest

from workbench.broker_contract.messages import BROKER_MESSAGES, SUPERVISOR_MESSAGES, MetricsSample


@pytest.mark.parametrize("kind", BROKER_MESSAGES + SUPERVISOR_MESSAGES)
def test_messages_are_frozen_and_named_once(kind: type) -> None:
    assert is_dataclass(kind) and hasattr(kind, "__slots__")
    assert [other.__name__ for other in BROKER_MESSAGES + SUPERVISOR_MESSAGES].count(kind.__name__) == 1


def test_no_message_has_a_field_called_type() -> None:
    """`type` is the message's name on the line."""
    for kind in BROKER_MESSAGES + SUPERVISOR_MESSAGES:
        assert "type" not in {field.name for field in fields(kind)}


def test_two_samples_do_not_share_their_topics() -> None:
    assert MetricsSample(1, 1).topics is not MetricsSample(1, 1).topics
