from workbench.broker_contract.not_in_force import TOPIC_CONFIGS_NOT_IN_FORCE
from workbench.embedded_broker.config_definitions.catalog import topic_configs


def test_every_name_is_a_topics_configuration() -> None:
    assert set(topic_configs()) >= TOPIC_CONFIGS_NOT_IN_FORCE


def test_what_the_log_acts_on_is_not_listed() -> None:
    in_force = {"segment.bytes", "segment.ms", "max.message.bytes", "message.timestamp.type", "min.insync.replicas"}
    assert not in_force & TOPIC_CONFIGS_NOT_IN_FORCE
