"""In which version a metadata record is written, and what an older version leaves out.

Invariant: no record is written in a version that a node at the finalised metadata.version could not read.
"""

from __future__ import annotations

from typing import Any

from workbench.wire.record_values import encode_metadata_record

_MIGRATION_SINCE = 8
_DIRECTORIES_SINCE = 17
_ELR_SINCE = 23
_CORDONING_SINCE = 30


def record_version(record: Any, metadata_version: int) -> int:
    """Version in which a metadata record is written under `metadata_version`."""
    name = record.NAME
    if name == "RegisterBrokerRecord":
        if metadata_version >= _CORDONING_SINCE:
            return 4
        return 3 if metadata_version >= _DIRECTORIES_SINCE else 2 if metadata_version >= _MIGRATION_SINCE else 1
    if name in ("PartitionRecord", "PartitionChangeRecord"):
        return 2 if metadata_version >= _ELR_SINCE else 1 if metadata_version >= _DIRECTORIES_SINCE else 0
    if name == "BrokerRegistrationChangeRecord":
        # The lowest version that holds what the record says: its fields are tagged, so older readers skip them.
        if record.cordoned_log_dirs is not None:
            return 3
        return 2 if record.log_dirs else 1 if record.in_controlled_shutdown else 0
    return 0


def encode_for(record: Any, metadata_version: int) -> bytes:
    """The record's value in the log, without what `metadata_version` cannot express."""
    name = record.NAME
    if name in ("PartitionRecord", "PartitionChangeRecord"):
        if metadata_version < _DIRECTORIES_SINCE:
            record.directories = [] if name == "PartitionRecord" else None
        if metadata_version < _ELR_SINCE:
            record.eligible_leader_replicas = None
            record.last_known_elr = None
    elif name == "RegisterBrokerRecord":
        if metadata_version < _DIRECTORIES_SINCE:
            record.log_dirs = []
        if metadata_version < _CORDONING_SINCE:
            record.cordoned_log_dirs = None
    return encode_metadata_record(record, record_version(record, metadata_version))
