"""What a topic may be called, and which topics Kafka keeps for itself.

Source: org.apache.kafka.common.internals.Topic.
"""

from __future__ import annotations

import re

GROUP_METADATA_TOPIC = "__consumer_offsets"
TRANSACTION_STATE_TOPIC = "__transaction_state"
SHARE_GROUP_STATE_TOPIC = "__share_group_state"
CLUSTER_METADATA_TOPIC = "__cluster_metadata"
INTERNAL_TOPICS = frozenset({GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC, SHARE_GROUP_STATE_TOPIC})
MAX_NAME_LENGTH = 249

_LEGAL = re.compile(r"[a-zA-Z0-9._-]*", re.ASCII)


def invalid_topic_name_reason(name: str) -> str | None:
    """Why `name` cannot be a topic, in Kafka's words; None if it can."""
    if not name:
        reason = "the empty string is not allowed"
    elif name in (".", ".."):
        reason = f"'{name}' is not allowed"
    elif len(name.encode("utf-16-le", "surrogatepass")) // 2 > MAX_NAME_LENGTH:
        reason = f"the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}"
    elif not _LEGAL.fullmatch(name):
        reason = f"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    else:
        return None
    return f"Topic name is invalid: {reason}"


def is_valid_topic_name(name: str) -> bool:
    return invalid_topic_name_reason(name) is None


def is_internal_topic(name: str) -> bool:
    return name in INTERNAL_TOPICS


def has_collision_characters(name: str) -> bool:
    """Names that differ only in '.' and '_' would share metric names, so Kafka refuses the second one."""
    return "_" in name or "." in name


def unified_name(name: str) -> str:
    """The form in which colliding names are equal."""
    return name.replace(".", "_")
