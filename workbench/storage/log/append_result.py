"""What an append was, and what came of it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class AppendOrigin(Enum):
    """Who appends, which decides what is checked.

    CLIENT: a producer, all checks. COORDINATOR: the group or transaction coordinator (no sequences; control batches
    allowed). RAFT_LEADER: the quorum, whose batches already have offsets and epoch. REPLICATION: copied from a leader.
    """

    REPLICATION = "replication"
    COORDINATOR = "coordinator"
    CLIENT = "client"
    RAFT_LEADER = "raft leader"


class AppendResult(NamedTuple):
    """Offsets given to the batch; times in milliseconds.

    `log_append_time_ms` is -1 with CreateTime. A `duplicate` was not written again: offsets and time are those of the
    first writing (KIP-98). `size_bytes` is what was written. `rolled`: a new segment was begun.
    """

    first_offset: int
    last_offset: int
    log_append_time_ms: int
    log_start_offset: int
    duplicate: bool = False
    size_bytes: int = 0
    record_count: int = 0
    max_timestamp: int = -1
    leader_epoch_changed: bool = False
    rolled: bool = False
