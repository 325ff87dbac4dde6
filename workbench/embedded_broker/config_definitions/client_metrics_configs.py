"""What can be set on a client metrics subscription (KIP-714)."""

from __future__ import annotations

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType
from workbench.embedded_broker.config_definitions.validators import ValidList

INT = ConfigType.INT
LIST = ConfigType.LIST

CLIENT_METRICS_CONFIGS: tuple[ConfigDefinition, ...] = (
    ConfigDefinition("interval.ms", INT, "300000", documentation="How often a matching client pushes its metrics."),
    ConfigDefinition(
        "match",
        LIST,
        "",
        ValidList(),
        documentation="Which clients the subscription holds for: selectors of the form key=regular expression.",
    ),
    ConfigDefinition(
        "metrics", LIST, "", ValidList(), documentation="Prefixes of the names of the metrics wanted; * for all."
    ),
)
