"""What a client may do with a resource, as the bit fields of KIP-430; without an authorizer, everything.

Bits are numbered by the operations' ids: READ 3, WRITE 4, CREATE 5, DELETE 6, ALTER 7, DESCRIBE 8, CLUSTER_ACTION 9,
DESCRIBE_CONFIGS 10, ALTER_CONFIGS 11, IDEMPOTENT_WRITE 12.
"""

from __future__ import annotations

from collections.abc import Iterable

NOT_ASKED = -(1 << 31)


def _bits(operations: Iterable[int]) -> int:
    field = 0
    for operation in operations:
        field |= 1 << operation
    return field


TOPIC_OPERATIONS = _bits((3, 4, 5, 6, 7, 8, 10, 11))
CLUSTER_OPERATIONS = _bits((5, 7, 8, 9, 10, 11, 12))
GROUP_OPERATIONS = _bits((3, 6, 8, 10, 11))
