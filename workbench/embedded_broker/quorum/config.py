"""What the quorum machine is told about itself: who it is, where it listens, its timeouts in ms."""

from __future__ import annotations

from workbench.storage.quorum.voters import SUPPORTED_KRAFT_VERSIONS, Endpoints, ReplicaKey, VoterNode
from workbench.system.quick_dataclass import dataclass

CHECK_QUORUM_FACTOR = 1.5
"""A leader gives up after this many fetch timeouts without fetches from a majority."""

OBSERVER_SESSION_TIMEOUT_MS = 300_000
"""An observer that has not fetched for so long is no longer described."""

CAUGHT_UP_WITHIN_MS = 3_600_000
"""A voter-to-be must have fetched within the last hour and been at the log end at some time."""


@dataclass(frozen=True, slots=True)
class QuorumConfig:
    """The settings `controller.quorum.*`, with Kafka's defaults."""

    election_timeout_ms: int = 1_000
    fetch_timeout_ms: int = 2_000
    election_backoff_max_ms: int = 1_000
    request_timeout_ms: int = 2_000
    retry_backoff_ms: int = 20
    fetch_max_wait_ms: int = 500
    fetch_max_bytes: int = 1_048_576
    fetch_snapshot_max_bytes: int = 1_048_576
    auto_join: bool = False


@dataclass(frozen=True, slots=True)
class LocalReplica:
    """This node: key with directory id, the endpoints of its controller listeners, the listener used to meet others."""

    key: ReplicaKey
    endpoints: Endpoints
    listener: str
    can_become_voter: bool = True

    @property
    def voter_node(self) -> VoterNode:
        return VoterNode(self.key, self.endpoints, *SUPPORTED_KRAFT_VERSIONS)
