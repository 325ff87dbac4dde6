"""One member of a classic group: what it told when it joined, its assignment, and the requests of it that wait.

Invariant: at most one join and one sync of a member wait at a time; a newer one takes the older one's place.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from workbench.embedded_broker.coordinators.decision import Ticket
from workbench.system.quick_dataclass import dataclass

UNKNOWN_MEMBER_ID: Final = ""
"""What a client sends as member id before it has one."""

Protocols = tuple[tuple[str, bytes], ...]
"""Names with metadata, in the member's order of preference."""


@dataclass(slots=True, eq=False)
class ClassicGroupMember:
    """Soft state; what survives is in the group's metadata record."""

    member_id: str
    group_instance_id: str | None
    client_id: str
    client_host: str
    rebalance_timeout_ms: int
    session_timeout_ms: int
    protocol_type: str
    protocols: Protocols
    assignment: bytes = b""
    awaiting_join: Ticket | None = None
    awaiting_sync: Ticket | None = None
    is_new: bool = False
    """From the first join until that is answered; the session of a new member runs although it waits."""

    @property
    def is_static(self) -> bool:
        return self.group_instance_id is not None

    def metadata(self, protocol_name: str | None) -> bytes:
        """Raises KeyError when the member does not know that protocol."""
        for name, metadata in self.protocols:
            if name == protocol_name:
                return metadata
        raise KeyError(protocol_name)

    def vote(self, candidates: Collection[str]) -> str:
        """The first of its protocols that all members know. Raises LookupError when there is none."""
        for name, _ in self.protocols:
            if name in candidates:
                return name
        raise LookupError(f"{self.member_id} knows none of {sorted(candidates)}")

    @property
    def has_satisfied_heartbeat(self) -> bool:
        """Members that wait for an answer need not send heartbeats, new ones excepted."""
        return not self.is_new and (self.awaiting_join is not None or self.awaiting_sync is not None)
