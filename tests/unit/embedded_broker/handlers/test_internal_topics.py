"""The coordinators' topics follow the broker's settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.helpers.handled_broker import OFFSETS_TOPIC, HandledBroker
from workbench.embedded_broker.handlers.internal_topics import creatable_internal_topic


async def test_settings_decide_about_size_and_copies() -> None:
    settings = HandledBroker().settings
    changed = replace(
        settings,
        properties={
            **settings.properties,
            "offsets.topic.num.partitions": "7",
            "offsets.topic.segment.bytes": "1048576",
        },
    )
    topic = creatable_internal_topic(changed, OFFSETS_TOPIC)
    assert (topic.num_partitions, topic.replication_factor) == (7, 1)
    assert ("segment.bytes", "1048576") in [(config.name, config.value) for config in topic.configs]
    others = [creatable_internal_topic(settings, name) for name in ("__transaction_state", "__share_group_state")]
    assert [(one.num_partitions, one.replication_factor) for one in others] == [(50, 3), (50, 3)]


async def test_other_topics_are_not_made_here() -> None:
    with pytest.raises(KeyError):
        creatable_internal_topic(HandledBroker().settings, "mine")
