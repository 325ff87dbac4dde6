"""Bit fields of KIP-430."""

from __future__ import annotations

import pytest
from kafka.admin import ACLOperation

from workbench.embedded_broker.handlers.authorized_operations import (
    CLUSTER_OPERATIONS,
    GROUP_OPERATIONS,
    NOT_ASKED,
    TOPIC_OPERATIONS,
)


@pytest.mark.parametrize(
    ("field", "names"),
    [
        (TOPIC_OPERATIONS, "READ WRITE CREATE DELETE ALTER DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS"),
        (
            CLUSTER_OPERATIONS,
            "CREATE ALTER DESCRIBE CLUSTER_ACTION DESCRIBE_CONFIGS ALTER_CONFIGS IDEMPOTENT_WRITE",
        ),
        (GROUP_OPERATIONS, "READ DELETE DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS"),
    ],
)
def test_a_client_reads_every_operation_of_the_resource(field: int, names: str) -> None:
    assert {one.name for one in ACLOperation if one > 2 and field >> one & 1} == set(names.split())


def test_not_asked_is_the_smallest_int32() -> None:
    assert NOT_ASKED == -(2**31)
