"""Names of the files of a log and of its directory, as Apache Kafka gives them.

Invariants: a segment's files start with its base offset in 20 digits; a partition's directory is topic-partition, and
one that awaits removal `topic-partition.<32 hex>-delete`.
"""

from __future__ import annotations

import os
import re

from workbench.wire.uuids import random_uuid

LOG_SUFFIX = ".log"
OFFSET_INDEX_SUFFIX = ".index"
TIME_INDEX_SUFFIX = ".timeindex"
TRANSACTION_INDEX_SUFFIX = ".txnindex"
PRODUCER_SNAPSHOT_SUFFIX = ".snapshot"
DELETED_SUFFIX = ".deleted"
CLEANED_SUFFIX = ".cleaned"
SWAP_SUFFIX = ".swap"
QUORUM_SNAPSHOT_DELETED_SUFFIX = ".checkpoint.deleted"

SEGMENT_SUFFIXES = (LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX)
INDEX_SUFFIXES = (OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX)

DELETE_DIRECTORY_SUFFIX = "-delete"
FUTURE_DIRECTORY_SUFFIX = "-future"
STRAY_DIRECTORY_SUFFIX = "-stray"

LEADER_EPOCH_CHECKPOINT = "leader-epoch-checkpoint"
PARTITION_METADATA = "partition.metadata"

META_PROPERTIES = "meta.properties"
LOCK = ".lock"
CLEAN_SHUTDOWN = ".kafka_cleanshutdown"
RECOVERY_POINT_CHECKPOINT = "recovery-point-offset-checkpoint"
LOG_START_OFFSET_CHECKPOINT = "log-start-offset-checkpoint"
HIGH_WATERMARK_CHECKPOINT = "replication-offset-checkpoint"
CLEANER_OFFSET_CHECKPOINT = "cleaner-offset-checkpoint"

CLUSTER_METADATA_TOPIC = "__cluster_metadata"

_PARTITION_DIRECTORY = re.compile(r"(?P<topic>.+)-(?P<partition>\d+)")
_SUFFIXED_DIRECTORY = re.compile(r"(?P<topic>.+)-(?P<partition>\d+)\.[0-9a-f]{32}(?P<suffix>-delete|-future|-stray)")
_LONGEST_NAME = 255


def offset_name(offset: int) -> str:
    """20 digits."""
    return f"{offset:020d}"


def offset_of(name: str) -> int | None:
    """The offset a file's name starts with, None if it does not start with one."""
    digits = name.split(".", 1)[0]
    return int(digits) if len(digits) == 20 and digits.isdecimal() else None


def segment_path(directory: str, base_offset: int, suffix: str) -> str:
    return os.path.join(directory, offset_name(base_offset) + suffix)  # noqa: PTH118


def partition_directory_name(topic: str, partition: int) -> str:
    return f"{topic}-{partition}"


def parse_partition_directory(name: str) -> tuple[str, int] | None:
    """Topic and partition; None for a name that is no live partition's (a suffixed one, or a file's)."""
    if _SUFFIXED_DIRECTORY.fullmatch(name):
        return None
    match = _PARTITION_DIRECTORY.fullmatch(name)
    return (match["topic"], int(match["partition"])) if match else None


def parse_suffixed_directory(name: str) -> tuple[str, int, str] | None:
    """Topic, partition and suffix (-delete, -future, -stray) of a directory that is not live; None for others."""
    match = _SUFFIXED_DIRECTORY.fullmatch(name)
    return (match["topic"], int(match["partition"]), match["suffix"]) if match else None


def suffixed_directory_name(topic: str, partition: int, suffix: str) -> str:
    """A fresh name; the topic is cut so that it fits into a file name, as Kafka does."""
    tail = f"-{partition}.{random_uuid().hex()}{suffix}"
    return topic[: _LONGEST_NAME - len(tail)] + tail
